#if defined(__x86_64__)

#include "lanes.h"
#include "tiles_avx512.h"
#include "variants.h"

#define VARIANT_TABLE kernels_avx512_amx
#define VARIANT_ISA KERNELS_ISA_AVX512_AMX
#define VARIANT_NAME "AVX-512 with AMX"
#define VARIANT_DOTS "dots_avx512_narrow.h"
#define VARIANT_WORDS "words_each.h"
#define VARIANT_HAS_TILES

#pragma clang attribute push(                                                                      \
    __attribute__((target(                                                                         \
        "avx2,f16c,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,"                  \
        "amx-tile,amx-int8,amx-bf16"                                                               \
    ))),                                                                                           \
    apply_to = function                                                                            \
)
#include "kernels.h"
#pragma clang attribute pop

#endif
