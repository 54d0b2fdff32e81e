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

#include "shorts_generic.h"

/// A bit for each lane that is above that of a threshold.
KERNELS_INLINE uint32_t lanes_above(f32x16 values, f32x16 threshold) {
    uint32_t lanes = 0;
    if (!__builtin_reduce_or(values > threshold)) return 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        lanes |= (uint32_t)(values[lane] > threshold[lane]) << lane;
    }
    return lanes;
}

/// For each row the sum of the entries that its nibbles name; `dots_signs.h` says how they lie.
KERNELS_INLINE i32x16 sum_signs(
    const uint8_t *plane,
    const uint8_t *tables,
    size_t step_count,
    const uint8_t *ahead
) {
    int32_t sums[LANES] = {0};
    for (size_t s = 0; s < step_count; s++) {
        __builtin_prefetch(ahead + s * KERNELS_SIGN_STEP_SIZE);
        for (size_t half = 0; half < 2; half++) {
            const uint8_t *bits = plane + s * KERNELS_SIGN_STEP_SIZE + half * LANES;
            const uint8_t *table = tables + s * 2 * KERNELS_SIGN_STEP_SIZE + half * LANES;
            for (size_t row = 0; row < LANES; row++) {
                sums[row] += table[bits[row] & 15] + table[KERNELS_SIGN_STEP_SIZE + (bits[row] >> 4)];
            }
        }
    }
    i32x16 result;
    memcpy(&result, sums, sizeof result);
    return result;
}
