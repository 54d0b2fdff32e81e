// Operations on the elements of a row.

/// Rows that are normalized side by side.
#define LAYER_NORM_ROWS 4

static void gelu_f32(float *values, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(values + i, gelu16(load(values + i)));
    if (i < count) store_first(values + i, gelu16(load_first(values + i, count - i)), count - i);
}

static void add_scaled_f32(float *values, const float *addends, float scale, size_t count) {
    const f32x16 factor = splat(scale);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(values + i, fma16(factor, load(addends + i), load(values + i)));
    }
    if (i < count) {
        const size_t rest = count - i;
        f32x16 sum = fma16(factor, load_first(addends + i, rest), load_first(values + i, rest));
        store_first(values + i, sum, rest);
    }
}

/// Normalizes `count` rows at once, so that the sums of one need not wait for those of another;
/// `count` is a constant where it is used.
KERNELS_INLINE void layer_norm_rows(
    float *rows,
    size_t count,
    size_t width,
    const float *gain,
    const float *bias,
    float epsilon
) {
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    f32x16 sums[LAYER_NORM_ROWS];
    f32x16 means[LAYER_NORM_ROWS];
    f32x16 factors[LAYER_NORM_ROWS];
    for (size_t r = 0; r < count; r++) sums[r] = splat(0);
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t r = 0; r < count; r++) sums[r] += load(rows + r * width + i);
    }
    if (rest > 0) {
        for (size_t r = 0; r < count; r++) sums[r] += load_first(rows + r * width + whole, rest);
    }
    for (size_t r = 0; r < count; r++) means[r] = splat(fold_sum(sums[r]) / (float)width);

    for (size_t r = 0; r < count; r++) sums[r] = splat(0);
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t r = 0; r < count; r++) {
            const f32x16 d = load(rows + r * width + i) - means[r];
            sums[r] = fma16(d, d, sums[r]);
        }
    }
    for (size_t i = whole; i < width; i++) {
        for (size_t r = 0; r < count; r++) {
            f32x16 d = splat(0);
            d[i - whole] = rows[r * width + i] - means[r][0];
            sums[r] = fma16(d, d, sums[r]);
        }
    }
    for (size_t r = 0; r < count; r++) {
        factors[r] = splat(1.0f / sqrtf(fold_sum(sums[r]) / (float)width + epsilon));
    }

    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t r = 0; r < count; r++) {
            float *x = rows + r * width + i;
            store(x, fma16((load(x) - means[r]) * factors[r], load(gain + i), load(bias + i)));
        }
    }
    if (rest > 0) {
        for (size_t r = 0; r < count; r++) {
            float *x = rows + r * width + whole;
            const f32x16 d = (load_first(x, rest) - means[r]) * factors[r];
            store_first(
                x,
                fma16(d, load_first(gain + whole, rest), load_first(bias + whole, rest)),
                rest
            );
        }
    }
}

static void layer_norm_f32(
    float *rows,
    size_t row_count,
    size_t width,
    const float *gain,
    const float *bias,
    float epsilon
) {
    size_t r = 0;
    for (; r + LAYER_NORM_ROWS <= row_count; r += LAYER_NORM_ROWS) {
        layer_norm_rows(rows + r * width, LAYER_NORM_ROWS, width, gain, bias, epsilon);
    }
    for (; r < row_count; r++) layer_norm_rows(rows + r * width, 1, width, gain, bias, epsilon);
}
