// Sums over words of 4 bytes, each one f32, two bf16 or four bytes, that stay in registers.

/// sum + left · right, where each is f32, pairs of bf16, or bytes, whose sum is whole numbers.
KERNELS_INLINE f32x16 add_words(f32x16 sum, i32x16 left, i32x16 right, size_t elements) {
    switch (elements) {
    case 4: return (f32x16)dot_bytes((i32x16)sum, left, right);
    case 2: return dot_halves(sum, left, right);
    default: return fma16((f32x16)left, (f32x16)right, sum);
    }
}

KERNELS_INLINE void set_sums(f32x16 sums[][TILE_VECTORS], size_t rows, size_t vectors, f32x16 value) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) sums[r][v] = value;
    }
}

/// Adds `rows` × 16 · `vectors` sums over words: word (row, step) of the left side is at
/// row · left_row + step · left_step, the right side has a row a step.
///
/// `rows`, `vectors` and `elements` are constants where it is used.
KERNELS_INLINE void sum_words(
    const uint32_t *left,
    size_t left_row,
    size_t left_step,
    const uint32_t *right,
    size_t right_step,
    size_t steps,
    size_t rows,
    size_t vectors,
    size_t elements,
    f32x16 sums[][TILE_VECTORS]
) {
    for (size_t k = 0; k < steps; k++) {
        i32x16 factors[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++) factors[v] = load_i32(right + v * LANES);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const i32x16 word = (i32x16)0 + load_scalar_i32(left + r * left_row);
            for (size_t v = 0; v < vectors; v++) {
                sums[r][v] = add_words(sums[r][v], word, factors[v], elements);
            }
        }
        left += left_step;
        right += right_step;
    }
}
