// One step of a linear associative memory.

/// Vectors of a row that are kept in registers from row to row.
#define DELTA_VECTORS 4

/// S ← η S + k e;  M ← (1 − α) M + S;  x ← k′ M, rows in their order, for `vectors` columns of lanes
/// from `column` on; `vectors` is a constant where it is used.
KERNELS_INLINE void delta_columns(
    float *weights,
    float *update,
    float *expected,
    const float *key,
    const float *error,
    const float *next_key,
    size_t width,
    kernels_delta_rates rates,
    size_t column,
    size_t vectors
) {
    const f32x16 momentum = splat(rates.momentum);
    const f32x16 keep = splat(rates.keep);
    f32x16 e[DELTA_VECTORS];
    f32x16 x[DELTA_VECTORS];
    for (size_t v = 0; v < vectors; v++) {
        e[v] = load(error + column + v * LANES);
        x[v] = splat(0);
    }
    for (size_t row = 0; row < width; row++) {
        float *m = weights + row * width + column;
        float *s = update + row * width + column;
        const f32x16 k = splat(rates.scale * key[row]);
        const f32x16 next = splat(next_key[row]);
        for (size_t v = 0; v < vectors; v++) {
            const f32x16 step = fma16(k, e[v], momentum * load(s + v * LANES));
            const f32x16 weight = fma16(keep, load(m + v * LANES), step);
            store(s + v * LANES, step);
            store(m + v * LANES, weight);
            x[v] = fma16(next, weight, x[v]);
        }
    }
    for (size_t v = 0; v < vectors; v++) store(expected + column + v * LANES, x[v]);
}

/// One step over both matrices, some columns at a time.
static void delta_step_f32(
    float *weights,
    float *update,
    float *expected,
    const float *key,
    const float *error,
    const float *next_key,
    size_t width,
    kernels_delta_rates rates
) {
    size_t column = 0;
#define COLUMNS(count)                                                                             \
    for (; column + count * LANES <= width; column += count * LANES) {                             \
        delta_columns(                                                                             \
            weights, update, expected, key, error, next_key, width, rates, column, count           \
        );                                                                                         \
    }
    COLUMNS(DELTA_VECTORS)
    COLUMNS(1)
#undef COLUMNS
    const size_t rest = width - column;
    if (rest == 0) return;
    const f32x16 momentum = splat(rates.momentum);
    const f32x16 keep = splat(rates.keep);
    f32x16 sum = splat(0);
    for (size_t row = 0; row < width; row++) {
        float *m = weights + row * width + column;
        float *s = update + row * width + column;
        f32x16 step = momentum * load_first(s, rest);
        step = fma16(splat(rates.scale * key[row]), load_first(error + column, rest), step);
        const f32x16 weight = fma16(keep, load_first(m, rest), step);
        store_first(s, step, rest);
        store_first(m, weight, rest);
        sum = fma16(splat(next_key[row]), weight, sum);
    }
    store_first(expected + column, sum, rest);
}
