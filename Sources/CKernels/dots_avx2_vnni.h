// Products of bytes by the instruction made for them, in two registers; bf16 have none.

#include <immintrin.h>

KERNELS_INLINE __m256i dot_bytes_256(__m256i sum, __m256i left, __m256i right) {
    return _mm256_dpbusd_avx_epi32(sum, left, right);
}

#include "dots_avx2_bytes.h"

#include "dots_codes.h"

#include "dots_avx2_lanes.h"

#include "dots_halves.h"

#include "dots_signs.h"
