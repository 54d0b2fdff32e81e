// Products of narrow elements by the instructions made for them.

#include <immintrin.h>

#include "dots_avx512_bytes.h"

// bf16 are two bytes each, and multiplied in pairs.
#define HALVES_ARE_FLOATS 0
typedef uint16_t half_element;
typedef u16x16 halves16;

KERNELS_INLINE f32x16 floats_of(halves16 halves) {
    return (f32x16)(__builtin_convertvector(halves, u32x16) << 16);
}

/// sum[i] + the upper product + the lower product of `left`[i] and `right`[i], each added fused.
KERNELS_INLINE f32x16 dot_halves(f32x16 sum, i32x16 left, i32x16 right) {
    return (f32x16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)left, (__m512bh)right);
}

/// The nearest bf16, ties to even.
KERNELS_INLINE halves16 nearest_halves(f32x16 values) {
    return (u16x16)_mm512_cvtneps_pbh((__m512)values);
}

#include "dots_avx512_lanes.h"

#include "dots_signs.h"
