#if defined(__x86_64__)

#include "lanes.h"
#include "tiles_avx2.h"
#include "variants.h"

#define VARIANT_TABLE kernels_avx2
#define VARIANT_ISA KERNELS_ISA_AVX2
#define VARIANT_NAME "AVX2"
#define VARIANT_DOTS "dots_avx2.h"
#define VARIANT_WORDS "words_avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,f16c,fma"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop

#endif
