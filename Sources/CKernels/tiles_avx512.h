// Registers of AVX-512.

// 6 × 64 results are 24 of the 32 registers; 4 more hold a row of the right-hand side.
#define TILE_ROWS 6
#define TILE_VECTORS 4
#define TILE_STEPS 1
// 2 × 3 sums of four vectors each are 24 registers too.
#define DOT_TILE_ROWS 2
#define DOT_TILE_INPUTS 3
// Eight sums of packed rows, eight registers of their words, and as many to work with.
#define PANEL_INPUTS 8
// Sums of rows of halves, some queries beside each other: half of the registers.
#define HALF_SUMS 16
#define VARIANT_HAS_HALVES
