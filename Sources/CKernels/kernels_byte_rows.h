// Activations rounded to bytes, 32 of which share a scale, for products with packed blocks.

/// Where the fields of one block of a tile of `tile` inputs begin, each [tile] of its type.
#define BYTES_AT(tile) ((size_t)0)
#define SCALES_AT(tile) (32 * (size_t)(tile))
#define SUMS_AT(tile) (36 * (size_t)(tile))
#define COUNTS_AT(tile) (40 * (size_t)(tile))
#define FIRST_COUNTS_AT(tile) (44 * (size_t)(tile))
#define SECOND_COUNTS_AT(tile) (48 * (size_t)(tile))

KERNELS_INLINE void put_f32(uint8_t *target, float value) { memcpy(target, &value, sizeof value); }
KERNELS_INLINE void put_i32(uint8_t *target, int32_t value) { memcpy(target, &value, sizeof value); }

KERNELS_INLINE int32_t fold_count(i32x16 v) {
    int32_t sum = 0;
    for (size_t i = 0; i < LANES; i++) sum += v[i];
    return sum;
}

/// 32 values as bytes, at place `t` of a block of `tile` inputs.
KERNELS_INLINE void round_block(const float *values, uint8_t *block, size_t tile, size_t t) {
    const f32x16 first = load(values);
    const f32x16 second = load(values + LANES);
    const float top =
        fold_max(larger(__builtin_elementwise_abs(first), __builtin_elementwise_abs(second)));
    // Below it the factor would not be finite.
    const int is_some = top > 1e-30f;
    const float scale = is_some ? top * (1.0f / 127.0f) : 0;
    const f32x16 factor = splat(is_some ? 127.0f / top : 0);
    const i32x16 counts[2] = {
        (i32x16)fma16(first, factor, splat(NEAREST_INTEGER)) << 24 >> 24,
        (i32x16)fma16(second, factor, splat(NEAREST_INTEGER)) << 24 >> 24,
    };
    int32_t sums[2];
    for (size_t half = 0; half < 2; half++) {
        const i8x16 bytes = __builtin_convertvector(counts[half], i8x16);
        memcpy(block + BYTES_AT(tile) + 32 * t + LANES * half, &bytes, sizeof bytes);
        sums[half] = fold_count(counts[half]);
    }
    put_f32(block + SCALES_AT(tile) + 4 * t, scale);
    put_f32(block + SUMS_AT(tile) + 4 * t, scale * (float)(sums[0] + sums[1]));
    put_i32(block + COUNTS_AT(tile) + 4 * t, -(sums[0] + sums[1]));
    put_i32(block + FIRST_COUNTS_AT(tile) + 4 * t, -sums[0]);
    put_i32(block + SECOND_COUNTS_AT(tile) + 4 * t, -sums[1]);
}

static void round_rows(
    const float *rows,
    size_t row_count,
    size_t width,
    size_t tile,
    size_t first,
    void *result
) {
    const size_t block_count = width / BLOCK_LENGTH;
    for (size_t r = 0; r < row_count; r++) {
        const size_t place = first + r;
        uint8_t *block = (uint8_t *)result
            + place / tile * block_count * tile * KERNELS_BYTE_BLOCK_SIZE;
        for (size_t b = 0; b < block_count; b++, block += tile * KERNELS_BYTE_BLOCK_SIZE) {
            round_block(rows + r * width + b * BLOCK_LENGTH, block, tile, place % tile);
        }
    }
}
