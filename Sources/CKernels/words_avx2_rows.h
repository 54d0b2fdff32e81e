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

/// What sums begin with: minus half of an element's range for each of an input's bytes, where that is taken
/// from the elements; `counts` are minus the sums of the inputs' bytes.
KERNELS_INLINE void set_first_sums(
    block_kind kind,
    const uint8_t *counts,
    size_t count,
    __m256i *sums
) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const __m256i one = _mm256_set1_epi32(load_scalar_i32(counts + 4 * i));
        sums[i] =
            kind.is_centered ? _mm256_slli_epi32(one, kind.bits - 1) : _mm256_setzero_si256();
    }
}
