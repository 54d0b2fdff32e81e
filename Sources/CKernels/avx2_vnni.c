#if defined(__x86_64__)

#include "lanes.h"
#include "tiles_avx2.h"
#include "variants.h"

#define VARIANT_TABLE kernels_avx2_vnni
#define VARIANT_ISA KERNELS_ISA_AVX2_VNNI
#define VARIANT_NAME "AVX2 with VNNI"
#define VARIANT_DOTS "dots_avx2_vnni.h"
#define VARIANT_WORDS "words_avx2_vnni.h"

#pragma clang attribute push(__attribute__((target("avx2,f16c,fma,avxvnni"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop

#endif
