#ifndef KERNELS_VARIANTS_H
#define KERNELS_VARIANTS_H

#include "CKernels.h"

/// The most queries of a head whose scores are held at once.
#define KERNELS_QUERY_LANES 32

extern const kernels_table kernels_portable;
#if defined(__x86_64__)
extern const kernels_table kernels_avx2;
extern const kernels_table kernels_avx2_vnni;
extern const kernels_table kernels_avx512;
extern const kernels_table kernels_avx512_vnni;
extern const kernels_table kernels_avx512_narrow;
extern const kernels_table kernels_avx512_amx;
#endif

#endif
