#ifndef KERNELS_VARIANTS_H
#define KERNELS_VARIANTS_H

#include "CKernels.h"

/// Queries of a head whose scores are held at once: a multiple of every tile's rows.
#define KERNELS_QUERY_ROWS 24

extern const kernels_table kernels_portable;
#if defined(__x86_64__)
extern const kernels_table kernels_avx2;
extern const kernels_table kernels_avx512;
#endif

#endif
