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

/// e^x for x ≤ 0, within 1 unit of the last place; below −87, what −87 gives. Keeps NaN.
///
/// e^x = 2^n · e^r with n the nearest integer to x / ln 2 and ln 2 in two parts.
KERNELS_INLINE f32x16 exp_nonpositive(f32x16 x) {
    // 1.5 · 2^23: adding it leaves the nearest integer in the low bits of the sum.
    const f32x16 shifter = splat(12582912.0f);
    x = x < splat(-87.0f) ? splat(-87.0f) : x;
    f32x16 shifted = fma16(x, splat(1.442695041f), shifter);
    f32x16 n = shifted - shifter;
    f32x16 r = fma16(n, splat(-0.693145752f), x);
    r = fma16(n, splat(-1.42860677e-6f), r);
    f32x16 p = splat(1.37805939e-3f);
    p = fma16(p, r, splat(8.37312452e-3f));
    p = fma16(p, r, splat(4.16695364e-2f));
    p = fma16(p, r, splat(1.66664720e-1f));
    p = fma16(p, r, splat(4.99999851e-1f));
    p = fma16(p, r, splat(1.0f));
    p = fma16(p, r, splat(1.0f));
    i32x16 bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    f32x16 scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/// The error function within 1 unit of the last place.
///
/// Minimax polynomials of N. Juffa (stackoverflow.com/questions/35148198): up to 475/512 of erf,
/// beyond that of ln(1 − erf).
KERNELS_INLINE f32x16 erf16(f32x16 x) {
    f32x16 t = __builtin_elementwise_abs(x);
    f32x16 s = x * x;
    f32x16 far = fma16(splat(-1.72853470e-5f), t, splat(3.83197126e-4f));
    f32x16 u = fma16(splat(-3.88396438e-3f), t, splat(2.42546219e-2f));
    far = fma16(far, s, u);
    far = fma16(far, t, splat(-1.06777877e-1f));
    far = fma16(far, t, splat(-6.34846687e-1f));
    far = fma16(far, t, splat(-1.28717512e-1f));
    far = fma16(far, t, -t);
    far = splat(1.0f) - exp_nonpositive(far);
    far = __builtin_elementwise_copysign(far, x);
    f32x16 near = splat(-5.96761703e-4f);
    near = fma16(near, s, splat(4.99119423e-3f));
    near = fma16(near, s, splat(-2.67681349e-2f));
    near = fma16(near, s, splat(1.12819925e-1f));
    near = fma16(near, s, splat(-3.76125336e-1f));
    near = fma16(near, s, splat(1.28379166e-1f));
    near = fma16(near, x, x);
    return t > splat(0.927734375f) ? far : near;
}

/// x · Φ(x) = x / 2 · (1 + erf(x / √2))
KERNELS_INLINE f32x16 gelu16(f32x16 x) {
    f32x16 half = x * splat(0.5f);
    return fma16(half, erf16(x * splat(0.70710678f)), half);
}
