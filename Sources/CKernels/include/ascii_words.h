#ifndef KERNELS_ASCII_WORDS_H
#define KERNELS_ASCII_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// The ASCII letters and digits that begin sixteen bytes, in lowercase, zeros behind them.
typedef struct {
    /// The first eight bytes, the first one lowest.
    uint64_t low;
    uint64_t high;
    /// How many there are; of sixteen more may follow.
    size_t length;
} kernels_word;

/// Eight bytes, the first one lowest.
static inline uint64_t kernels_load_bytes(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// How many of eight bytes, from the lowest, are ASCII letters or digits up to one that is not.
static inline size_t kernels_word_length(uint64_t bytes) {
    // Seven bits of each byte, so that no sum carries into the next; its highest bit answers.
    const uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
    const uint64_t ascii = bytes & ~high;
    const uint64_t folded = ascii | 0x20 * ones;
    const uint64_t letters = (folded + (0x80 - 'a') * ones) & ~(folded + (0x80 - 'z' - 1) * ones);
    const uint64_t digits = (ascii + (0x80 - '0') * ones) & ~(ascii + (0x80 - '9' - 1) * ones);
    const uint64_t others = ~((letters | digits) & ~bytes) & high;
    return others == 0 ? 8 : (size_t)__builtin_ctzll(others) / 8;
}

/// The word that begins sixteen bytes, on every processor.
static inline kernels_word kernels_read_word_portable(const uint8_t *bytes) {
    // The bit that parts capitals from small letters is set in every digit.
    const uint64_t fold = 0x2020202020202020;
    const uint64_t low = kernels_load_bytes(bytes), high = kernels_load_bytes(bytes + 8);
    kernels_word word = {low | fold, 0, kernels_word_length(low)};
    if (word.length < 8) {
        word.low &= ~(~(uint64_t)0 << 8 * word.length);
        return word;
    }
    const size_t rest = kernels_word_length(high);
    word.high = rest < 8 ? (high | fold) & ~(~(uint64_t)0 << 8 * rest) : high | fold;
    word.length += rest;
    return word;
}

/// The word that begins sixteen bytes.
static inline kernels_word kernels_read_word(const uint8_t *bytes) {
#if defined(__SSE2__)
    static const uint8_t ones_then_zeros[32] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    const __m128i folded = _mm_or_si128(text, _mm_set1_epi8(0x20));
    const __m128i letters = _mm_sub_epi8(folded, _mm_set1_epi8('a'));
    const __m128i digits = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i is_word = _mm_or_si128(
        _mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8('z' - 'a')), letters),
        _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits)
    );
    const uint32_t others = ~(uint32_t)_mm_movemask_epi8(is_word);
    const size_t length = (size_t)__builtin_ctz(others);
    const void *mask = ones_then_zeros + sizeof text - length;
    const __m128i word = _mm_and_si128(folded, _mm_loadu_si128((const __m128i *)mask));
    const kernels_word result = {
        (uint64_t)_mm_cvtsi128_si64(word),
        (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(word, word)),
        length,
    };
    return result;
#else
    return kernels_read_word_portable(bytes);
#endif
}

#endif
