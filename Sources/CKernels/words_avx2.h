// Products of packed words with some inputs together, eight rows at a time: those of small elements
// are summed in 16 bits, and those of bytes take a row's sign from it.
//
// Loops over words stay loops where inputs are many: without them the compiler moves products away
// from their sums, which then have no registers.

#include "words_avx2_rows.h"

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
    set_first_sums(kind, counts, count, sums);
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

#include "words_avx2_blocks.h"
