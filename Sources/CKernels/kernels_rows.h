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

/// Vectors of a row's sum that stay in registers.
#define SUMMED_VECTORS 8

/// Adds to `count` vectors of `values`, a constant where it is used, those of all rows.
KERNELS_INLINE void add_scaled_vectors(
    float *values,
    const float *rows,
    const float *scales,
    size_t row_count,
    size_t width,
    size_t count
) {
    f32x16 sums[SUMMED_VECTORS];
    for (size_t v = 0; v < count; v++) sums[v] = load(values + v * LANES);
    for (size_t r = 0; r < row_count; r++) {
        const f32x16 factor = splat(scales[r]);
        const float *row = rows + r * width;
        for (size_t v = 0; v < count; v++) {
            sums[v] = fma16(factor, load(row + v * LANES), sums[v]);
        }
    }
    for (size_t v = 0; v < count; v++) store(values + v * LANES, sums[v]);
}

static void add_scaled_rows_f32(
    float *values,
    const float *rows,
    const float *scales,
    size_t row_count,
    size_t width
) {
    size_t i = 0;
    for (; i + 8 * LANES <= width; i += 8 * LANES) {
        add_scaled_vectors(values + i, rows + i, scales, row_count, width, 8);
    }
    if (i + 4 * LANES <= width) {
        add_scaled_vectors(values + i, rows + i, scales, row_count, width, 4);
        i += 4 * LANES;
    }
    switch ((width - i) / LANES) {
    case 3: add_scaled_vectors(values + i, rows + i, scales, row_count, width, 3); break;
    case 2: add_scaled_vectors(values + i, rows + i, scales, row_count, width, 2); break;
    case 1: add_scaled_vectors(values + i, rows + i, scales, row_count, width, 1); break;
    }
    i += (width - i) / LANES * LANES;
    if (i == width) return;
    const size_t rest = width - i;
    f32x16 sum = load_first(values + i, rest);
    for (size_t r = 0; r < row_count; r++) {
        sum = fma16(splat(scales[r]), load_first(rows + r * width + i, rest), sum);
    }
    store_first(values + i, sum, rest);
}

/// Normalizes `count` rows at once, so that the sums of one need not wait for those of another;
/// `count` is a constant where it is used. `factors` becomes 1 / √(variance + epsilon) of each.
KERNELS_INLINE void layer_norm_rows(
    float *rows,
    size_t count,
    size_t width,
    const float *gain,
    const float *bias,
    float epsilon,
    f32x16 factors[LAYER_NORM_ROWS]
) {
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    f32x16 sums[LAYER_NORM_ROWS];
    f32x16 means[LAYER_NORM_ROWS];
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
    f32x16 factors[LAYER_NORM_ROWS];
    size_t r = 0;
    for (; r + LAYER_NORM_ROWS <= row_count; r += LAYER_NORM_ROWS) {
        layer_norm_rows(rows + r * width, LAYER_NORM_ROWS, width, gain, bias, epsilon, factors);
    }
    for (; r < row_count; r++) {
        layer_norm_rows(rows + r * width, 1, width, gain, bias, epsilon, factors);
    }
}
