// Sums over words of 4 bytes, each one f32, two bf16 or four bytes, that stay in registers.

/// sum + left · right, where each is f32, pairs of bf16, or bytes, whose sum is whole numbers.
KERNELS_INLINE f32x16 add_words(f32x16 sum, i32x16 left, i32x16 right, size_t elements) {
    switch (elements) {
    case 4: return (f32x16)dot_bytes((i32x16)sum, left, right);
#if !HALVES_ARE_FLOATS
    case 2: return dot_halves(sum, left, right);
#endif
    default: return fma16((f32x16)left, (f32x16)right, sum);
    }
}

/// Steps of bytes of which one follows the other without a jump.
#ifndef BYTE_STEPS
#define BYTE_STEPS 1
#endif

KERNELS_INLINE void set_sums(f32x16 sums[][TILE_VECTORS], size_t rows, size_t vectors, f32x16 value) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) sums[r][v] = value;
    }
}

/// Adds the products of one word of each row with one row of the right side.
KERNELS_INLINE void add_step(
    const uint32_t *left,
    size_t left_row,
    const uint32_t *right,
    size_t rows,
    size_t vectors,
    size_t elements,
    f32x16 sums[][TILE_VECTORS]
) {
    i32x16 factors[TILE_VECTORS];
    for (size_t v = 0; v < vectors; v++) factors[v] = load_i32(right + v * LANES);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const i32x16 word = (i32x16)0 + load_scalar_i32(left + r * left_row);
        for (size_t v = 0; v < vectors; v++) {
            sums[r][v] = add_words(sums[r][v], word, factors[v], elements);
        }
    }
}

/// Adds `rows` × 16 · `vectors` sums over steps of `elements`: word (row, i) of the left side is at
/// row · left_row + i · left_step, the right side has a row of words for each i.
///
/// A step is a word, or two of bf16 that are held as floats, of which the second is added first as
/// the instruction for pairs does. `rows`, `vectors` and `elements` are constants where it is used.
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
    if (elements == 2 && HALVES_ARE_FLOATS) {
#pragma clang loop unroll_count((TILE_STEPS + 1) / 2)
        for (size_t k = 0; k < steps; k++) {
            add_step(left + left_step, left_row, right + right_step, rows, vectors, 1, sums);
            add_step(left, left_row, right, rows, vectors, 1, sums);
            left += 2 * left_step;
            right += 2 * right_step;
        }
        return;
    }
    if (elements == 4) {
#pragma clang loop unroll_count(BYTE_STEPS)
        for (size_t k = 0; k < steps; k++) {
            add_step(left, left_row, right, rows, vectors, 4, sums);
            left += left_step;
            right += right_step;
        }
        return;
    }
    for (size_t k = 0; k < steps; k++) {
        add_step(left, left_row, right, rows, vectors, elements, sums);
        left += left_step;
        right += right_step;
    }
}
