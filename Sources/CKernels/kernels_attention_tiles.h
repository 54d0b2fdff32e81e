// The products of attention over bf16 in the processor's tiles.
//
// Tiles 0 to 3 hold sums, 4 keys, 5 queries, 6 values and 7 shares of them. Those of bytes stay in
// registers, where they are as fast.

/// Words of a row of a tile.
#define TILE_WORDS (TILE_BYTES / 4)

/// Words of queries and keys that are multiplied in one step: a whole number of them is a head.
KERNELS_INLINE size_t score_words(const head_attention *h) {
    return h->head_size / 2 % TILE_WORDS == 0 ? TILE_WORDS : TILE_WORDS / 2;
}

/// Takes the tiles, and clears the shares beyond the last token.
KERNELS_INLINE void begin_halves(const head_attention *h) {
    const size_t words = score_words(h);
    tile_shapes shapes = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        shapes.row_bytes[t] = t == 4 ? (uint16_t)(4 * words) : TILE_BYTES;
        shapes.rows[t] = t == 5 ? (uint8_t)words : TILE_SIDE;
    }
    _tile_loadconfig(&shapes);
    memset(h->shares, 0, h->step_words * QUERY_VECTORS * LANES * sizeof *h->shares);
}

KERNELS_INLINE void end_halves(void) { _tile_release(); }

/// The scores of sixteen keys from `key` on, [16, lanes].
KERNELS_INLINE void score_keys(const head_attention *h, size_t key, size_t vectors, float *scores) {
    const size_t words = h->head_size / 2;
    const size_t lanes = vectors * LANES;
    _tile_zero(0);
    if (vectors > 1) _tile_zero(1);
    for (size_t w = 0; w < words; w += score_words(h)) {
        const uint32_t *queries = h->queries + w * lanes;
        _tile_loadd(4, h->keys + key * words + w, 4 * words);
        _tile_loadd(5, queries, 4 * lanes);
        _tile_dpbf16ps(0, 4, 5);
        if (vectors > 1) {
            _tile_loadd(5, queries + LANES, 4 * lanes);
            _tile_dpbf16ps(1, 4, 5);
        }
    }
    _tile_stored(0, scores, 4 * lanes);
    if (vectors > 1) _tile_stored(1, scores + LANES, 4 * lanes);
}

KERNELS_INLINE void score_halves(
    const head_attention *h,
    size_t vectors,
    f32x16 largest[QUERY_VECTORS]
) {
    const size_t lanes = vectors * LANES;
    for (size_t v = 0; v < vectors; v++) largest[v] = splat(-INFINITY);
    for (size_t key = 0; key < h->tokens; key += TILE_SIDE) {
        float *scores = h->scores + key * lanes;
        score_keys(h, key, vectors, scores);
        for (size_t r = 0; r < TILE_SIDE; r++) {
            for (size_t v = 0; v < vectors; v++) {
                largest[v] = larger(load(scores + r * lanes + v * LANES), largest[v]);
            }
        }
    }
}

/// Values with a row for each of the head's elements, [head_size, step_words], zero beyond the last token.
static void turn_values(const head_attention *h) {
    for (size_t d = 0; d < h->head_size; d += LANES) {
        for (size_t w = 0; w < h->step_words; w += TILE_WORDS) {
            const uint32_t *values = h->values + w * h->head_size + d;
            i32x16 block[LANES];
            for (size_t i = 0; i < LANES; i++) {
                block[i] = w + i < h->words ? load_i32(values + i * h->head_size) : (i32x16)0;
            }
            transpose(block);
            for (size_t i = 0; i < LANES; i++) {
                memcpy(h->turned_values + (d + i) * h->step_words + w, &block[i], sizeof block[i]);
            }
        }
    }
}

/// The sums of 16 · `parts` of the head's elements from `d` on with a lane for each query, [16 · parts, lanes].
KERNELS_INLINE void sum_shares(
    const head_attention *h,
    size_t d,
    size_t parts,
    size_t vectors,
    float *sums
) {
    const size_t lanes = vectors * LANES;
    const size_t row_words = h->step_words;
    const uint32_t *first = h->turned_values + d * row_words;
    const uint32_t *second = first + TILE_SIDE * row_words;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t w = 0; w < row_words; w += TILE_WORDS) {
        const uint32_t *shares = h->shares + w * lanes;
        _tile_loadd(6, first + w, 4 * row_words);
        if (vectors > 1) {
            _tile_loadd(7, shares + LANES, 4 * lanes);
            _tile_dpbf16ps(1, 6, 7);
        }
        _tile_loadd(7, shares, 4 * lanes);
        _tile_dpbf16ps(0, 6, 7);
        if (parts > 1) {
            _tile_loadd(6, second + w, 4 * row_words);
            _tile_dpbf16ps(2, 6, 7);
            if (vectors > 1) {
                _tile_loadd(7, shares + LANES, 4 * lanes);
                _tile_dpbf16ps(3, 6, 7);
            }
        }
    }
    _tile_stored(0, sums, 4 * lanes);
    if (vectors > 1) _tile_stored(1, sums + LANES, 4 * lanes);
    if (parts == 1) return;
    _tile_stored(2, sums + TILE_SIDE * lanes, 4 * lanes);
    if (vectors > 1) _tile_stored(3, sums + TILE_SIDE * lanes + LANES, 4 * lanes);
}

/// Sixteen of the head's elements from `d` on of up to sixteen queries' results, which become rows.
KERNELS_INLINE void put_mixed(
    const head_attention *h,
    const float *sums,
    size_t lanes,
    size_t row,
    size_t lane,
    size_t d
) {
    const f32x16 factors = load(h->factors + lane);
    i32x16 block[LANES];
    for (size_t i = 0; i < LANES; i++) {
        block[i] = (i32x16)(load(sums + i * lanes + lane) * factors);
    }
    transpose(block);
    for (size_t q = 0; q < LANES && row + lane + q < h->tokens; q++) {
        store(h->result + (row + lane + q) * h->width + d, (f32x16)block[q]);
    }
}

KERNELS_INLINE void mix_halves(const head_attention *h, size_t row, size_t vectors) {
    const size_t lanes = vectors * LANES;
    float sums[2 * TILE_SIDE * QUERY_VECTORS * LANES] __attribute__((aligned(64)));
    for (size_t d = 0; d < h->head_size; d += 2 * TILE_SIDE) {
        const size_t parts = h->head_size - d > TILE_SIDE ? 2 : 1;
        if (parts == 2) {
            sum_shares(h, d, 2, vectors, sums);
        } else {
            sum_shares(h, d, 1, vectors, sums);
        }
        for (size_t p = 0; p < parts; p++) {
            for (size_t v = 0; v < vectors && row + v * LANES < h->tokens; v++) {
                const float *some = sums + p * TILE_SIDE * lanes;
                put_mixed(h, some, lanes, row, v * LANES, d + p * TILE_SIDE);
            }
        }
    }
}
