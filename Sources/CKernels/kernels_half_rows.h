// Rows of IEEE halves, in which a decoder keeps keys and values, and several queries at once.

/// The nearest halves, ties to even; what is beyond the greatest becomes that one.
KERNELS_INLINE u16x16 nearest_ieee_halves(f32x16 values) {
    const u32x16 bits = (u32x16)values;
    f32x16 size = (f32x16)(bits & 0x7FFFFFFF);
    const i32x16 is_number = size == size;
    size = size > splat(65504) ? splat(65504) : size;
    const u32x16 rounded = (u32x16)size + 0xFFF + (((u32x16)size >> 13) & 1);
    // Below 2^-14 a half's unit is 2^-24, as is that of a float from 1/2 to 1.
    const u32x16 small = (u32x16)(size + splat(0.5f)) - 0x3F000000;
    u32x16 half = size < splat(0x1p-14f) ? small : (rounded >> 13) - (112 << 10);
    half = is_number ? half : (u32x16)0x7E00;
    return __builtin_convertvector(half | ((bits >> 16) & 0x8000), u16x16);
}

static void narrow_f16(const float *values, size_t count, uint16_t *halves) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const u16x16 nearest = nearest_ieee_halves(load(values + i));
        memcpy(halves + i, &nearest, sizeof nearest);
    }
    if (i < count) {
        const u16x16 nearest = nearest_ieee_halves(load_first(values + i, count - i));
        memcpy(halves + i, &nearest, (count - i) * sizeof(uint16_t));
    }
}

/// The values of the first `count` of sixteen halves; the other lanes are zero and not read.
KERNELS_INLINE f32x16 widen_first(const uint16_t *halves, size_t count) {
    uint16_t room[LANES];
    u16x16 lanes = (u16x16)0;
    if (count == LANES / 2) {
        // As for floats: a part of a register that went through memory would be waited for.
        u16x8 half;
        memcpy(&half, halves, sizeof half);
        const u16x8 zeros = (u16x8)0;
        lanes = __builtin_shufflevector(
            half, zeros, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        );
    } else {
        memcpy(&lanes, halves, count * sizeof(uint16_t));
    }
    memcpy(room, &lanes, sizeof room);
    return widen_halves(room);
}

static void widen_f16(const uint16_t *halves, size_t count, float *values) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(values + i, widen_halves(halves + i));
    if (i < count) store_first(values + i, widen_first(halves + i, count - i), count - i);
}

/// `lane_sums_f32` of a row of halves.
KERNELS_INLINE f32x16 lane_sums_f16(const float *a, const uint16_t *b, size_t count) {
    f32x16 sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            sums[p] = fma16(load(a + i + p * LANES), widen_halves(b + i + p * LANES), sums[p]);
        }
    }
    const size_t whole = (count - i) / LANES;
    const size_t rest = (count - i) % LANES;
    if (whole > 0) sums[0] = fma16(load(a + i), widen_halves(b + i), sums[0]);
    if (whole > 1) sums[1] = fma16(load(a + i + LANES), widen_halves(b + i + LANES), sums[1]);
    if (whole > 2) {
        sums[2] = fma16(load(a + i + 2 * LANES), widen_halves(b + i + 2 * LANES), sums[2]);
    }
    if (rest > 0) {
        i += whole * LANES;
        const f32x16 left = load_first(a + i, rest);
        const f32x16 right = widen_first(b + i, rest);
        if (whole == 0) sums[0] = fma16(left, right, sums[0]);
        if (whole == 1) sums[1] = fma16(left, right, sums[1]);
        if (whole == 2) sums[2] = fma16(left, right, sums[2]);
        if (whole == 3) sums[3] = fma16(left, right, sums[3]);
    }
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

/// Scores of one query.
KERNELS_INLINE void scan_half_rows(const kernels_half_rows *h, size_t query) {
    const float *vector = h->vectors + query * h->vector_stride;
    float *scores = h->scores + query * h->score_stride;
    const size_t width = h->width;
    size_t r = 0;
    for (; r + LANES <= h->row_count; r += LANES) {
        f32x16 lanes[LANES];
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = lane_sums_f16(vector, h->rows + (r + i) * width, width);
        }
        store(scores + r, fold_sums(lanes));
    }
    for (; r < h->row_count; r++) {
        scores[r] = fold_sum(lane_sums_f16(vector, h->rows + r * width, width));
    }
}

/// Rows that are widened once for several queries, if they are no wider than this.
#define WIDENED_WIDTH 256

static void scan_f16(const kernels_half_rows *h) {
    const size_t width = h->width;
    if (h->query_count == 1 || width > WIDENED_WIDTH) {
        for (size_t q = 0; q < h->query_count; q++) scan_half_rows(h, q);
        return;
    }
    float rows[LANES * WIDENED_WIDTH];
    for (size_t r = 0; r < h->row_count; r += LANES) {
        const size_t count = h->row_count - r < LANES ? h->row_count - r : LANES;
        widen_f16(h->rows + r * width, count * width, rows);
        for (size_t q = 0; q < h->query_count; q++) {
            scan_f32(
                h->vectors + q * h->vector_stride,
                rows,
                count,
                width,
                h->scores + q * h->score_stride + r
            );
        }
    }
}

/// Adds to `vectors` vectors of `queries` sums those of all rows; both are constants where it is used.
KERNELS_INLINE void add_half_vectors(
    const kernels_half_rows *h,
    size_t first_query,
    size_t first,
    size_t queries,
    size_t vectors
) {
    f32x16 sums[4][8];
    float *target = h->vectors + first_query * h->vector_stride + first;
    const float *scores = h->scores + first_query * h->score_stride;
    for (size_t q = 0; q < queries; q++) {
        for (size_t v = 0; v < vectors; v++) {
            sums[q][v] = load(target + q * h->vector_stride + v * LANES);
        }
    }
    for (size_t r = 0; r < h->row_count; r++) {
        const uint16_t *row = h->rows + r * h->width + first;
        for (size_t v = 0; v < vectors; v++) {
            const f32x16 values = widen_halves(row + v * LANES);
            for (size_t q = 0; q < queries; q++) {
                sums[q][v] = fma16(splat(scores[q * h->score_stride + r]), values, sums[q][v]);
            }
        }
    }
    for (size_t q = 0; q < queries; q++) {
        for (size_t v = 0; v < vectors; v++) {
            store(target + q * h->vector_stride + v * LANES, sums[q][v]);
        }
    }
}

/// All columns of `queries` sums, a constant where it is used, in as many vectors as fit the registers.
KERNELS_INLINE void add_half_rows(
    const kernels_half_rows *h,
    size_t first_query,
    size_t queries
) {
    const size_t most = HALF_SUMS / queries;
    const size_t width = h->width;
    size_t i = 0;
    if (most >= 8) {
        for (; i + 8 * LANES <= width; i += 8 * LANES) {
            add_half_vectors(h, first_query, i, queries, 8);
        }
    }
    if (most >= 4) {
        for (; i + 4 * LANES <= width; i += 4 * LANES) {
            add_half_vectors(h, first_query, i, queries, 4);
        }
    }
    if (most >= 3) {
        for (; i + 3 * LANES <= width; i += 3 * LANES) {
            add_half_vectors(h, first_query, i, queries, 3);
        }
    }
    if (most >= 2) {
        for (; i + 2 * LANES <= width; i += 2 * LANES) {
            add_half_vectors(h, first_query, i, queries, 2);
        }
    }
    for (; i + LANES <= width; i += LANES) add_half_vectors(h, first_query, i, queries, 1);
    if (i == width) return;
    for (size_t q = first_query; q < first_query + queries; q++) {
        float *target = h->vectors + q * h->vector_stride + i;
        const float *scores = h->scores + q * h->score_stride;
        f32x16 sum = load_first(target, width - i);
        for (size_t r = 0; r < h->row_count; r++) {
            const f32x16 values = widen_first(h->rows + r * width + i, width - i);
            sum = fma16(splat(scores[r]), values, sum);
        }
        store_first(target, sum, width - i);
    }
}

static void add_scaled_rows_f16(const kernels_half_rows *h) {
    size_t q = 0;
    for (; q + 4 <= h->query_count; q += 4) add_half_rows(h, q, 4);
    for (; q + 2 <= h->query_count; q += 2) add_half_rows(h, q, 2);
    for (; q < h->query_count; q++) add_half_rows(h, q, 1);
}
