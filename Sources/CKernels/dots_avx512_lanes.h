// Sixteen floats in one register.

/// The values of sixteen IEEE halves.
KERNELS_INLINE f32x16 widen_halves(const uint16_t *halves) {
    return (f32x16)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)halves));
}

/// A bit for each lane that is above that of a threshold.
KERNELS_INLINE uint32_t lanes_above(f32x16 values, f32x16 threshold) {
    return _mm512_cmp_ps_mask((__m512)values, (__m512)threshold, _CMP_GT_OQ);
}

#include "shorts_avx512.h"
