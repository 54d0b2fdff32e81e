// The softmax of scores that have a lane for each query, into the words of the second product.

/// 2^x for x ≤ 0 within 2 units of the last place; below −126, what −126 gives.
KERNELS_INLINE f32x16 exp2_fine(f32x16 x) {
    x = larger(x, splat(-126.0f));
    const f32x16 shifted = x + splat(NEAREST_INTEGER);
    const f32x16 r = x - (shifted - splat(NEAREST_INTEGER));
    f32x16 p = splat(1.3276472e-3f);
    p = fma16(p, r, splat(9.6755419e-3f));
    p = fma16(p, r, splat(5.5507131e-2f));
    p = fma16(p, r, splat(2.4022120e-1f));
    p = fma16(p, r, splat(6.9314694e-1f));
    p = fma16(p, r, splat(1.0f));
    return (f32x16)((i32x16)p + ((i32x16)shifted << 23));
}

/// 2^x for x ≤ 0 within a 13,000th of it, far finer than bf16; below −126, what −126 gives.
KERNELS_INLINE f32x16 exp2_coarse(f32x16 x) {
    x = larger(x, splat(-126.0f));
    const f32x16 shifted = x + splat(NEAREST_INTEGER);
    const f32x16 r = x - (shifted - splat(NEAREST_INTEGER));
    f32x16 p = splat(5.517155305e-2f);
    p = fma16(p, r, splat(2.426111698e-1f));
    p = fma16(p, r, splat(6.932610273e-1f));
    p = fma16(p, r, splat(9.999280572e-1f));
    return (f32x16)((i32x16)p + ((i32x16)shifted << 23));
}

/// A softmax of sixteen queries.
typedef struct {
    f32x16 largest;
    /// What turns scores into exponents of two.
    f32x16 factor;
    f32x16 offset;
    /// Of exponentials, in bf16 of the rounded ones.
    f32x16 sums;
} softmax;

/// The exponentials of `count` keys, a word of `elements` or, of bf16 that are held as floats, two
/// words; `elements` is a constant where it is used.
KERNELS_INLINE void share_words(
    softmax *s,
    const float *scores,
    size_t lanes,
    size_t count,
    size_t elements,
    uint32_t *shares
) {
    i32x16 word = (i32x16)0;
    i32x16 rounded[2] = {(i32x16)0, (i32x16)0};
    for (size_t i = 0; i < count; i++) {
        const f32x16 score = load(scores + i * lanes);
        if (elements == 1) {
            word = (i32x16)exp2_fine((score - s->largest) * s->factor);
            s->sums += (f32x16)word;
        } else {
            const f32x16 e = exp2_coarse(fma16(score, s->factor, s->offset));
            rounded[i] = (i32x16)e + 0x8000;
        }
    }
#if HALVES_ARE_FLOATS
    if (elements == 2) {
        for (size_t i = 2; i-- > 0;) {
            const i32x16 share = rounded[i] & (int32_t)0xFFFF0000;
            s->sums += (f32x16)share;
            memcpy(shares + i * lanes, &share, sizeof share);
        }
        return;
    }
#else
    if (elements == 2) {
        word = (i32x16)((u32x16)rounded[0] >> 16) | (rounded[1] & (int32_t)0xFFFF0000);
        s->sums = dot_halves(s->sums, word, (i32x16)0 + 0x3F803F80);
    }
#endif
    memcpy(shares, &word, sizeof word);
}

/// The exponentials of a block's scores less the largest, as words of shares; the queries' factors
/// become one over the sums.
KERNELS_INLINE void share_out(
    const head_attention *h,
    const f32x16 *largest,
    size_t vectors,
    size_t elements
) {
    const size_t lanes = vectors * LANES;
    softmax s[QUERY_VECTORS];
    for (size_t v = 0; v < vectors; v++) {
        const f32x16 factor = load(h->factors + v * LANES);
        s[v] = (softmax){largest[v], factor, -(largest[v] * factor), splat(0)};
    }
    size_t t = 0;
    for (; t + elements <= h->tokens; t += elements) {
        const float *scores = h->scores + t * lanes;
        uint32_t *shares = h->shares + word_count(t, elements) * lanes;
        for (size_t v = 0; v < vectors; v++) {
            const size_t place = v * LANES;
            share_words(&s[v], scores + place, lanes, elements, elements, shares + place);
        }
    }
    for (size_t v = 0; v < vectors; v++) {
        if (t < h->tokens) {
            const float *scores = h->scores + t * lanes + v * LANES;
            uint32_t *shares = h->shares + word_count(t, elements) * lanes + v * LANES;
            share_words(&s[v], scores, lanes, h->tokens - t, elements, shares);
        }
        store(h->factors + v * LANES, splat(1.0f) / s[v].sums);
    }
}
