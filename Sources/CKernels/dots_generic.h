// Products of narrow elements without instructions of their own.

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    sum += (left & 255) * ((right << 24) >> 24);
    sum += ((left >> 8) & 255) * ((right << 16) >> 24);
    sum += ((left >> 16) & 255) * ((right << 8) >> 24);
    return sum + ((left >> 24) & 255) * (right >> 24);
}

/// `dot_bytes` for bytes of `left` below 128.
KERNELS_INLINE i32x16 dot_codes(i32x16 sum, i32x16 left, i32x16 right) {
    return dot_bytes(sum, left, right);
}

/// Sums of products of bytes, a lane each for sixteen rows: where no instruction sums four bytes, two lanes
/// of 16 bits for each, so that what is added to one must fit them.
typedef i32x16 code_sums;

KERNELS_INLINE code_sums no_codes(void) { return (i32x16)0; }

/// sums + the products of unsigned bytes of `left` and signed bytes of `right`.
KERNELS_INLINE code_sums add_codes(code_sums sums, i32x16 left, i32x16 right) {
    return dot_bytes(sums, left, right);
}

KERNELS_INLINE i32x16 fold_codes(code_sums sums) { return sums; }

/// The values of sixteen IEEE halves.
KERNELS_INLINE f32x16 widen_halves(const uint16_t *halves) {
    return half_lanes((const uint8_t *)halves);
}

#include "dots_halves.h"
