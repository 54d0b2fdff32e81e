// Sums of table entries by the instruction that looks up sixteen or more at once.

/// For each row the sum of the entries that its nibbles name; all of them have to fit 16 bits.
///
/// A step of `plane` is [2, 16 rows] bytes, a step of `tables` four tables of sixteen: those of the lower nibbles
/// of the first and the second sixteen bytes, then of their upper ones.
KERNELS_INLINE i32x16 sum_signs(
    const uint8_t *plane,
    const uint8_t *tables,
    size_t step_count,
    const uint8_t *ahead
) {
    const __m256i nibble = _mm256_set1_epi8(15);
    // Sums of pairs of bytes as 16 bits, and those of the upper byte of each.
    __m256i pairs = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (size_t s = 0; s < step_count; s++) {
        if (s % 2 == 0) __builtin_prefetch(ahead + s * KERNELS_SIGN_STEP_SIZE);
        const __m256i *table = (const __m256i *)(const void *)(tables + s * 2 * KERNELS_SIGN_STEP_SIZE);
        const __m256i bits =
            _mm256_loadu_si256((const __m256i *)(const void *)(plane + s * KERNELS_SIGN_STEP_SIZE));
        const __m256i low = _mm256_and_si256(bits, nibble);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble);
        const __m256i entries = _mm256_add_epi8(
            _mm256_shuffle_epi8(_mm256_loadu_si256(table), low),
            _mm256_shuffle_epi8(_mm256_loadu_si256(table + 1), high)
        );
        pairs = _mm256_add_epi16(pairs, entries);
        odd = _mm256_add_epi16(odd, _mm256_srli_epi16(entries, 8));
    }
    const __m256i even = _mm256_sub_epi16(pairs, _mm256_slli_epi16(odd, 8));
    const __m256i first = _mm256_unpacklo_epi16(even, odd);
    const __m256i second = _mm256_unpackhi_epi16(even, odd);
    const __m256i sums[2] = {
        _mm256_add_epi32(
            _mm256_cvtepu16_epi32(_mm256_castsi256_si128(first)),
            _mm256_cvtepu16_epi32(_mm256_extracti128_si256(first, 1))
        ),
        _mm256_add_epi32(
            _mm256_cvtepu16_epi32(_mm256_castsi256_si128(second)),
            _mm256_cvtepu16_epi32(_mm256_extracti128_si256(second, 1))
        ),
    };
    i32x16 result;
    memcpy(&result, sums, sizeof result);
    return result;
}
