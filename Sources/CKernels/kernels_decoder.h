// Operations on rows that decoders of the Llama family have.

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
