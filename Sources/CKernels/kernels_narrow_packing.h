// Weights in narrow formats, packed.

/// Puts the words of a column's piece where they belong, a row of a panel apart.
KERNELS_INLINE void store_words(uint32_t *target, const void *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        memcpy(target + i * KERNELS_PANEL_WIDTH, (const char *)words + i * 4, 4);
    }
}

/// The first word of a column in its panel.
KERNELS_INLINE uint32_t *column_words(const kernels_narrow_weights *w, size_t column) {
    const size_t size = w->format == KERNELS_FORMAT_I8 ? 1 : sizeof(half_element);
    const size_t words = padded(w->depth) * size / 4;
    return (uint32_t *)w->elements
        + column / KERNELS_PANEL_WIDTH * KERNELS_PANEL_WIDTH * words
        + column % KERNELS_PANEL_WIDTH;
}

/// The first `count` of sixteen floats, which is sixteen or fewer.
KERNELS_INLINE f32x16 load_up_to(const float *source, size_t count) {
    return count >= LANES ? load(source) : load_first(source, count);
}

/// One column as bytes, with its scales and its sum.
static void pack_bytes(const float *weights, size_t column, const kernels_narrow_weights *to) {
    const size_t columns = padded(to->columns);
    uint32_t *target = column_words(to, column);
    f32x16 sum = splat(0);
    for (size_t start = 0; start < to->depth; start += to->group) {
        const size_t rest = to->depth - start;
        const size_t end = start + (rest < to->group ? rest : to->group);
        f32x16 largest = splat(0);
        for (size_t k = start; k < end; k += LANES) {
            largest = larger(__builtin_elementwise_abs(load_up_to(weights + k, end - k)), largest);
        }
        const float top = fold_max(largest);
        const float scale = top * (1.0f / 127.0f);
        const f32x16 factor = splat(top > 0 ? 127.0f / top : 0);
        f32x16 total = splat(0);
        for (size_t k = start; k < end; k += LANES) {
            const f32x16 shifted =
                fma16(load_up_to(weights + k, end - k), factor, splat(NEAREST_INTEGER));
            const i8x16 bytes = __builtin_convertvector((i32x16)shifted << 24 >> 24, i8x16);
            store_words(target + k / 4 * KERNELS_PANEL_WIDTH, &bytes, 4);
            total += shifted - splat(NEAREST_INTEGER);
        }
        to->scales[start / to->group * columns + column] = scale;
        sum = fma16(splat(scale), total, sum);
    }
    to->sums[column] = fold_sum(sum);
}

/// One column as bf16.
static void pack_halves(const float *weights, size_t column, const kernels_narrow_weights *to) {
    uint32_t *target = column_words(to, column);
    for (size_t k = 0; k < to->depth; k += LANES) {
        const halves16 halves = nearest_halves(load_up_to(weights + k, to->depth - k));
        const size_t word = k * sizeof(half_element) / 4;
        store_words(target + word * KERNELS_PANEL_WIDTH, &halves, sizeof halves / 4);
    }
}

static void pack_narrow(
    const float *weights,
    const float *bias,
    const kernels_narrow_weights *packed
) {
    const kernels_narrow_sizes sizes = kernels_narrow_sizes_of(
        sizeof(half_element),
        packed->format,
        packed->columns,
        packed->depth,
        packed->group
    );
    if (packed->columns % KERNELS_PANEL_WIDTH != 0 || packed->depth % KERNELS_PANEL_WIDTH != 0) {
        memset(packed->elements, 0, sizes.element_bytes);
    }
    for (size_t c = packed->columns; c < sizes.columns; c++) {
        packed->bias[c] = 0;
        if (packed->format == KERNELS_FORMAT_I8) packed->sums[c] = 0;
    }
    if (packed->format == KERNELS_FORMAT_I8) memset(packed->scales, 0, sizes.scales * sizeof(float));
    for (size_t c = 0; c < packed->columns; c++) {
        packed->bias[c] = bias[c];
        if (packed->format == KERNELS_FORMAT_I8) {
            pack_bytes(weights + c * packed->depth, c, packed);
        } else {
            pack_halves(weights + c * packed->depth, c, packed);
        }
    }
}
