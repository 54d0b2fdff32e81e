// The matrix product: a tile of results stays in registers over the whole depth.

/// Finishes sixteen or fewer results of one row.
KERNELS_INLINE void finish(
    const kernels_gemm *g,
    size_t row,
    size_t column,
    size_t count,
    f32x16 sum
) {
    float *result = g->result + row * g->result_stride + column;
    const float *bias = g->bias == NULL ? NULL : g->bias + column;
    const float *residual =
        g->residual == NULL ? NULL : g->residual + row * g->residual_stride + column;
    if (count == LANES) {
        if (bias != NULL) sum += load(bias);
        if (residual != NULL) sum += load(residual);
        store(result, sum);
    } else {
        if (bias != NULL) sum += load_first(bias, count);
        if (residual != NULL) sum += load_first(residual, count);
        store_first(result, sum, count);
    }
}

/// `rows` × 16 · `vectors` results from (`row`, `column`) on; both are constants where it is used.
KERNELS_INLINE void gemm_tile(
    const kernels_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    size_t vectors
) {
    const float *left = g->left + row * g->left_stride;
    const float *right = g->right + column / KERNELS_PANEL_WIDTH * g->right_panel_stride
        + column % KERNELS_PANEL_WIDTH;
    const size_t left_stride = g->left_stride;
    const size_t right_stride = g->right_row_stride;
    const size_t depth = g->depth;
    f32x16 sums[TILE_ROWS][TILE_VECTORS];
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) sums[r][v] = splat(0);
    }
#if TILE_STEPS > 1
#pragma clang loop unroll_count(TILE_STEPS)
#endif
    for (size_t k = 0; k < depth; k++) {
        f32x16 factors[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++) factors[v] = load(right + v * LANES);
        for (size_t r = 0; r < rows; r++) {
            const f32x16 value = splat(left[r * left_stride + k]);
            for (size_t v = 0; v < vectors; v++) {
                sums[r][v] = fma16(value, factors[v], sums[r][v]);
            }
        }
        right += right_stride;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) {
            const size_t start = column + v * LANES;
            const size_t rest = g->columns - start;
            finish(g, row + r, start, rest < LANES ? rest : LANES, sums[r][v]);
        }
    }
}

/// The tile of `rows` rows, for a number of vectors known at run time.
KERNELS_INLINE void gemm_tile_rows(
    const kernels_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    size_t vectors
) {
    switch (vectors) {
    case 1: return gemm_tile(g, row, column, rows, 1);
#if TILE_VECTORS >= 4
    case 2: return gemm_tile(g, row, column, rows, 2);
    case 3: return gemm_tile(g, row, column, rows, 3);
    default: return gemm_tile(g, row, column, rows, 4);
#endif
    }
}

/// The activation of a tile that was just stored, and so is still in the first-level cache.
static void activate(const kernels_gemm *g, size_t row, size_t rows, size_t column, size_t count) {
    for (size_t r = row; r < row + rows; r++) {
        gelu_f32(g->result + r * g->result_stride + column, count);
    }
}

static void gemm_f32(const kernels_gemm *g) {
    const size_t width = TILE_VECTORS * LANES;
    // A panel stays in the second-level cache while the rows pass by.
    for (size_t column = 0; column < g->columns; column += width) {
        const size_t rest = g->columns - column;
        const size_t count = rest < width ? rest : width;
        const size_t vectors = (count + LANES - 1) / LANES;
        size_t row = 0;
        while (row < g->rows) {
            const size_t left = g->rows - row;
            const size_t rows = left < TILE_ROWS ? left : TILE_ROWS;
            switch (rows) {
            case 1: gemm_tile_rows(g, row, column, 1, vectors); break;
            case 2: gemm_tile_rows(g, row, column, 2, vectors); break;
            case 3: gemm_tile_rows(g, row, column, 3, vectors); break;
#if TILE_ROWS >= 6
            case 4: gemm_tile_rows(g, row, column, 4, vectors); break;
            case 5: gemm_tile_rows(g, row, column, 5, vectors); break;
#endif
            default: gemm_tile_rows(g, row, column, TILE_ROWS, vectors); break;
            }
            if (g->activation == KERNELS_ACTIVATION_GELU) activate(g, row, rows, column, count);
            row += rows;
        }
    }
}
