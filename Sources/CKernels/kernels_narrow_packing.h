// Weights in narrow formats, packed.

// How words of sixteen columns lie: in panels of 64 columns, a row of words after the other, or as tiles
// are read, [16 words, 16 columns], two beside each other before the next two.
#ifdef VARIANT_HAS_TILES
#define PACKED_COLUMNS (2 * TILE_SIDE)
#define PACKED_ROW TILE_SIDE
#define PACKED_LANES (TILE_SIDE * TILE_SIDE)
#else
#define PACKED_COLUMNS KERNELS_PANEL_WIDTH
#define PACKED_ROW KERNELS_PANEL_WIDTH
#define PACKED_LANES LANES
#endif

/// The first word of sixteen columns.
KERNELS_INLINE uint32_t *column_words(const kernels_narrow_weights *w, size_t column) {
    const size_t size = w->format == KERNELS_FORMAT_I8 ? 1 : sizeof(half_element);
    const size_t words = padded(w->depth) * size / 4;
    return (uint32_t *)w->elements + column / PACKED_COLUMNS * PACKED_COLUMNS * words
        + column % PACKED_COLUMNS / LANES * PACKED_LANES;
}

/// The first `count` of sixteen floats, which is sixteen or fewer.
KERNELS_INLINE f32x16 load_up_to(const float *source, size_t count) {
    return count >= LANES ? load(source) : load_first(source, count);
}

/// Weights in sixteen words.
KERNELS_INLINE size_t step_of(const kernels_narrow_weights *w) {
    return w->format == KERNELS_FORMAT_I8 ? 4 * LANES : 4 * LANES / sizeof(half_element);
}

/// The next `count` weights of a column as bf16, in sixteen words that zeros fill up.
KERNELS_INLINE i32x16 half_words(const float *weights, size_t count) {
    i32x16 words = 0;
    for (size_t k = 0; k < 4 * LANES / sizeof(half_element) && k < count; k += LANES) {
        const halves16 halves = nearest_halves(load_up_to(weights + k, count - k));
        memcpy((char *)&words + k * sizeof(half_element), &halves, sizeof halves);
    }
    return words;
}

/// The same as bytes of weights · factor, which are added to `total` as well.
KERNELS_INLINE i32x16 byte_words(const float *weights, size_t count, f32x16 factor, f32x16 *total) {
    i32x16 words = 0;
    for (size_t k = 0; k < 4 * LANES && k < count; k += LANES) {
        const f32x16 shifted =
            fma16(load_up_to(weights + k, count - k), factor, splat(NEAREST_INTEGER));
        const i8x16 bytes = __builtin_convertvector((i32x16)shifted << 24 >> 24, i8x16);
        memcpy((char *)&words + k, &bytes, sizeof bytes);
        *total += shifted - splat(NEAREST_INTEGER);
    }
    return words;
}

/// The largest magnitude among weights.
KERNELS_INLINE float largest_magnitude(const float *weights, size_t count) {
    f32x16 largest = splat(0);
    for (size_t k = 0; k < count; k += LANES) {
        largest = larger(__builtin_elementwise_abs(load_up_to(weights + k, count - k)), largest);
    }
    return fold_max(largest);
}

/// Sixteen columns from `first` on, or as many as there are, with their scales and sums in int8.
///
/// Words of one row of a panel are made together: one by one they would each bring a line of the
/// panel into the cache.
static void pack_columns(
    const kernels_plain_weights *weights,
    size_t first,
    const kernels_narrow_weights *to
) {
    const int is_int8 = to->format == KERNELS_FORMAT_I8;
    const size_t rest = to->columns - first;
    const size_t count = rest < LANES ? rest : LANES;
    const size_t step = step_of(to);
    const float *columns[LANES];
    f32x16 sums[LANES];
    for (size_t c = 0; c < count; c++) {
        columns[c] = kernels_plain_column(weights, to->depth, first + c);
        sums[c] = splat(0);
    }
    uint32_t *target = column_words(to, first);
    for (size_t start = 0; start < to->depth; start += to->group) {
        const size_t left = to->depth - start;
        const size_t end = start + (left < to->group ? left : to->group);
        f32x16 factors[LANES];
        f32x16 totals[LANES];
        float *scales = to->scales + start / to->group * padded(to->columns) + first;
        for (size_t c = 0; c < count && is_int8; c++) {
            const float top = largest_magnitude(columns[c] + start, end - start);
            scales[c] = top * (1.0f / 127.0f);
            factors[c] = splat(top > 0 ? 127.0f / top : 0);
            totals[c] = splat(0);
        }
        for (size_t k = start; k < end; k += step) {
            i32x16 rows[LANES];
            for (size_t c = 0; c < count; c++) {
                const float *some = columns[c] + k;
                // The same of the next sixteen, which follow in the file.
                __builtin_prefetch(some + LANES * to->depth, 0, 2);
                rows[c] = is_int8 ? byte_words(some, end - k, factors[c], &totals[c])
                                  : half_words(some, end - k);
            }
            for (size_t c = count; c < LANES; c++) rows[c] = 0;
            transpose(rows);
            uint32_t *place = target + k / step * LANES * PACKED_COLUMNS;
            for (size_t w = 0; w < LANES; w++) {
                memcpy(place + w * PACKED_ROW, &rows[w], sizeof rows[w]);
            }
        }
        for (size_t c = 0; c < count && is_int8; c++) {
            sums[c] = fma16(splat(scales[c]), totals[c], sums[c]);
        }
    }
    for (size_t c = 0; c < count && is_int8; c++) to->sums[first + c] = fold_sum(sums[c]);
}

static void pack_narrow(
    const kernels_plain_weights *weights,
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
    memcpy(packed->bias, bias, packed->columns * sizeof(float));
    for (size_t c = 0; c < packed->columns; c += LANES) pack_columns(weights, c, packed);
}
