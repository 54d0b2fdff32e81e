// Sixteen lanes: loading, storing, folding, and the elementary functions on them.

#pragma clang fp contract(off)

KERNELS_INLINE f32x16 splat(float value) { return (f32x16)value; }

KERNELS_INLINE f32x16 fma16(f32x16 a, f32x16 b, f32x16 c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// Sixteen floats at any address.
KERNELS_INLINE f32x16 load(const float *source) {
    f32x16 lanes;
    memcpy(&lanes, source, sizeof lanes);
    return lanes;
}

/// The first `count` of sixteen floats; the other lanes are zero and not read.
KERNELS_INLINE f32x16 load_first(const float *source, size_t count) {
    f32x16 lanes = splat(0);
    if (count == LANES / 2) {
        // Heads of eight channels; a part of a register that went through memory would be waited for.
        f32x8 half;
        memcpy(&half, source, sizeof(half));
        const f32x8 zeros = (f32x8)0;
        return __builtin_shufflevector(
            half, zeros, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        );
    }
    memcpy(&lanes, source, count * sizeof(float));
    return lanes;
}

/// 0, 1, … 15
KERNELS_INLINE i32x16 lane_indices(void) {
    return (i32x16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
}

KERNELS_INLINE void store(float *target, f32x16 lanes) { memcpy(target, &lanes, sizeof lanes); }

KERNELS_INLINE void store_first(float *target, f32x16 lanes, size_t count) {
    memcpy(target, &lanes, count * sizeof(float));
}

/// The sum of sixteen lanes, folded in halves.
KERNELS_INLINE float fold_sum(f32x16 v) {
    const f32x8 eight = v.lo + v.hi;
    const f32x4 four = eight.lo + eight.hi;
    return (four.x + four.z) + (four.y + four.w);
}

KERNELS_INLINE float fold_max(f32x16 v) {
    const f32x8 eight = v.lo > v.hi ? v.lo : v.hi;
    const f32x4 four = eight.lo > eight.hi ? eight.lo : eight.hi;
    const float even = four.x > four.z ? four.x : four.z;
    const float odd = four.y > four.w ? four.y : four.w;
    return even > odd ? even : odd;
}

/// x · Φ(x) within 2 units of the last place of max(|x|, 1).
///
/// Φ(x) = 1/2 + x · P(x²) with P by minimax up to 5.5, in the variable u = 2 (x / 5.5)² − 1, whose
/// powers are of like size: so nothing cancels. Even and odd powers apart, since one chain of
/// sixteen would be waited for.
KERNELS_INLINE f32x16 gelu16(f32x16 x) {
    const f32x16 above = x > splat(-5.5f) ? x : splat(-5.5f);
    const f32x16 t = above < splat(5.5f) ? above : splat(5.5f);
    const f32x16 u = fma16(t * t, splat(2.0f / 30.25f), splat(-1.0f));
    const f32x16 v = u * u;
    f32x16 even = splat(6.224876852e-04f);
    even = fma16(even, v, splat(7.474727463e-04f));
    even = fma16(even, v, splat(4.589674529e-03f));
    even = fma16(even, v, splat(1.024628896e-02f));
    even = fma16(even, v, splat(2.035919018e-02f));
    even = fma16(even, v, splat(3.207099438e-02f));
    even = fma16(even, v, splat(4.773759097e-02f));
    even = fma16(even, v, splat(1.285519302e-01f));
    f32x16 odd = splat(-2.265936491e-04f);
    odd = fma16(odd, v, splat(-5.593170063e-04f));
    odd = fma16(odd, v, splat(-2.382311272e-03f));
    odd = fma16(odd, v, splat(-6.841615308e-03f));
    odd = fma16(odd, v, splat(-1.499236748e-02f));
    odd = fma16(odd, v, splat(-2.604927681e-02f));
    odd = fma16(odd, v, splat(-3.879272193e-02f));
    odd = fma16(odd, v, splat(-6.417234242e-02f));
    return above * fma16(t, fma16(odd, u, even), splat(0.5f));
}

/// Sixteen rows of sixteen words become columns.
KERNELS_INLINE void transpose(i32x16 rows[LANES]) {
    // In step s, rows whose numbers differ in bit s swap the words whose columns do.
    i32x16 swapped[LANES];
#define STEP(from, to, bit, ...)                                                                   \
    for (size_t r = 0; r < LANES; r++) {                                                           \
        if ((r & bit) == 0) {                                                                      \
            to[r] = __builtin_shufflevector(from[r], from[r | bit], STEP_LOW_##bit);               \
            to[r | bit] = __builtin_shufflevector(from[r], from[r | bit], STEP_HIGH_##bit);        \
        }                                                                                          \
    }
#define STEP_LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define STEP_HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define STEP_LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define STEP_HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define STEP_LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define STEP_HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define STEP_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define STEP_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    STEP(rows, swapped, 1)
    STEP(swapped, rows, 2)
    STEP(rows, swapped, 4)
    STEP(swapped, rows, 8)
#undef STEP
}
