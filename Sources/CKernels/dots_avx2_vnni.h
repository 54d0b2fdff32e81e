// Products of bytes by the instruction made for them, in two registers; bf16 have none.

#include <immintrin.h>

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    __m256i parts[3][2];
    memcpy(parts[0], &sum, sizeof sum);
    memcpy(parts[1], &left, sizeof left);
    memcpy(parts[2], &right, sizeof right);
    for (int half = 0; half < 2; half++) {
        parts[0][half] =
            _mm256_dpbusd_avx_epi32(parts[0][half], parts[1][half], parts[2][half]);
    }
    memcpy(&sum, parts[0], sizeof sum);
    return sum;
}

#include "dots_codes.h"

#include "dots_avx2_lanes.h"

#include "dots_halves.h"

#include "dots_signs.h"
