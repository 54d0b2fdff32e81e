// Products of bytes by way of 16-bit products, which are exact: those of bytes would saturate.

#include <immintrin.h>

KERNELS_INLINE __m256i dot_bytes_256(__m256i sum, __m256i left, __m256i right) {
    const __m256i low = _mm256_set1_epi16(255);
    const __m256i even = _mm256_madd_epi16(
        _mm256_and_si256(left, low),
        _mm256_srai_epi16(_mm256_slli_epi16(right, 8), 8)
    );
    const __m256i odd =
        _mm256_madd_epi16(_mm256_srli_epi16(left, 8), _mm256_srai_epi16(right, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

#include "dots_avx2_bytes.h"

/// Sums of products of bytes, two lanes of 16 bits each for sixteen rows: what is added must fit them.
typedef struct {
    __m256i half[2];
} code_sums;

KERNELS_INLINE code_sums no_codes(void) {
    return (code_sums){{_mm256_setzero_si256(), _mm256_setzero_si256()}};
}

/// sums + the products of unsigned bytes of `left` and signed bytes of `right`.
KERNELS_INLINE code_sums add_codes(code_sums sums, i32x16 left, i32x16 right) {
    __m256i parts[2][2];
    memcpy(parts[0], &left, sizeof left);
    memcpy(parts[1], &right, sizeof right);
    for (int half = 0; half < 2; half++) {
        sums.half[half] = _mm256_add_epi16(
            sums.half[half], _mm256_maddubs_epi16(parts[0][half], parts[1][half])
        );
    }
    return sums;
}

KERNELS_INLINE i32x16 fold_codes(code_sums sums) {
    i32x16 result;
    for (int half = 0; half < 2; half++) {
        sums.half[half] = _mm256_madd_epi16(sums.half[half], _mm256_set1_epi16(1));
    }
    memcpy(&result, sums.half, sizeof result);
    return result;
}

#include "dots_avx2_lanes.h"

#include "dots_halves.h"

#include "dots_signs.h"
