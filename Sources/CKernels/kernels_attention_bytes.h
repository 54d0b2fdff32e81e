// Scores and shares of attention over bytes, in 16 bits: a word for each query holds those of two keys.

/// The scores of two keys in the words of one vector.
KERNELS_INLINE u16x32 load_pair_of_keys(const uint32_t *scores) {
    u16x32 pair;
    memcpy(&pair, scores, sizeof pair);
    return pair;
}

/// The scores of a block of queries, and the largest of each of a pair's keys.
KERNELS_INLINE void score_bytes(
    const head_attention *h,
    size_t vectors,
    i16x32 largest[QUERY_VECTORS]
) {
    const size_t words = h->head_size / 4;
    const size_t lanes = vectors * LANES;
    uint32_t *scores = (uint32_t *)h->scores;
    i32x16 lost[QUERY_VECTORS];
    f32x16 starts[QUERY_VECTORS];
    for (size_t v = 0; v < vectors; v++) {
        lost[v] = load_i32(h->lost_bits + v * LANES);
        starts[v] = (f32x16)load_i32(h->starts + v * LANES);
        largest[v] = (i16x32)(int16_t)-32768;
    }
    for (size_t key = 0; key < h->tokens; key += KEY_ROWS) {
        f32x16 sums[KEY_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < KEY_ROWS; r++) {
            for (size_t v = 0; v < vectors; v++) sums[r][v] = starts[v];
        }
        sum_words(
            h->keys + key * words, words, 1, h->queries, lanes, words, KEY_ROWS, vectors, 4, sums
        );
#pragma clang loop unroll(full)
        for (size_t r = 0; r < KEY_ROWS; r += 2) {
            for (size_t v = 0; v < vectors; v++) {
                const u32x16 lower = (u32x16)((i32x16)sums[r][v] >> lost[v]) & 0xFFFF;
                const u32x16 upper = (u32x16)((i32x16)sums[r + 1][v] << (16 - lost[v])) & 0xFFFF0000;
                const u32x16 pair = lower | upper;
                memcpy(scores + (key + r) / 2 * lanes + v * LANES, &pair, sizeof pair);
                largest[v] = __builtin_elementwise_max((i16x32)pair, largest[v]);
            }
        }
    }
}

/// 254 · 2^7 · 2^(−i / 64)
static const i16x32 share_powers[2] = {
    {
        32512, 32162, 31815, 31473, 31134, 30798, 30466, 30138, 29814, 29492, 29175,
        28861, 28550, 28242, 27938, 27637, 27339, 27045, 26753, 26465, 26180, 25898,
        25619, 25343, 25070, 24800, 24533, 24269, 24007, 23749, 23493, 23240,
    },
    {
        22989, 22742, 22497, 22255, 22015, 21778, 21543, 21311, 21081, 20854, 20630,
        20407, 20188, 19970, 19755, 19542, 19332, 19124, 18918, 18714, 18512, 18313,
        18115, 17920, 17727, 17536, 17347, 17161, 16976, 16793, 16612, 16433,
    },
};

/// A softmax of sixteen queries, each of which has both halves of a word.
typedef struct {
    /// The largest scores, and as much more as is half a 64th in the exponent: what is taken from
    /// them is rounded down.
    u16x32 top;
    /// 2^16 times the 64ths of an exponent of two that a score is worth.
    u16x32 factor;
    /// Of the shares and half a byte's unit each, in 2^7ths of that unit.
    u32x16 sums;
} byte_softmax;

/// A number below 2^16 in both halves of a word.
KERNELS_INLINE u16x32 both_halves(i32x16 number) {
    return (u16x32)((number & 0xFFFF) | number << 16);
}

/// Scores are multiplied by `factor` and 2^`lost` to be exponents of two.
KERNELS_INLINE byte_softmax byte_softmax_of(i16x32 largest, f32x16 factor, i32x16 lost) {
    const i32x16 pair = (i32x16)largest;
    const i32x16 score = __builtin_elementwise_max(pair << 16 >> 16, pair >> 16);
    const f32x16 unit = __builtin_convertvector((i32x16)1 << lost, f32x16);
    const f32x16 worth = factor * unit * splat(64.0f * 65536.0f);
    const f32x16 whole = smaller(larger(worth, splat(1)), splat(65535.0f));
    const i32x16 rounded = __builtin_convertvector(whole, i32x16);
    // Scores are up to 255 · 254 from each other, which leaves 765 of 16 bits.
    const f32x16 more = smaller(splat(32768.0f) / whole, splat(765.0f));
    const i32x16 top = score + __builtin_convertvector(more, i32x16);
    return (byte_softmax){both_halves(top), both_halves(rounded), (u32x16)0};
}

/// The shares of two keys, and half a byte's unit each, in 2^7ths of that unit.
KERNELS_INLINE u16x32 pair_of_shares(const byte_softmax *s, const uint32_t *scores) {
    const u16x32 exponents = upper_products(s->top - load_pair_of_keys(scores), s->factor);
    return (u16x32)shifted_right(entries_of_64(share_powers, exponents), exponents >> 6) + 64;
}

/// The shares of four keys as bytes, those that `kept` has no bits for as zeros.
KERNELS_INLINE void share_four(
    byte_softmax *s,
    const uint32_t *scores,
    size_t lanes,
    const uint32_t kept[2],
    uint32_t *shares
) {
    const u16x32 first = (u16x32)((u32x16)pair_of_shares(s, scores) & kept[0]);
    const u16x32 second = (u16x32)((u32x16)pair_of_shares(s, scores + lanes) & kept[1]);
    const u32x16 both = (u32x16)(first + second);
    s->sums += (both & 0xFFFF) + (both >> 16);
    const u16x32 word = (first >> 7) | ((second << 1) & 0xFF00);
    memcpy(shares, &word, sizeof word);
}

/// The exponentials of a block's scores less the largest, in bytes: words of `BYTE_OF_TOKEN`. The
/// queries' factors become one over the sums, which are of shares before they were rounded: see
/// `pack_byte_values`.
KERNELS_INLINE void share_out_bytes(
    const head_attention *h,
    const i16x32 largest[QUERY_VECTORS],
    size_t vectors
) {
    const size_t lanes = vectors * LANES;
    const uint32_t *scores = (const uint32_t *)h->scores;
    byte_softmax s[QUERY_VECTORS];
    for (size_t v = 0; v < vectors; v++) {
        const f32x16 factor = load(h->factors + v * LANES);
        s[v] = byte_softmax_of(largest[v], factor, load_i32(h->lost_bits + v * LANES));
    }
    const uint32_t all[2] = {UINT32_MAX, UINT32_MAX};
    size_t t = 0;
    for (; t + 4 <= h->tokens; t += 4) {
        for (size_t v = 0; v < vectors; v++) {
            const size_t place = v * LANES;
            uint32_t *shares = h->shares + t / 4 * lanes + place;
            share_four(&s[v], scores + t / 2 * lanes + place, lanes, all, shares);
        }
    }
    const size_t rest = h->tokens - t;
    const uint32_t some[2] = {rest > 1 ? UINT32_MAX : 0xFFFF, rest > 2 ? 0xFFFF : 0};
    for (size_t v = 0; v < vectors && rest > 0; v++) {
        const size_t place = v * LANES;
        uint32_t *shares = h->shares + t / 4 * lanes + place;
        share_four(&s[v], scores + t / 2 * lanes + place, lanes, some, shares);
    }
    for (size_t v = 0; v < vectors; v++) {
        const i32x16 sums = (i32x16)s[v].sums - (int32_t)(64 * h->tokens);
        store(h->factors + v * LANES, splat(128.0f) / __builtin_convertvector(sums, f32x16));
    }
}
