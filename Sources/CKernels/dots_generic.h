// Products of narrow elements without instructions of their own.

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    sum += (left & 255) * ((right << 24) >> 24);
    sum += ((left >> 8) & 255) * ((right << 16) >> 24);
    sum += ((left >> 16) & 255) * ((right << 8) >> 24);
    return sum + ((left >> 24) & 255) * (right >> 24);
}

#include "dots_codes.h"

/// The values of sixteen IEEE halves.
KERNELS_INLINE f32x16 widen_halves(const uint16_t *halves) {
    return half_lanes((const uint8_t *)halves);
}

#include "dots_halves.h"
