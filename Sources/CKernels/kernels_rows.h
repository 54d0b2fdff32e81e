// Operations on the elements of a row.

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

static void layer_norm_f32(
    float *rows,
    size_t row_count,
    size_t width,
    const float *gain,
    const float *bias,
    float epsilon
) {
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    for (size_t row = 0; row < row_count; row++) {
        float *x = rows + row * width;
        f32x16 sums = splat(0);
        for (size_t i = 0; i < whole; i += LANES) sums += load(x + i);
        if (rest > 0) sums += load_first(x + whole, rest);
        const f32x16 mean = splat(fold_sum(sums) / (float)width);

        f32x16 squares = splat(0);
        for (size_t i = 0; i < whole; i += LANES) {
            f32x16 d = load(x + i) - mean;
            squares = fma16(d, d, squares);
        }
        for (size_t i = whole; i < width; i++) {
            f32x16 d = splat(0);
            d[i - whole] = x[i] - mean[0];
            squares = fma16(d, d, squares);
        }
        const float deviation = sqrtf(fold_sum(squares) / (float)width + epsilon);
        const f32x16 factor = splat(1.0f / deviation);

        for (size_t i = 0; i < whole; i += LANES) {
            f32x16 d = (load(x + i) - mean) * factor;
            store(x + i, fma16(d, load(gain + i), load(bias + i)));
        }
        if (rest > 0) {
            f32x16 d = (load_first(x + whole, rest) - mean) * factor;
            d = fma16(d, load_first(gain + whole, rest), load_first(bias + whole, rest));
            store_first(x + whole, d, rest);
        }
    }
}
