// Sums over rows of a table.

/// Vectors of sums that are kept in half of the registers while the rows go by.
#if TILE_VECTORS >= 4
#define SUM_VECTORS 8
#else
#define SUM_VECTORS 4
#endif

/// `vectors` vectors of the sum; a constant, so that the loops vanish.
KERNELS_INLINE void sum_columns(const kernels_row_sum *sum, size_t first, size_t vectors) {
    f32x16 sums[SUM_VECTORS];
    for (size_t v = 0; v < vectors; v++) sums[v] = splat(0);
    for (size_t r = 0; r < sum->row_count; r++) {
        const size_t row = (size_t)sum->rows[r];
        const int8_t *values = sum->table + row * sum->table_stride + first;
        const f32x16 scale = splat(sum->scales[row]);
        for (size_t v = 0; v < vectors; v++) {
            sums[v] = fma16(scale, load_i8(values + v * LANES, LANES), sums[v]);
        }
    }
    for (size_t v = 0; v < vectors; v++) store(sum->result + first + v * LANES, sums[v]);
}

static void sum_rows_i8(const kernels_row_sum *sum) {
    size_t first = 0;
    for (; first + SUM_VECTORS * LANES <= sum->width; first += SUM_VECTORS * LANES) {
        sum_columns(sum, first, SUM_VECTORS);
    }
    for (; first < sum->width; first += LANES) sum_columns(sum, first, 1);
}
