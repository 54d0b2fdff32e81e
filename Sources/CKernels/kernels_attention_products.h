// The products of attention, whose sums stay in registers.

/// The scores of a block of queries, and the largest of each.
KERNELS_INLINE void score(
    const head_attention *h,
    size_t vectors,
    size_t elements,
    f32x16 largest[QUERY_VECTORS]
) {
    const size_t words = word_count(h->head_size, elements);
    const size_t lanes = vectors * LANES;
    for (size_t v = 0; v < vectors; v++) largest[v] = splat(-INFINITY);
    for (size_t key = 0; key < h->tokens; key += KEY_ROWS) {
        f32x16 sums[KEY_ROWS][TILE_VECTORS];
        set_sums(sums, KEY_ROWS, vectors, splat(0));
        sum_words(
            h->keys + key * words,
            words,
            1,
            h->queries,
            lanes,
            h->head_size / elements,
            KEY_ROWS,
            vectors,
            elements,
            sums
        );
#pragma clang loop unroll(full)
        for (size_t r = 0; r < KEY_ROWS; r++) {
            for (size_t v = 0; v < vectors; v++) {
                store(h->scores + (key + r) * lanes + v * LANES, sums[r][v]);
                largest[v] = larger(sums[r][v], largest[v]);
            }
        }
    }
}

/// 16 · `vectors` of the results of up to RESULT_ROWS queries: the values' sums by their shares.
KERNELS_INLINE void mix_columns(
    const head_attention *h,
    size_t row,
    size_t query,
    size_t lanes,
    size_t column,
    size_t vectors,
    size_t elements
) {
    f32x16 sums[RESULT_ROWS][TILE_VECTORS];
    set_sums(sums, RESULT_ROWS, vectors, splat(0));
    sum_words(
        h->shares + query,
        1,
        lanes,
        h->values + column,
        h->head_size,
        (h->tokens + elements - 1) / elements,
        RESULT_ROWS,
        vectors,
        elements,
        sums
    );
    const size_t first = row + query;
    for (size_t r = 0; r < RESULT_ROWS && first + r < h->tokens; r++) {
        const f32x16 factor = splat(h->factors[query + r]);
        for (size_t v = 0; v < vectors; v++) {
            const size_t d = column + v * LANES;
            f32x16 sum = sums[r][v] * factor;
            if (elements == 4) {
                sum = __builtin_convertvector((i32x16)sums[r][v], f32x16) * load(h->value_scales + d);
                sum = fma16(sum, factor, load(h->value_means + d));
            }
            store(h->result + (first + r) * h->width + d, sum);
        }
    }
}

/// The results of 16 · `vectors` queries from `row` on.
KERNELS_INLINE void mix(const head_attention *h, size_t row, size_t vectors, size_t elements) {
    const size_t lanes = vectors * LANES;
    for (size_t query = 0; query < lanes && row + query < h->tokens; query += RESULT_ROWS) {
        size_t d = 0;
        for (; d + QUERY_VECTORS * LANES <= h->head_size; d += QUERY_VECTORS * LANES) {
            mix_columns(h, row, query, lanes, d, QUERY_VECTORS, elements);
        }
        if (d < h->head_size) mix_columns(h, row, query, lanes, d, 1, elements);
    }
}
