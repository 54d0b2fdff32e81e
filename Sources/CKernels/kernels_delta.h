// One step of a linear associative memory.

/// For each row, S ← η S + k e;  M ← (1 − α) M + S;  x ← x + k′ M, with the rows of x in their order.
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
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    const f32x16 momentum = splat(rates.momentum);
    const f32x16 keep = splat(rates.keep);
    memset(expected, 0, width * sizeof(float));
    for (size_t row = 0; row < width; row++) {
        float *m = weights + row * width;
        float *s = update + row * width;
        const f32x16 k = splat(rates.scale * key[row]);
        const f32x16 next = splat(next_key[row]);
        for (size_t i = 0; i < whole; i += LANES) {
            f32x16 step = fma16(k, load(error + i), momentum * load(s + i));
            f32x16 weight = fma16(keep, load(m + i), step);
            store(s + i, step);
            store(m + i, weight);
            store(expected + i, fma16(next, weight, load(expected + i)));
        }
        if (rest == 0) continue;
        f32x16 step = momentum * load_first(s + whole, rest);
        step = fma16(k, load_first(error + whole, rest), step);
        f32x16 weight = fma16(keep, load_first(m + whole, rest), step);
        f32x16 sum = fma16(next, weight, load_first(expected + whole, rest));
        store_first(s + whole, step, rest);
        store_first(m + whole, weight, rest);
        store_first(expected + whole, sum, rest);
    }
}
