// Self-attention of one sequence, head by head, a block of queries at a time.
//
// Scores are kept with a lane for each query and a row for each key, so that the softmax folds no
// lanes: the largest score is found while the scores are in registers, the exponentials are packed
// into the words of the second product as they come.

#if TILE_VECTORS >= 4
// 12 × 32 scores are 24 registers, 8 × 32 results 16.
#define QUERY_VECTORS 2
#define RESULT_ROWS 8
#else
#define QUERY_VECTORS 1
#define RESULT_ROWS 4
#endif
/// Keys of a tile of scores.
#define KEY_ROWS (TILE_ROWS * TILE_VECTORS / QUERY_VECTORS)

#include "kernels_attention_packing.h"

#include "kernels_attention_shares.h"

#include "kernels_attention_bytes.h"

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
KERNELS_INLINE void attend(const head_attention *h, size_t row, size_t vectors, size_t elements) {
    const size_t lanes = vectors * LANES;
    pack_queries(h, row, vectors, elements);
    if (elements == 4) {
        i16x32 largest[QUERY_VECTORS];
        score_bytes(h, vectors, largest);
        share_out_bytes(h, largest, vectors);
    } else {
        f32x16 largest[QUERY_VECTORS];
        score(h, vectors, elements, largest);
        share_out(h, largest, vectors, elements);
    }
    for (size_t query = 0; query < lanes && row + query < h->tokens; query += RESULT_ROWS) {
        size_t d = 0;
        for (; d + QUERY_VECTORS * LANES <= h->head_size; d += QUERY_VECTORS * LANES) {
            mix_columns(h, row, query, lanes, d, QUERY_VECTORS, elements);
        }
        if (d < h->head_size) mix_columns(h, row, query, lanes, d, 1, elements);
    }
}

/// Takes `count` words of scratch, from a multiple of 64 bytes on.
KERNELS_INLINE void *take_words(char **scratch, size_t count) {
    void *words = *scratch;
    *scratch += (count * 4 + 63) / 64 * 64;
    return words;
}

KERNELS_INLINE void attention(const kernels_attention *a, size_t elements) {
    const size_t lanes = QUERY_VECTORS * LANES;
    const size_t rows = (a->token_count + KEY_ROWS - 1) / KEY_ROWS * KEY_ROWS;
    const size_t whole = (a->token_count + elements - 1) / elements * elements;
    const size_t groups = word_count(whole, elements);
    const size_t element_size = elements == 1 ? sizeof(float) : sizeof(half_element);
    char *scratch = a->scratch;
    head_attention h = {
        .tokens = a->token_count,
        .head_size = a->head_size,
        .stride_bytes = a->stride * element_size,
        .width = a->head_count * a->head_size,
        .keys = take_words(&scratch, rows * word_count(a->head_size, elements)),
        .values = take_words(&scratch, groups * a->head_size),
        .queries = take_words(&scratch, a->head_size * lanes),
        .scores = take_words(&scratch, rows * lanes),
        .shares = take_words(&scratch, groups * lanes),
        .key_scales = take_words(&scratch, a->head_size),
        .value_scales = take_words(&scratch, a->head_size),
        .value_means = take_words(&scratch, a->head_size),
        .factors = take_words(&scratch, lanes),
        .starts = take_words(&scratch, lanes),
        .lost_bits = take_words(&scratch, lanes),
    };
    for (size_t head = 0; head < a->head_count; head++) {
        h.source = (const char *)a->queries_keys_values + head * a->head_size * element_size;
        h.result = a->result + head * a->head_size;
        pack_keys_values(&h, elements);
        size_t row = 0;
        for (; row + lanes - LANES < h.tokens; row += lanes) attend(&h, row, QUERY_VECTORS, elements);
        if (row < h.tokens) attend(&h, row, 1, elements);
    }
}

static void attention_f32(const kernels_attention *a) { attention(a, 1); }
static void attention_bf16(const kernels_attention *a) { attention(a, 2); }
static void attention_i8(const kernels_attention *a) { attention(a, 4); }
