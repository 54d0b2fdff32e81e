// Products of packed words with one input after the other, where an instruction sums those of bytes.

/// sum + Σ of words `from` to `to` − 1 with an input's bytes.
KERNELS_INLINE i32x16 dot_words(
    i32x16 sum,
    const block_rows *rows,
    size_t from,
    size_t to,
    const uint8_t *bytes,
    block_kind kind
) {
#pragma clang loop unroll(full)
    for (size_t j = from; j < to; j++) {
        const i32x16 word = load_i32(rows->words + 64 * j);
        const i32x16 four = (i32x16)0 + load_scalar_i32(bytes + 4 * j);
        sum = kind.bits < 8 ? dot_codes(sum, word, four) : dot_bytes(sum, word, four);
    }
    return sum;
}

/// Adds 32 elements of sixteen rows times those of `count` inputs from `first` on, out of a tile.
KERNELS_INLINE void add_block(
    const block_rows *rows,
    block_kind kind,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    f32x16 *sums
) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const size_t t = first + i;
        const uint8_t *bytes = inputs + BYTES_AT(tile) + 32 * t;
        const f32x16 scale = splat(get_f32(inputs + SCALES_AT(tile) + 4 * t));
        if (kind.is_halved) {
            const i32x16 one = dot_words(
                first_sums(inputs + FIRST_COUNTS_AT(tile) + 4 * t, kind), rows, 0, 4, bytes, kind
            );
            const i32x16 two = dot_words(
                first_sums(inputs + SECOND_COUNTS_AT(tile) + 4 * t, kind), rows, 4, 8, bytes, kind
            );
            const f32x16 worth = __builtin_convertvector(one, f32x16) * rows->scales[0];
            const f32x16 both =
                fma16(__builtin_convertvector(two, f32x16), rows->scales[1], worth);
            sums[i] = fma16(both, scale, sums[i]);
        } else {
            const i32x16 sum = dot_words(
                first_sums(inputs + COUNTS_AT(tile) + 4 * t, kind), rows, 0, 8, bytes, kind
            );
            const f32x16 worth = __builtin_convertvector(sum, f32x16) * scale;
            sums[i] = fma16(worth, rows->scales[0], sums[i]);
        }
        if (!kind.is_centered) {
            const f32x16 sum = splat(get_f32(inputs + SUMS_AT(tile) + 4 * t));
            sums[i] = fma16(rows->least, sum, sums[i]);
        }
    }
}
