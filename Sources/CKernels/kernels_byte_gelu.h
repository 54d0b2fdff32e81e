// The GELU of results that become bytes, in 16 bits: as exact as bytes need, and with two
// multiplications for 32 results where a polynomial of floats has sixteen and more.

/// gelu(x) = max(x, 0) + g(|x|), where g(u) = −u · Φ(−u). From i / 8 to (i + 1) / 8 g is a line, by
/// least squares within 0.0011: its value at 0 less KERNELS_GELU_FLOOR, in 2^12ths, and its slope, in
/// 2^15ths. Beyond 4 g is what it is there, less than a 7,000th.
static const i16x32 gelu_values = {
    694, 644, 549, 416, 259, 91, -75, -225, -349, -439, -490,
    -502, -478, -422, -340, -241, -131, -17, 95, 200, 295, 379,
    450, 509, 557, 595, 624, 646, 662, 674, 682, 687,
};
static const i16x32 gelu_slopes = {
    -14753, -11543, -8480, -5653, -3132, -971, 801, 2178, 3171, 3811, 4142,
    4215, 4086, 3810, 3438, 3013, 2573, 2144, 1747, 1393, 1087, 832,
    625, 460, 333, 236, 165, 113, 76, 50, 33, 21,
};

/// Rows of results that are finished together.
#ifdef VARIANT_HAS_TILES
#define WAITING_ROWS TILE_SIDE
#else
#define WAITING_ROWS TILE_ROWS
#endif

/// Rows of results that wait for a scale, and the largest of each row in 16 lanes.
typedef struct {
    float results[WAITING_ROWS][KERNELS_WIDEST_GROUP] __attribute__((aligned(64)));
    f32x16 largest[WAITING_ROWS];
} waiting_rows;

/// How rows of results are in 16 bits.
typedef struct {
    /// One is 2^(12 − fewer).
    int32_t fewer[LANES];
    float one[LANES];
    /// What a GELU less the floor is multiplied by, in 2^15ths, to be a byte.
    int32_t factor[LANES];
    /// What a byte is worth.
    float scale[LANES];
} short_rows;

/// As fine as the largest results allow: one is 2^12 up to 7.8.
KERNELS_INLINE short_rows short_rows_of(const waiting_rows *waiting, size_t rows) {
    f32x16 largest = splat(0);
    for (size_t r = 0; r < rows; r++) largest[r] = fold_max(waiting->largest[r]);
    const f32x16 floor = splat(KERNELS_GELU_FLOOR);
    const i32x16 exponents = ((i32x16)(largest - floor) >> 23) - 127;
    const i32x16 fewer = __builtin_elementwise_max(exponents - 2, (i32x16)0);
    const f32x16 one = (f32x16)((127 + 12 - fewer) << 23);
    const f32x16 factor = splat(255.0f * 32768.0f) / ((gelu_coarse(largest) - floor) * one);
    // Not more than there can be, also where the largest is no number.
    const i32x16 whole = __builtin_convertvector(smaller(factor, splat(12000.0f)), i32x16);
    const f32x16 scale = splat(32768.0f) / (__builtin_convertvector(whole, f32x16) * one);
    short_rows result;
    memcpy(result.fewer, &fewer, sizeof fewer);
    store(result.one, one);
    memcpy(result.factor, &whole, sizeof whole);
    store(result.scale, scale);
    return result;
}

/// The GELU less the floor of results in a row's units, in which `values` are too.
KERNELS_INLINE i16x32 short_gelu(i16x32 x, i16x32 values, int fewer) {
    const int16_t last = (int16_t)(16383 >> (fewer < 14 ? fewer : 14));
    const u16x32 u = __builtin_elementwise_min((u16x32)__builtin_elementwise_abs(x), (u16x32)last);
    const u16x32 line = u >> (uint16_t)(fewer < 9 ? 9 - fewer : 0);
    const i16x32 rise = scaled_shorts(entries_of_32(gelu_slopes, line), (i16x32)u);
    const i16x32 below = entries_of_32(values, line) + rise;
    return __builtin_elementwise_add_sat(__builtin_elementwise_max(x, (i16x32)0), below);
}

/// Results activated, `rows` × `width` bytes of `to` from (`row`, `column`) on, with a scale for each row.
static void finish_bytes(
    const waiting_rows *waiting,
    const kernels_narrow_rows *to,
    size_t row,
    size_t column,
    size_t rows,
    size_t width
) {
    const short_rows s = short_rows_of(waiting, rows);
    for (size_t r = 0; r < rows; r++) {
        const f32x16 one = splat(s.one[r]);
        const i16x32 factor = (i16x32)(int16_t)s.factor[r];
        const int fewer = s.fewer[r];
        const i16x32 values = gelu_values >> (int16_t)(fewer < 15 ? fewer : 15);
        uint8_t *bytes = (uint8_t *)to->elements + (row + r) * to->stride + column;
        for (size_t i = 0; i < width; i += 4 * LANES) {
            i16x32 some[2];
            for (size_t half = 0; half < 2; half++) {
                const float *from = &waiting->results[r][i + half * 2 * LANES];
                const i16x32 x = nearest_shorts(load(from) * one, load(from + LANES) * one);
                some[half] = scaled_shorts(short_gelu(x, values, fewer), factor);
            }
            store_shorts(bytes + i, some[0], some[1]);
        }
        to->scales[(row + r) * (to->stride / to->group) + column / to->group] = s.scale[r];
        to->offsets[row + r] = KERNELS_GELU_FLOOR;
    }
}
