// Self-attention of one sequence over bf16, head by head, a few queries at a time.

/// Sixteen rows of sixteen words become columns.
KERNELS_INLINE void transpose(i32x16 rows[LANES]) {
    // In step s, rows whose numbers differ in bit s swap the words whose columns do.
    i32x16 swapped[LANES];
#define STEP(from, to, bit, ...)                                                                   \
    for (size_t r = 0; r < LANES; r++) {                                                           \
        if ((r & bit) == 0) {                                                                      \
            to[r] = __builtin_shufflevector(from[r], from[r | bit], STEP_LOW_##bit);               \
            to[r | bit] = __builtin_shufflevector(from[r], from[r | bit], STEP_HIGH_##bit);        \
        }                                                                                          \
    }
#define STEP_LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define STEP_HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define STEP_LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define STEP_HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define STEP_LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define STEP_HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define STEP_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define STEP_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    STEP(rows, swapped, 1)
    STEP(swapped, rows, 2)
    STEP(rows, swapped, 4)
    STEP(swapped, rows, 8)
#undef STEP
}

/// Keys of a head in panels of 64 tokens: pairs [head_size / 2, 64, 2], zero up to the next
/// multiple of 16 tokens.
static void pack_narrow_keys(
    const uint16_t *keys,
    size_t stride,
    size_t token_count,
    size_t head_size,
    uint32_t *packed
) {
    const size_t pairs = head_size / 2;
    for (size_t token = 0; token < token_count; token += LANES) {
        const size_t rest = token_count - token;
        const size_t count = rest < LANES ? rest : LANES;
        uint32_t *panel = packed + token / KERNELS_PANEL_WIDTH * KERNELS_PANEL_WIDTH * pairs
            + token % KERNELS_PANEL_WIDTH;
        for (size_t start = 0; start < pairs; start += LANES) {
            const size_t words = pairs - start < LANES ? pairs - start : LANES;
            i32x16 block[LANES];
            for (size_t t = 0; t < LANES; t++) block[t] = (i32x16)0;
            if (words == LANES) {
                for (size_t t = 0; t < count; t++) {
                    block[t] = load_i32(keys + (token + t) * stride + 2 * start);
                }
            } else {
                for (size_t t = 0; t < count; t++) {
                    memcpy(&block[t], keys + (token + t) * stride + 2 * start, 4 * words);
                }
            }
            transpose(block);
            for (size_t p = 0; p < words; p++) {
                memcpy(panel + (start + p) * KERNELS_PANEL_WIDTH, &block[p], sizeof block[p]);
            }
        }
    }
}

/// Values of a head as pairs of tokens: [tokens / 2, head_size, 2].
static void pack_narrow_values(
    const uint16_t *values,
    size_t stride,
    size_t token_count,
    size_t head_size,
    uint32_t *packed
) {
    for (size_t t = 0; t < token_count; t += 2) {
        const uint16_t *value = values + t * stride;
        for (size_t d = 0; d < head_size; d += LANES) {
            u16x16 lower;
            u16x16 upper = (u16x16)0;
            memcpy(&lower, value + d, sizeof lower);
            if (t + 1 < token_count) memcpy(&upper, value + stride + d, sizeof upper);
            const u32x16 pairs = __builtin_convertvector(lower, u32x16)
                | __builtin_convertvector(upper, u32x16) << 16;
            memcpy(packed + d, &pairs, sizeof pairs);
        }
        packed += head_size;
    }
}

/// `sum_halves` for any number of vectors; `rows` is a constant where it is used.
KERNELS_INLINE void sum_halves_wide(
    const uint16_t *left,
    size_t left_stride,
    const uint32_t *right,
    size_t right_stride,
    size_t pair_count,
    size_t rows,
    size_t vectors,
    float *result,
    size_t result_stride
) {
    while (vectors > 0) {
        const size_t taken = vectors < TILE_VECTORS ? vectors : TILE_VECTORS;
        switch (taken) {
#define CASE(count)                                                                                \
    sum_halves(                                                                                    \
        left, left_stride, right, right_stride, pair_count, rows, count, result, result_stride     \
    )
        case 1: CASE(1); break;
#if TILE_VECTORS >= 4
        case 2: CASE(2); break;
        case 3: CASE(3); break;
        default: CASE(4); break;
#endif
#undef CASE
        }
        vectors -= taken;
        right += taken * LANES;
        result += taken * LANES;
    }
}

/// The exponentials of a row of scores in bf16, zero beyond `count`; gives one over their sum.
KERNELS_INLINE float exponentials(
    const float *scores,
    size_t count,
    float scale,
    uint16_t *halves
) {
    const size_t whole = count / LANES * LANES;
    const size_t end = (count + LANES - 1) / LANES * LANES;
    const i32x16 is_inside = lane_indices() < (int32_t)(count - whole);
    f32x16 largest = splat(-INFINITY);
    for (size_t i = 0; i < whole; i += LANES) largest = larger(load(scores + i), largest);
    if (whole < end) {
        largest = larger(is_inside ? load(scores + whole) : splat(-INFINITY), largest);
    }
    const f32x16 factor = splat(scale * 1.442695041f);
    const f32x16 top = splat(fold_max(largest)) * factor;
    f32x16 sums = splat(0);
    for (size_t i = 0; i < end; i += LANES) {
        f32x16 e = exp2_coarse(fma16(load(scores + i), factor, -top));
        if (i == whole) e = is_inside ? e : splat(0);
        store_halves(halves + i, e);
        sums += e;
    }
    return 1.0f / fold_sum(sums);
}

/// One head's attention, with its memory.
typedef struct {
    size_t tokens;
    size_t columns;  // Tokens, filled up to a multiple of 64.
    size_t head_size;
    const uint16_t *queries;  // [tokens, query_stride]
    size_t query_stride;
    uint32_t *keys;    // [columns / 64, head_size / 2, 64] pairs
    uint32_t *values;  // [columns / 2, head_size] pairs
    float *scores;     // [TILE_ROWS, columns]
    uint16_t *shares;  // [TILE_ROWS, columns]
    float *result;     // [tokens, width]
    size_t width;
} head_attention;

/// The results of `rows` queries of one head; `rows` is a constant where it is used.
KERNELS_INLINE void attend(head_attention h, size_t row, size_t rows) {
    const float scale = 1.0f / sqrtf((float)h.head_size);
    for (size_t start = 0; start < h.tokens; start += KERNELS_PANEL_WIDTH) {
        const size_t rest = h.tokens - start;
        const size_t count = rest < KERNELS_PANEL_WIDTH ? rest : KERNELS_PANEL_WIDTH;
        sum_halves_wide(
            h.queries + row * h.query_stride,
            h.query_stride,
            h.keys + start * (h.head_size / 2),
            KERNELS_PANEL_WIDTH,
            h.head_size / 2,
            rows,
            (count + LANES - 1) / LANES,
            h.scores + start,
            h.columns
        );
    }
    float factors[TILE_ROWS];
    for (size_t r = 0; r < rows; r++) {
        const size_t start = r * h.columns;
        factors[r] = exponentials(h.scores + start, h.tokens, scale, h.shares + start);
    }
    float *result = h.result + row * h.width;
    sum_halves_wide(
        h.shares,
        h.columns,
        h.values,
        h.head_size,
        (h.tokens + 1) / 2,
        rows,
        h.head_size / LANES,
        result,
        h.width
    );
    for (size_t r = 0; r < rows; r++) {
        const f32x16 factor = splat(factors[r]);
        for (size_t d = 0; d < h.head_size; d += LANES) {
            store(result + r * h.width + d, load(result + r * h.width + d) * factor);
        }
    }
}

static void attention_bf16(const kernels_narrow_attention *a) {
    const size_t tokens = a->token_count;
    const size_t head_size = a->head_size;
    head_attention h = {
        .tokens = tokens,
        .columns = padded(tokens),
        .head_size = head_size,
        .query_stride = a->stride,
        .keys = a->scratch,
        .width = a->head_count * head_size,
    };
    h.values = h.keys + h.columns * (head_size / 2);
    h.scores = (float *)(h.values + h.columns * (head_size / 2));
    h.shares = (uint16_t *)(h.scores + TILE_ROWS * h.columns);
    for (size_t head = 0; head < a->head_count; head++) {
        h.queries = a->queries_keys_values + head * head_size;
        h.result = a->result + head * head_size;
        const uint16_t *keys = h.queries + h.width;
        pack_narrow_keys(keys, a->stride, tokens, head_size, h.keys);
        pack_narrow_values(keys + h.width, a->stride, tokens, head_size, h.values);
        size_t row = 0;
        for (; row + TILE_ROWS <= tokens; row += TILE_ROWS) attend(h, row, TILE_ROWS);
        if (row < tokens && tokens > TILE_ROWS) {
            // The last rows together with some before them, which come out the same again.
            attend(h, tokens - TILE_ROWS, TILE_ROWS);
        } else {
            for (; row < tokens; row++) attend(h, row, 1);
        }
    }
}
