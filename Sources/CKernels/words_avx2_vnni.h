// Products of packed words with some inputs together, eight rows at a time, by the instruction that
// sums those of bytes.

#include "words_avx2_rows.h"

/// sums[i] += products of elements and bytes of input i, four of them summed, of eight rows' word `j`.
KERNELS_INLINE void add_word(
    const uint8_t *rows,
    size_t j,
    const uint8_t *bytes,
    size_t count,
    __m256i *sums
) {
    const __m256i row = row_word(rows, j);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        sums[i] = _mm256_dpbusd_avx_epi32(sums[i], row, input_word(bytes, i, j));
    }
}

/// The same as in `words_avx2.h`.
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
    set_first_sums(kind, counts, count, sums);
    if (count == 1) {
#pragma clang loop unroll(full)
        for (size_t j = from; j < to; j++) add_word(rows, j, bytes, count, sums);
    } else {
        // A loop, as in `words_avx2.h`.
#pragma clang loop unroll(disable)
        for (size_t j = from; j < to; j++) add_word(rows, j, bytes, count, sums);
    }
}

#include "words_avx2_blocks.h"
