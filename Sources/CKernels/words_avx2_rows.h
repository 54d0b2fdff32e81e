// Eight rows' words and an input's, in one register each.

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
