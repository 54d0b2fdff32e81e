#if defined(__x86_64__)

#include "lanes.h"
#include "tiles_avx512.h"
#include "variants.h"

#define VARIANT_TABLE kernels_avx512
#define VARIANT_ISA KERNELS_ISA_AVX512
#define VARIANT_NAME "AVX-512"
#define VARIANT_DOTS "dots_avx512.h"
#define VARIANT_WORDS "words_each.h"

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx2,f16c,fma,avx512f,avx512bw,avx512vl,avx512dq"))),                        \
    apply_to = function                                                                            \
)
#include "kernels.h"
#pragma clang attribute pop

#endif
