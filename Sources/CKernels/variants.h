#ifndef KERNELS_VARIANTS_H
#define KERNELS_VARIANTS_H

#include "CKernels.h"

/// Queries of a head whose scores are held at once: a multiple of every tile's rows.
#define KERNELS_QUERY_ROWS 24

/// Rows of the largest tile.
#define KERNELS_MOST_TILE_ROWS 6

extern const kernels_table kernels_portable;
#if defined(__x86_64__)
extern const kernels_table kernels_avx2;
extern const kernels_table kernels_avx512;
extern const kernels_table kernels_avx512_narrow;
#endif

#endif
