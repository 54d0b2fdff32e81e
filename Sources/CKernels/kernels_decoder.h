// Operations on rows that decoders of the Llama family have.

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

/// The softmax of a row that may be read and written up to the next multiple of 16 elements.
///
/// The elements beyond `count` become zero, whatever they were.
static void softmax_f32(float *values, size_t count, float scale) {
    const size_t whole = count / LANES * LANES;
    const size_t end = (count + LANES - 1) / LANES * LANES;
    const i32x16 is_inside = lane_indices() < (int32_t)(count - whole);
    f32x16 largest = splat(-INFINITY);
    for (size_t i = 0; i < end; i += LANES) {
        f32x16 v = load(values + i);
        if (i == whole) v = is_inside ? v : splat(-INFINITY);
        largest = v > largest ? v : largest;
    }
    const f32x16 top = splat(fold_max(largest));

    f32x16 sums = splat(0);
    for (size_t i = 0; i < end; i += LANES) {
        f32x16 v = exp_nonpositive((load(values + i) - top) * splat(scale));
        if (i == whole) v = is_inside ? v : splat(0);
        store(values + i, v);
        sums += v;
    }
    const f32x16 share = splat(1.0f / fold_sum(sums));
    for (size_t i = 0; i < end; i += LANES) store(values + i, load(values + i) * share);
}

static void rms_norm_f32(
    const float *rows,
    size_t row_count,
    size_t width,
    const float *gain,
    float epsilon,
    float *result
) {
    for (size_t r = 0; r < row_count; r++, rows += width, result += width) {
        const float mean = dot_f32_inline(rows, rows, width) / (float)width;
        const f32x16 scale = splat(1 / sqrtf(mean + epsilon));
        size_t i = 0;
        for (; i + LANES <= width; i += LANES) {
            store(result + i, load(rows + i) * scale * load(gain + i));
        }
        if (i < width) {
            const size_t rest = width - i;
            const f32x16 scaled = load_first(rows + i, rest) * scale;
            store_first(result + i, scaled * load_first(gain + i, rest), rest);
        }
    }
}

/// x · σ(x), with the exponential of −|x| so that nothing overflows.
KERNELS_INLINE f32x16 silu16(f32x16 x) {
    const f32x16 e = exp_nonpositive(-__builtin_elementwise_abs(x));
    return x * (x < splat(0) ? e : splat(1)) / (splat(1) + e);
}

static void swiglu_f32(float *gates, const float *values, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(gates + i, silu16(load(gates + i)) * load(values + i));
    }
    if (i < count) {
        const size_t rest = count - i;
        const f32x16 result =
            silu16(load_first(gates + i, rest)) * load_first(values + i, rest);
        store_first(gates + i, result, rest);
    }
}
