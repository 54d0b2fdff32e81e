// Sixteen floats in two registers.

/// The values of sixteen IEEE halves.
KERNELS_INLINE f32x16 widen_halves(const uint16_t *halves) {
    f32x16 values;
    values.lo = (f32x8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)halves));
    values.hi =
        (f32x8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(halves + 8)));
    return values;
}

/// A bit for each lane that is above that of a threshold.
KERNELS_INLINE uint32_t lanes_above(f32x16 values, f32x16 threshold) {
    const __m256 low = _mm256_cmp_ps((__m256)values.lo, (__m256)threshold.lo, _CMP_GT_OQ);
    const __m256 high = _mm256_cmp_ps((__m256)values.hi, (__m256)threshold.hi, _CMP_GT_OQ);
    return (uint32_t)_mm256_movemask_ps(low) | (uint32_t)_mm256_movemask_ps(high) << 8;
}

#include "shorts_avx2.h"
