// Products of narrow matrices: a tile of results stays in registers over a group's depth, a few
// rows of results in the first-level cache until they are finished.

/// `rows` × 16 · `vectors` sums over pairs: rows of `left`, stride in halves, times `right`, whose
/// rows of pairs are `right_stride` pairs apart.
KERNELS_INLINE void sum_halves(
    const uint16_t *left,
    size_t left_stride,
    const uint32_t *right,
    size_t right_stride,
    size_t pair_count,
    size_t rows,
    size_t vectors,
    float *result,
    size_t result_stride
) {
    f32x16 sums[TILE_ROWS][TILE_VECTORS];
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) sums[r][v] = splat(0);
    }
    for (size_t k = 0; k < pair_count; k++) {
        i32x16 factors[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++) factors[v] = load_i32(right + v * LANES);
        for (size_t r = 0; r < rows; r++) {
            const i32x16 pair = (i32x16)0 + load_scalar_i32(left + r * left_stride + 2 * k);
            for (size_t v = 0; v < vectors; v++) {
                sums[r][v] = dot_halves(sums[r][v], pair, factors[v]);
            }
        }
        right += right_stride;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) store(result + r * result_stride + v * LANES, sums[r][v]);
    }
}

/// `rows` × 16 · `vectors` exact sums over `four_count` fours: rows of `left` times `right`, times
/// the columns' and the rows' scales, added to the result or, first of all, put there.
KERNELS_INLINE void add_bytes(
    const uint8_t *left,
    size_t left_stride,
    const int8_t *right,
    size_t four_count,
    size_t rows,
    size_t vectors,
    const float *row_scales,
    size_t row_scale_stride,
    const float *column_scales,
    int is_first,
    float *result
) {
    // The first four is apart: sums set to zero in a loop would be kept in memory.
    i32x16 sums[TILE_ROWS][TILE_VECTORS];
    for (size_t r = 0; r < rows; r++) {
        const i32x16 four = (i32x16)0 + load_scalar_i32(left + r * left_stride);
        for (size_t v = 0; v < vectors; v++) {
            sums[r][v] = dot_bytes((i32x16)0, four, load_i32(right + v * 4 * LANES));
        }
    }
    for (size_t k = 1; k < four_count; k++) {
        right += 4 * KERNELS_PANEL_WIDTH;
        i32x16 factors[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++) factors[v] = load_i32(right + v * 4 * LANES);
        for (size_t r = 0; r < rows; r++) {
            const i32x16 four = (i32x16)0 + load_scalar_i32(left + r * left_stride + 4 * k);
            for (size_t v = 0; v < vectors; v++) {
                sums[r][v] = dot_bytes(sums[r][v], four, factors[v]);
            }
        }
    }
    for (size_t r = 0; r < rows; r++) {
        const f32x16 row_scale = splat(row_scales[r * row_scale_stride]);
        for (size_t v = 0; v < vectors; v++) {
            float *to = result + r * KERNELS_WIDEST_GROUP + v * LANES;
            const f32x16 worth = __builtin_convertvector(sums[r][v], f32x16)
                * load(column_scales + v * LANES);
            store(to, is_first ? worth * row_scale : fma16(worth, row_scale, load(to)));
        }
    }
}

/// `rows` × 16 · `vectors` results in int8 without bias, from `column` on.
KERNELS_INLINE void sum_bytes(
    const kernels_narrow_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    size_t vectors,
    float *result
) {
    const kernels_narrow_weights *w = g->right;
    const size_t depth = g->left.stride;
    const size_t group_count = depth / w->group;
    for (size_t group = 0; group < group_count; group++) {
        add_bytes(
            (const uint8_t *)g->left.elements + row * depth + group * w->group,
            depth,
            (const int8_t *)w->elements
                + column / KERNELS_PANEL_WIDTH * KERNELS_PANEL_WIDTH * depth
                + (group * w->group / 4 * KERNELS_PANEL_WIDTH + column % KERNELS_PANEL_WIDTH) * 4,
            w->group / 4,
            rows,
            vectors,
            g->left.scales + row * group_count + group,
            group_count,
            w->scales + group * padded(w->columns) + column,
            group == 0,
            result
        );
    }
}

/// 64 results of `rows` rows without bias; `rows` is a constant where it is used.
KERNELS_INLINE void sum_panel(
    const kernels_narrow_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    float *result
) {
    const size_t stride = g->left.stride;
    for (size_t start = 0; start < KERNELS_PANEL_WIDTH; start += TILE_VECTORS * LANES) {
        if (g->right->format == KERNELS_FORMAT_I8) {
            sum_bytes(g, row, column + start, rows, TILE_VECTORS, result + start);
        } else {
            sum_halves(
                (const uint16_t *)g->left.elements + row * stride,
                stride,
                (const uint32_t *)g->right->elements + column * (stride / 2) + start,
                KERNELS_PANEL_WIDTH,
                stride / 2,
                rows,
                TILE_VECTORS,
                result + start,
                KERNELS_WIDEST_GROUP
            );
        }
    }
}

static void sum_panel_rows(
    const kernels_narrow_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    float *result
) {
    switch (rows) {
    case 1: return sum_panel(g, row, column, 1, result);
    case 2: return sum_panel(g, row, column, 2, result);
    case 3: return sum_panel(g, row, column, 3, result);
#if TILE_ROWS >= 6
    case 4: return sum_panel(g, row, column, 4, result);
    case 5: return sum_panel(g, row, column, 5, result);
#endif
    default: return sum_panel(g, row, column, TILE_ROWS, result);
    }
}

/// What is added to the results of a row: the bias, and in int8 what its offset stands for.
///
/// Kept apart from the product, whose fields the compiler would read again after every store.
typedef struct {
    const float *bias;
    const float *sums;
    f32x16 offset;
    int is_int8;
} row_bias;

KERNELS_INLINE f32x16 biased(const row_bias *b, const float *x, size_t i) {
    const f32x16 bias = load(b->bias + i);
    return load(x + i) + (b->is_int8 ? fma16(b->offset, load(b->sums + i), bias) : bias);
}

/// Activated results as bytes with a scale of their own.
KERNELS_INLINE void finish_bytes(
    row_bias bias,
    size_t width,
    float *x,
    uint8_t *bytes,
    float *scale
) {
    f32x16 high = splat(KERNELS_GELU_FLOOR);
    for (size_t i = 0; i < width; i += LANES) {
        const f32x16 activated = gelu_coarse(biased(&bias, x, i));
        store(x + i, activated);
        high = larger(activated, high);
    }
    const float range = fold_max(high) - KERNELS_GELU_FLOOR;
    const f32x16 factor = splat(range > 0 ? 255.0f / range : 0);
    for (size_t i = 0; i < width; i += LANES) {
        store_bytes(bytes + i, load(x + i), splat(KERNELS_GELU_FLOOR), factor);
    }
    *scale = range * (1.0f / 255.0f);
}

/// 64 results as bf16, activated or not.
KERNELS_INLINE void finish_halves(row_bias bias, const float *x, int is_activated, uint16_t *halves) {
    for (size_t i = 0; i < KERNELS_PANEL_WIDTH; i += LANES) {
        const f32x16 sum = biased(&bias, x, i);
        store_halves(halves + i, is_activated ? gelu_coarse(sum) : sum);
    }
}

/// `count` of 64 results as floats, with the residual added.
KERNELS_INLINE void finish_floats(
    row_bias bias,
    const float *x,
    size_t count,
    const float *residual,
    float *result
) {
    for (size_t i = 0; i < count; i += LANES) {
        f32x16 sum = biased(&bias, x, i);
        if (i + LANES <= count) {
            if (residual != NULL) sum += load(residual + i);
            store(result + i, sum);
        } else {
            if (residual != NULL) sum += load_first(residual + i, count - i);
            store_first(result + i, sum, count - i);
        }
    }
}

/// Finishes `width` results of a row.
KERNELS_INLINE void finish_narrow(
    const kernels_narrow_gemm *g,
    size_t row,
    size_t column,
    size_t width,
    float *x
) {
    const kernels_narrow_weights *w = g->right;
    const kernels_narrow_rows *to = &g->narrow_result;
    const int is_int8 = w->format == KERNELS_FORMAT_I8;
    const row_bias bias = {
        .bias = w->bias + column,
        .sums = w->sums + column,
        .offset = splat(is_int8 ? g->left.offsets[row] : 0),
        .is_int8 = is_int8,
    };
    if (g->output == KERNELS_OUTPUT_F32) {
        const size_t start = row * w->columns + column;
        const size_t rest = w->columns - column;
        const float *residual = g->residual == NULL ? NULL : g->residual + start;
        if (rest < KERNELS_PANEL_WIDTH) {
            finish_floats(bias, x, rest, residual, g->result + start);
        } else {
            finish_floats(bias, x, KERNELS_PANEL_WIDTH, residual, g->result + start);
        }
    } else if (g->output == KERNELS_OUTPUT_GELU && is_int8) {
        uint8_t *bytes = (uint8_t *)to->elements + row * to->stride + column;
        const size_t group = row * (to->stride / to->group) + column / to->group;
        finish_bytes(bias, width, x, bytes, to->scales + group);
        to->offsets[row] = KERNELS_GELU_FLOOR;
    } else {
        // Columns beyond the last have no weights and no bias: they are the zeros of the stride.
        uint16_t *halves = (uint16_t *)to->elements + row * to->stride + column;
        finish_halves(bias, x, g->output == KERNELS_OUTPUT_GELU, halves);
    }
}

static void gemm_narrow(const kernels_narrow_gemm *g) {
    const int has_groups = g->output == KERNELS_OUTPUT_GELU && g->right->format == KERNELS_FORMAT_I8;
    const size_t width = has_groups ? g->narrow_result.group : KERNELS_PANEL_WIDTH;
    float block[TILE_ROWS][KERNELS_WIDEST_GROUP] __attribute__((aligned(64)));
    // A block's weights stay in the caches near the core while the rows pass by.
    for (size_t column = 0; column < g->right->columns; column += width) {
        size_t row = 0;
        while (row < g->rows) {
            const size_t left = g->rows - row;
            const size_t rows = left < TILE_ROWS ? left : TILE_ROWS;
            for (size_t start = 0; start < width; start += KERNELS_PANEL_WIDTH) {
                sum_panel_rows(g, row, column + start, rows, &block[0][start]);
            }
            for (size_t r = 0; r < rows; r++) finish_narrow(g, row + r, column, width, block[r]);
            row += rows;
        }
    }
}
