// Products of packed words with some inputs together, eight rows at a time: those of small elements
// are summed in 16 bits, and those of bytes take a row's sign from it.
//
// Loops over words stay loops where inputs are many: without them the compiler moves products away
// from their sums, which then have no registers.

/// The most inputs of `add_block`: their sums of eight rows are half of the registers.
#define WORD_INPUTS 8

/// Word `j` of eight rows.
KERNELS_INLINE __m256i row_word(const uint8_t *rows, size_t j) {
    return _mm256_loadu_si256((const __m256i *)(const void *)(rows + 64 * j));
}

/// An input's word, four bytes, for eight rows.
KERNELS_INLINE __m256i input_word(const uint8_t *bytes, size_t input, size_t word) {
    return _mm256_set1_epi32(load_scalar_i32(bytes + 32 * input + 4 * word));
}

/// sums[i] += Σ of elements, of which 128 are taken, times bytes of input i, of eight rows' word `j`.
KERNELS_INLINE void add_signed_word(
    const uint8_t *rows,
    size_t j,
    const uint8_t *bytes,
    size_t count,
    __m256i *sums
) {
    // Bytes with a sign, when the upper bit is turned. A pair of products is at most
    // 2 × 128 × 127, which fits 16 bits.
    const __m256i row = _mm256_xor_si256(row_word(rows, j), _mm256_set1_epi8(-128));
    const __m256i magnitude = _mm256_abs_epi8(row);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256i turned = _mm256_sign_epi8(input_word(bytes, i, j), row);
        const __m256i pairs = _mm256_maddubs_epi16(magnitude, turned);
        sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
}

/// pairs[i] += products of elements below 128 and bytes of input i, two of them summed, of eight rows'
/// word `j`.
KERNELS_INLINE void add_small_word(
    const uint8_t *rows,
    size_t j,
    const uint8_t *bytes,
    size_t count,
    __m256i *pairs
) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256i two = _mm256_maddubs_epi16(row_word(rows, j), input_word(bytes, i, j));
        pairs[i] = _mm256_add_epi16(pairs[i], two);
    }
}

/// The words of elements of some bits whose pairs of products fit 16 bits together, since an input's
/// bytes are above −128: at most 2^(7 − bits) · 2 · (2^bits − 1) · 127.
#define WORDS_TOGETHER(bits) ((size_t)1 << (7 - (bits)))

/// sums[i] += Σ of words from `start` on whose products fit 16 bits together.
KERNELS_INLINE void add_small_words(
    const uint8_t *rows,
    size_t start,
    int bits,
    const uint8_t *bytes,
    size_t count,
    __m256i *sums
) {
    const size_t end = start + WORDS_TOGETHER(bits);
    __m256i pairs[WORD_INPUTS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) pairs[i] = _mm256_setzero_si256();
    if (count == 1 || WORDS_TOGETHER(bits) <= 4) {
#pragma clang loop unroll(full)
        for (size_t j = start; j < end; j++) add_small_word(rows, j, bytes, count, pairs);
    } else {
#pragma clang loop unroll(disable)
        for (size_t j = start; j < end; j++) add_small_word(rows, j, bytes, count, pairs);
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256i fours = _mm256_madd_epi16(pairs[i], _mm256_set1_epi16(1));
        sums[i] = _mm256_add_epi32(sums[i], fours);
    }
}

/// sums[i] = Σ of words `from` to `to` − 1 of eight rows with bytes of input i; `counts` are minus
/// the sums of the inputs' bytes.
KERNELS_INLINE void dot_words(
    const uint8_t *rows,
    size_t from,
    size_t to,
    block_kind kind,
    const uint8_t *bytes,
    const uint8_t *counts,
    size_t count,
    __m256i *sums
) {
    if (kind.bits == 8) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < count; i++) sums[i] = _mm256_setzero_si256();
        if (count == 1) {
#pragma clang loop unroll(full)
            for (size_t j = from; j < to; j++) add_signed_word(rows, j, bytes, count, sums);
        } else {
#pragma clang loop unroll(disable)
            for (size_t j = from; j < to; j++) add_signed_word(rows, j, bytes, count, sums);
        }
        return;
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256i one = _mm256_set1_epi32(load_scalar_i32(counts + 4 * i));
        sums[i] =
            kind.is_centered ? _mm256_slli_epi32(one, kind.bits - 1) : _mm256_setzero_si256();
    }
    if (count == 1) {
#pragma clang loop unroll(full)
        for (size_t j = from; j < to; j += WORDS_TOGETHER(kind.bits)) {
            add_small_words(rows, j, kind.bits, bytes, count, sums);
        }
    } else {
#pragma clang loop unroll(disable)
        for (size_t j = from; j < to; j += WORDS_TOGETHER(kind.bits)) {
            add_small_words(rows, j, kind.bits, bytes, count, sums);
        }
    }
}

/// `add_block` for rows 8 · half to 8 · half + 7.
KERNELS_INLINE void add_half_block(
    const block_rows *rows,
    size_t half,
    block_kind kind,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    f32x16 *all_sums
) {
    const uint8_t *bytes = inputs + BYTES_AT(tile) + 32 * first;
    const uint8_t *scales = inputs + SCALES_AT(tile) + 4 * first;
    const uint8_t *words = rows->words + 32 * half;
    const __m256 row_scale = ((const __m256 *)(const void *)rows->scales)[half];
    __m256 *sums = (__m256 *)(void *)all_sums + half;
    __m256i totals[WORD_INPUTS];
    if (kind.is_halved) {
        const __m256 second_scale = ((const __m256 *)(const void *)rows->scales)[2 + half];
        __m256 worths[WORD_INPUTS];
        dot_words(
            words, 0, 4, kind, bytes, inputs + FIRST_COUNTS_AT(tile) + 4 * first, count, totals
        );
#pragma clang loop unroll(full)
        for (size_t i = 0; i < count; i++) {
            worths[i] = _mm256_mul_ps(_mm256_cvtepi32_ps(totals[i]), row_scale);
        }
        dot_words(
            words, 4, 8, kind, bytes, inputs + SECOND_COUNTS_AT(tile) + 4 * first, count, totals
        );
#pragma clang loop unroll(full)
        for (size_t i = 0; i < count; i++) {
            const __m256 both =
                _mm256_fmadd_ps(_mm256_cvtepi32_ps(totals[i]), second_scale, worths[i]);
            const __m256 scale = _mm256_set1_ps(get_f32(scales + 4 * i));
            sums[2 * i] = _mm256_fmadd_ps(both, scale, sums[2 * i]);
        }
        return;
    }
    dot_words(words, 0, 8, kind, bytes, inputs + COUNTS_AT(tile) + 4 * first, count, totals);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256 scale = _mm256_set1_ps(get_f32(scales + 4 * i));
        const __m256 worth = _mm256_mul_ps(_mm256_cvtepi32_ps(totals[i]), scale);
        __m256 sum = _mm256_fmadd_ps(worth, row_scale, sums[2 * i]);
        if (!kind.is_centered) {
            const __m256 least = ((const __m256 *)(const void *)&rows->least)[half];
            const uint8_t *input_sum = inputs + SUMS_AT(tile) + 4 * (first + i);
            sum = _mm256_fmadd_ps(least, _mm256_set1_ps(get_f32(input_sum)), sum);
        }
        sums[2 * i] = sum;
    }
}

/// The same as in `words_each.h`.
KERNELS_INLINE void add_block(
    const block_rows *rows,
    block_kind kind,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    f32x16 *sums
) {
    if (count == 1) {
        add_half_block(rows, 0, kind, inputs, tile, first, count, sums);
        add_half_block(rows, 1, kind, inputs, tile, first, count, sums);
    } else {
#pragma clang loop unroll(disable)
        for (size_t half = 0; half < 2; half++) {
            add_half_block(rows, half, kind, inputs, tile, first, count, sums);
        }
    }
}
