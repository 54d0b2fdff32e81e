// Products of bytes by way of 16-bit products, which are exact: those of bytes would saturate.

#include <immintrin.h>

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    const __m512i low = _mm512_set1_epi16(255);
    const __m512i even = _mm512_madd_epi16(
        _mm512_and_si512((__m512i)left, low),
        _mm512_srai_epi16(_mm512_slli_epi16((__m512i)right, 8), 8)
    );
    const __m512i odd = _mm512_madd_epi16(
        _mm512_srli_epi16((__m512i)left, 8),
        _mm512_srai_epi16((__m512i)right, 8)
    );
    return sum + (i32x16)_mm512_add_epi32(even, odd);
}

/// `dot_bytes` for bytes of `left` below 128 and of `right` above −128, whose pairs of products fit
/// 16 bits.
KERNELS_INLINE i32x16 dot_codes(i32x16 sum, i32x16 left, i32x16 right) {
    const __m512i pairs = _mm512_maddubs_epi16((__m512i)left, (__m512i)right);
    return sum + (i32x16)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
}

/// Sums of products of bytes, two lanes of 16 bits each for sixteen rows: what is added must fit them.
typedef __m512i code_sums;

KERNELS_INLINE code_sums no_codes(void) { return _mm512_setzero_si512(); }

/// sums + the products of unsigned bytes of `left` and signed bytes of `right`.
KERNELS_INLINE code_sums add_codes(code_sums sums, i32x16 left, i32x16 right) {
    return _mm512_add_epi16(sums, _mm512_maddubs_epi16((__m512i)left, (__m512i)right));
}

KERNELS_INLINE i32x16 fold_codes(code_sums sums) {
    return (i32x16)_mm512_madd_epi16(sums, _mm512_set1_epi16(1));
}

#include "dots_avx512_lanes.h"

#include "dots_halves.h"

#include "dots_signs.h"
