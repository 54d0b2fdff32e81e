#include "lanes.h"
#include "variants.h"

// 4 × 16 results are 16 of the 32 registers of 64-bit Arm.
#define TILE_ROWS 4
#define TILE_VECTORS 1
#define TILE_STEPS 1
// A sum of 64 lanes is 16 registers, so there is room for one.
#define DOT_TILE_ROWS 1
#define DOT_TILE_INPUTS 1
// Two sums of packed rows are 8 registers.
#define PANEL_INPUTS 2
// Four sums of rows of halves are 16 registers.
#define HALF_SUMS 4
#define VARIANT_TABLE kernels_portable
#define VARIANT_ISA KERNELS_ISA_PORTABLE
#define VARIANT_NAME "portable"
#define VARIANT_DOTS "dots_generic.h"
#define VARIANT_WORDS "words_each.h"

#include "kernels.h"
