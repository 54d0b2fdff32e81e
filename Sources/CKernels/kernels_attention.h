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
/// Keys of a tile of scores, and those of bf16.
#define KEY_ROWS (TILE_ROWS * TILE_VECTORS / QUERY_VECTORS)
#ifdef VARIANT_HAS_TILES
#define HALF_KEY_ROWS TILE_SIDE
/// Words of bf16 shares that are multiplied in one step.
#define HALF_STEP_WORDS TILE_SIDE
#else
#define HALF_KEY_ROWS KEY_ROWS
#define HALF_STEP_WORDS 1
#endif

#include "kernels_attention_packing.h"

#include "kernels_attention_shares.h"

#include "kernels_attention_bytes.h"

#include "kernels_attention_products.h"

#ifdef VARIANT_HAS_TILES
#include "kernels_attention_tiles.h"
#else
#include "kernels_attention_registers.h"
#endif

/// The results of 16 · `vectors` queries from `row` on.
KERNELS_INLINE void attend(const head_attention *h, size_t row, size_t vectors, size_t elements) {
    pack_queries(h, row, vectors, elements);
    if (elements == 4) {
        i16x32 largest[QUERY_VECTORS];
        score_bytes(h, vectors, largest);
        share_out_bytes(h, largest, vectors);
        mix(h, row, vectors, 4);
    } else {
        f32x16 largest[QUERY_VECTORS];
        if (elements == 2) {
            score_halves(h, vectors, largest);
        } else {
            score(h, vectors, 1, largest);
        }
        share_out(h, largest, vectors, elements);
        if (elements == 2) {
            mix_halves(h, row, vectors);
        } else {
            mix(h, row, vectors, 1);
        }
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
    const size_t tile = elements == 2 ? HALF_KEY_ROWS : KEY_ROWS;
    const size_t rows = (a->token_count + tile - 1) / tile * tile;
    const size_t whole = (a->token_count + elements - 1) / elements * elements;
    const size_t words = word_count(whole, elements);
    const size_t step = elements == 2 ? HALF_STEP_WORDS : 1;
    const size_t step_words = (words + step - 1) / step * step;
    const size_t element_size = elements == 1 ? sizeof(float) : sizeof(half_element);
    char *scratch = a->scratch;
    head_attention h = {
        .tokens = a->token_count,
        .head_size = a->head_size,
        .stride_bytes = a->stride * element_size,
        .width = a->head_count * a->head_size,
        .keys = take_words(&scratch, rows * word_count(a->head_size, elements)),
        .words = words,
        .step_words = step_words,
        .values = take_words(&scratch, words * a->head_size),
        .turned_values = take_words(&scratch, step > 1 ? step_words * a->head_size : 0),
        .queries = take_words(&scratch, a->head_size * lanes),
        .scores = take_words(&scratch, rows * lanes),
        .shares = take_words(&scratch, step_words * lanes),
        .key_scales = take_words(&scratch, a->head_size),
        .value_scales = take_words(&scratch, a->head_size),
        .value_means = take_words(&scratch, a->head_size),
        .factors = take_words(&scratch, lanes),
        .starts = take_words(&scratch, lanes),
        .lost_bits = take_words(&scratch, lanes),
    };
    if (elements == 2) begin_halves(&h);
    for (size_t head = 0; head < a->head_count; head++) {
        h.source = (const char *)a->queries_keys_values + head * a->head_size * element_size;
        h.result = a->result + head * a->head_size;
        pack_keys_values(&h, elements);
        if (elements == 2) turn_values(&h);
        size_t row = 0;
        for (; row + lanes - LANES < h.tokens; row += lanes) attend(&h, row, QUERY_VECTORS, elements);
        if (row < h.tokens) attend(&h, row, 1, elements);
    }
    if (elements == 2) end_halves();
}

static void attention_f32(const kernels_attention *a) { attention(a, 1); }
static void attention_bf16(const kernels_attention *a) { attention(a, 2); }
static void attention_i8(const kernels_attention *a) { attention(a, 4); }
