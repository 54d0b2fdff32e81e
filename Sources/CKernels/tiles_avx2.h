// Registers of AVX2.

// 6 × 16 results are 12 of the 16 registers; 2 more hold a row of the right-hand side.
#define TILE_ROWS 6
#define TILE_VECTORS 1
// The addresses of six rows are added once for so many steps of twelve products each.
#define TILE_STEPS 4
// A sum of 64 lanes is 8 registers, so there is room for one.
#define DOT_TILE_ROWS 1
#define DOT_TILE_INPUTS 1
// Sums of packed rows are in memory: registers are those of one block of eight rows.
#define PANEL_INPUTS 8
// Four sums of rows of halves are 8 registers.
#define HALF_SUMS 4
#define VARIANT_HAS_HALVES
