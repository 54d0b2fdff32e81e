// Products of packed blocks with some inputs together, eight rows at a time.

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
