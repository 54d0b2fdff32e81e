// One head's queries, keys and values, packed for attention.
//
// Everything is made of words of 4 bytes, each one f32, two bf16 or four bytes: neighbours along the
// head's elements in queries and keys, along the tokens in values and in the shares of them. bf16 that
// are held as floats are words alone, whose pairs follow each other. How many `elements` are taken
// together is a constant wherever these functions are used.

/// The words that so many elements lie in.
KERNELS_INLINE size_t word_count(size_t count, size_t elements) {
    return elements == 2 && HALVES_ARE_FLOATS ? count : count / elements;
}

/// One head's attention, with its memory.
typedef struct {
    size_t tokens;
    size_t head_size;
    /// The queries of the head; keys and values follow, `width` elements apart.
    const char *source;
    size_t stride_bytes;
    size_t width;
    uint32_t *keys;       // [tokens up to a whole tile, words]
    size_t words;         // of the tokens
    size_t step_words;    // `words` up to a whole step
    uint32_t *values;     // [words, head_size]
    uint32_t *turned_values;  // tiles: [head_size, step_words]
    uint32_t *queries;    // [words, lanes] of a block
    float *scores;        // [tokens up to a whole tile, lanes]; bytes: pairs of 16 bits
    uint32_t *shares;     // [step_words, lanes], zero beyond the last token
    float *key_scales;    // bytes: [head_size]
    float *value_scales;  // bytes: [head_size]
    float *value_means;   // bytes: [head_size]
    float *factors;       // [lanes], what a score is multiplied by, and later one over the sums
    int32_t *starts;      // bytes: [lanes], what sums begin with, so that they lie about zero
    int32_t *lost_bits;   // bytes: [lanes], what sums are shifted by, so that they fit 16 bits
    float *result;        // [tokens, width]
} head_attention;

KERNELS_INLINE f32x16 load_halves(const void *source) {
    halves16 halves;
    memcpy(&halves, source, sizeof halves);
    return floats_of(halves);
}

/// The nearest signed byte to x · factor, as byte number `index` of a word.
KERNELS_INLINE i32x16 signed_byte(f32x16 x, f32x16 factor, int index) {
    return ((i32x16)fma16(x, factor, splat(NEAREST_INTEGER)) & 255) << 8 * index;
}

/// Rows of a head as they are.
KERNELS_INLINE void copy_rows(const head_attention *h, const char *rows, uint32_t *packed, size_t elements) {
    const size_t words = word_count(h->head_size, elements);
    for (size_t t = 0; t < h->tokens; t++) {
        for (size_t w = 0; w < words; w += 8) {
            memcpy(packed + t * words + w, rows + t * h->stride_bytes + 4 * w, 32);
        }
    }
}

/// Keys as unsigned bytes with an offset and a scale for each of the head's elements.
///
/// A query's scores all change by the same when its keys do, which the softmax does not see: so the
/// offsets need no correction. The scales go into the queries.
static void pack_byte_keys(const head_attention *h, const char *keys) {
    for (size_t d = 0; d < h->head_size; d += LANES) {
        const char *column = keys + d * sizeof(half_element);
        f32x16 low = load_halves(column);
        f32x16 high = low;
        for (size_t t = 1; t < h->tokens; t++) {
            const f32x16 key = load_halves(column + t * h->stride_bytes);
            low = smaller(key, low);
            high = larger(key, high);
        }
        const f32x16 range = high - low;
        const f32x16 factor = range > splat(0) ? splat(255.0f) / range : splat(0);
        store(h->key_scales + d, range * splat(1.0f / 255.0f));
        uint8_t *bytes = (uint8_t *)h->keys + d;
        for (size_t t = 0; t < h->tokens; t++) {
            const f32x16 key = load_halves(column + t * h->stride_bytes);
            store_bytes(bytes + t * h->head_size, key, low, factor);
        }
    }
}

/// Where in a word the byte of its token number `i` is: first, third, second, fourth.
#define BYTE_OF_TOKEN(i) ((i) / 2 + (i) % 2 * 2)

/// Values as signed bytes about the tokens' mean, with a scale for each of the head's elements.
///
/// The shares of many tokens are nearly equal and less than half a byte: what is lost with them is
/// then their distance from the mean, which is little, where otherwise it would be all. Those of four
/// tokens lie as `share_out_bytes` leaves their shares: the second in the third byte.
static void pack_byte_values(const head_attention *h, const char *values) {
    for (size_t d = 0; d < h->head_size; d += LANES) {
        const char *column = values + d * sizeof(half_element);
        f32x16 sum = load_halves(column);
        f32x16 low = sum;
        f32x16 high = sum;
        for (size_t t = 1; t < h->tokens; t++) {
            const f32x16 value = load_halves(column + t * h->stride_bytes);
            sum += value;
            low = smaller(value, low);
            high = larger(value, high);
        }
        const f32x16 mean = sum * splat(1.0f / (float)h->tokens);
        const f32x16 top = larger(high - mean, mean - low);
        const f32x16 factor = top > splat(0) ? splat(127.0f) / top : splat(0);
        store(h->value_scales + d, top * splat(1.0f / 127.0f));
        store(h->value_means + d, mean);
        uint32_t *packed = h->values + d;
        size_t t = 0;
        for (; t + 4 <= h->tokens; t += 4) {
            i32x16 word = (i32x16)0;
            for (int i = 0; i < 4; i++) {
                const f32x16 value = load_halves(column + (t + i) * h->stride_bytes);
                word |= signed_byte(value - mean, factor, BYTE_OF_TOKEN(i));
            }
            memcpy(packed + t / 4 * h->head_size, &word, sizeof word);
        }
        if (t == h->tokens) continue;
        i32x16 word = (i32x16)0;
        for (int i = 0; t + i < h->tokens; i++) {
            const f32x16 value = load_halves(column + (t + i) * h->stride_bytes);
            word |= signed_byte(value - mean, factor, BYTE_OF_TOKEN(i));
        }
        memcpy(packed + t / 4 * h->head_size, &word, sizeof word);
    }
}

/// Values as pairs of bf16.
static void pack_half_values(const head_attention *h, const char *values) {
#if HALVES_ARE_FLOATS
    copy_rows(h, values, h->values, 2);
    if (h->tokens % 2 != 0) {
        memset(h->values + h->tokens * h->head_size, 0, h->head_size * sizeof *h->values);
    }
#else
    uint32_t *packed = h->values;
    for (size_t t = 0; t < h->tokens; t += 2) {
        const char *value = values + t * h->stride_bytes;
        for (size_t d = 0; d < h->head_size; d += LANES) {
            const u32x16 lower = (u32x16)load_halves(value + 2 * d) >> 16;
            u32x16 upper = (u32x16)0;
            if (t + 1 < h->tokens) upper = (u32x16)load_halves(value + h->stride_bytes + 2 * d);
            const u32x16 pairs = lower | upper;
            memcpy(packed + d, &pairs, sizeof pairs);
        }
        packed += h->head_size;
    }
#endif
}

KERNELS_INLINE void pack_keys_values(const head_attention *h, size_t elements) {
    const size_t size = elements == 1 ? sizeof(float) : sizeof(half_element);
    const char *keys = h->source + h->width * size;
    const char *values = keys + h->width * size;
    switch (elements) {
    case 4:
        pack_byte_keys(h, keys);
        pack_byte_values(h, values);
        break;
    case 2:
        copy_rows(h, keys, h->keys, 2);
        pack_half_values(h, values);
        break;
    default:
        copy_rows(h, keys, h->keys, 1);
        copy_rows(h, values, h->values, 1);
    }
    // A tile of keys is always whole: the first one again does not change the largest score.
    const size_t words = word_count(h->head_size, elements);
    for (size_t t = h->tokens; t % (elements == 2 ? HALF_KEY_ROWS : KEY_ROWS) != 0; t++) {
        memcpy(h->keys + t * words, h->keys, words * sizeof *h->keys);
    }
}

/// Elements 2 · `pair` and 2 · `pair` + 1 of sixteen packed queries.
KERNELS_INLINE void load_pair(const uint32_t *words, size_t lanes, size_t pair, f32x16 elements[2]) {
#if HALVES_ARE_FLOATS
    for (size_t i = 0; i < 2; i++) elements[i] = (f32x16)load_i32(words + (2 * pair + i) * lanes);
#else
    const i32x16 both = load_i32(words + pair * lanes);
    elements[0] = (f32x16)(both << 16);
    elements[1] = (f32x16)(both & (int32_t)0xFFFF0000);
#endif
}

/// Packed bf16 times the keys' scales become signed bytes with a scale for each query, those of the
/// block from `first` on.
KERNELS_INLINE void queries_to_bytes(const head_attention *h, size_t first, size_t lanes) {
    uint32_t *words = h->queries + first;
    // Apart, so that one need not wait for another.
    f32x16 tops[4] = {splat(0), splat(0), splat(0), splat(0)};
    for (size_t p = 0; p < h->head_size / 2; p += 2) {
        for (size_t i = 0; i < 2; i++) {
            const float *scales = h->key_scales + 2 * (p + i);
            f32x16 pair[2];
            load_pair(words, lanes, p + i, pair);
            const f32x16 lower = pair[0] * splat(scales[0]);
            const f32x16 upper = pair[1] * splat(scales[1]);
            tops[2 * i] = larger_positive(__builtin_elementwise_abs(lower), tops[2 * i]);
            tops[2 * i + 1] = larger_positive(__builtin_elementwise_abs(upper), tops[2 * i + 1]);
        }
    }
    const f32x16 top = larger(larger(tops[0], tops[1]), larger(tops[2], tops[3]));
    const f32x16 factor = top > splat(0) ? splat(127.0f) / top : splat(0);
    const i32x16 ones = (i32x16)0x01010101;
    i32x16 sum = (i32x16)0;
    i32x16 length = (i32x16)0;
    for (size_t w = 0; w < h->head_size / 4; w++) {
        i32x16 word = (i32x16)0;
        for (int i = 0; i < 2; i++) {
            const float *scales = h->key_scales + 4 * w + 2 * i;
            f32x16 pair[2];
            load_pair(words, lanes, 2 * w + i, pair);
            word |= signed_byte(pair[0] * splat(scales[0]), factor, 2 * i);
            word |= signed_byte(pair[1] * splat(scales[1]), factor, 2 * i + 1);
        }
        memcpy(words + w * lanes, &word, sizeof word);
        sum = dot_bytes(sum, ones, word);
        length = dot_bytes(length, (i32x16)__builtin_elementwise_abs((i8x64)word), ones);
    }
    float *factors = h->factors + first;
    store(factors, load(factors) * top * splat(1.0f / 127.0f));
    // Keys are from 0 to 255, so sums are at most 255 · length from each other, and less than 255 · 254
    // when they have lost their bits.
    const f32x16 excess = __builtin_convertvector(length, f32x16) * splat(1.0f / 254.0f);
    const i32x16 lost = __builtin_elementwise_max(((i32x16)excess >> 23) - 126, (i32x16)0);
    const i32x16 start = (((i32x16)1 << lost) - 255 * sum) >> 1;
    memcpy(h->lost_bits + first, &lost, sizeof lost);
    memcpy(h->starts + first, &start, sizeof start);
}

/// Sixteen rows of 16 words, zero beyond `count` rows and, where `words` is not 16, beyond 8 words.
KERNELS_INLINE void load_block(
    const char *rows,
    size_t stride_bytes,
    size_t count,
    size_t words,
    i32x16 block[LANES]
) {
    if (count == LANES && words == LANES) {
        for (size_t r = 0; r < LANES; r++) block[r] = load_i32(rows + r * stride_bytes);
        return;
    }
    for (size_t r = 0; r < LANES; r++) {
        block[r] = (i32x16)0;
        if (r >= count) continue;
        if (words == LANES) {
            block[r] = load_i32(rows + r * stride_bytes);
        } else {
            memcpy(&block[r], rows + r * stride_bytes, 32);
        }
    }
}

/// 16 · `vectors` queries from `row` on, a lane each, zero beyond the last, and the factors that
/// turn their scores into exponents of two.
KERNELS_INLINE void pack_queries(const head_attention *h, size_t row, size_t vectors, size_t elements) {
    const size_t lanes = vectors * LANES;
    const size_t words = word_count(h->head_size, elements == 1 ? 1 : 2);
    const float factor = 1.442695041f / sqrtf((float)h->head_size);
    for (size_t v = 0; v < vectors; v++) {
        const size_t first = row + v * LANES;
        const size_t count = h->tokens - first < LANES ? h->tokens - first : LANES;
        const char *queries = h->source + first * h->stride_bytes;
        uint32_t *packed = h->queries + v * LANES;
        for (size_t start = 0; start < words; start += LANES) {
            const size_t some = words - start < LANES ? words - start : LANES;
            i32x16 block[LANES];
            load_block(queries + 4 * start, h->stride_bytes, count, some, block);
            transpose(block);
            for (size_t w = 0; w < some; w++) {
                memcpy(packed + (start + w) * lanes, &block[w], sizeof block[w]);
            }
        }
        store(h->factors + v * LANES, splat(factor));
        if (elements == 4) queries_to_bytes(h, v * LANES, lanes);
    }
}
