// What becomes of the sums of a product of narrow matrices.

/// What a tile is finished with, out of the product, whose fields the compiler would read again
/// after every store.
typedef struct {
    size_t row;
    size_t column;
    /// [64]: of the tile's columns.
    const float *bias;
    const float *sums;
    const float *scales;
    /// int8: [rows], from the tile's first row on.
    const float *offsets;
    int is_int8;
} tile_place;

/// The bias of 16 columns, and in int8 what the row's offset stands for.
KERNELS_INLINE f32x16 bias_of(const tile_place *p, size_t r, size_t i) {
    const f32x16 bias = load(p->bias + i);
    return p->is_int8 ? fma16(splat(p->offsets[r]), load(p->sums + i), bias) : bias;
}

/// Adds what a group's sums are worth to `results`, which begin with the bias.
///
/// `scales` are of 16 · `vectors` columns from `start` of the panel on, `row_scales` of every row, `groups`
/// from one another.
KERNELS_INLINE void add_worth(
    const tile_place *p,
    size_t group,
    size_t start,
    const float *row_scales,
    size_t groups,
    const float *scales,
    size_t rows,
    size_t vectors,
    const f32x16 sums[][TILE_VECTORS],
    f32x16 results[][TILE_VECTORS]
) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const f32x16 row_scale = splat(row_scales[r * groups]);
        for (size_t v = 0; v < vectors; v++) {
            const f32x16 worth = __builtin_convertvector((i32x16)sums[r][v], f32x16)
                * load(scales + v * LANES);
            const f32x16 before = group == 0 ? bias_of(p, r, start + v * LANES) : results[r][v];
            results[r][v] = fma16(worth, row_scale, before);
        }
    }
}

/// Results as floats, with the residual added; those beyond the last column are left out.
KERNELS_INLINE void store_floats(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t start,
    size_t rows,
    size_t vectors,
    f32x16 results[][TILE_VECTORS]
) {
    const size_t columns = g->right->columns;
    const size_t first = p->row * columns + p->column + start;
    const float *residual = g->residual == NULL ? NULL : g->residual + first;
    float *to = g->result + first;
    const size_t rest = columns - p->column < start ? 0 : columns - p->column - start;
    if (rest >= vectors * LANES) {
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            for (size_t v = 0; v < vectors; v++) {
                const size_t i = r * columns + v * LANES;
                f32x16 sum = results[r][v];
                if (residual != NULL) sum += load(residual + i);
                store(to + i, sum);
            }
        }
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v * LANES < rest && v < vectors; v++) {
            const size_t i = r * columns + v * LANES;
            const size_t count = rest - v * LANES < LANES ? rest - v * LANES : LANES;
            f32x16 sum = results[r][v];
            if (residual != NULL) sum += load_first(residual + i, count);
            store_first(to + i, sum, count);
        }
    }
}

/// Results as bf16, activated or not. Columns beyond the last have no weights and no bias: they are
/// the zeros of the stride.
KERNELS_INLINE void store_tile_halves(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t start,
    size_t rows,
    size_t vectors,
    f32x16 results[][TILE_VECTORS]
) {
    const size_t stride = g->narrow_result.stride;
    const int is_activated = g->output == KERNELS_OUTPUT_GELU;
    half_element *halves =
        (half_element *)g->narrow_result.elements + p->row * stride + p->column + start;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) {
            const f32x16 x = results[r][v];
            store_halves(halves + r * stride + v * LANES, is_activated ? gelu_coarse(x) : x);
        }
    }
}

/// Results of a part of a panel, from its column `start` on, as the product's output wants them; with a
/// scale for a group to `waiting`, from column `place` on.
KERNELS_INLINE void put_results(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t start,
    size_t rows,
    size_t vectors,
    f32x16 results[][TILE_VECTORS],
    waiting_rows *waiting,
    size_t first_row,
    size_t place
) {
    if (g->output == KERNELS_OUTPUT_F32) {
        store_floats(g, p, start, rows, vectors, results);
    } else if (g->output == KERNELS_OUTPUT_BF16 || !p->is_int8) {
        store_tile_halves(g, p, start, rows, vectors, results);
    } else {
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const size_t row = first_row + r;
            f32x16 largest = place + start == 0 ? splat(0) : waiting->largest[row];
            for (size_t v = 0; v < vectors; v++) {
                store(&waiting->results[row][place + start + v * LANES], results[r][v]);
                largest = larger_positive(results[r][v], largest);
            }
            waiting->largest[row] = largest;
        }
    }
}

/// Columns of a product that are finished together: a panel, or a group of results that share a scale.
KERNELS_INLINE size_t block_width(const kernels_narrow_gemm *g) {
    const int has_groups = g->output == KERNELS_OUTPUT_GELU && g->right->format == KERNELS_FORMAT_I8;
    return has_groups ? g->narrow_result.group : KERNELS_PANEL_WIDTH;
}

/// Row `row` of a product, in the panel from `column` on.
KERNELS_INLINE tile_place place_of(const kernels_narrow_gemm *g, size_t row, size_t column) {
    const kernels_narrow_weights *w = g->right;
    const tile_place place = {
        .row = row,
        .column = column,
        .bias = w->bias + column,
        .sums = w->sums + column,
        .scales = w->scales + column,
        .offsets = g->left.offsets + row,
        .is_int8 = w->format == KERNELS_FORMAT_I8,
    };
    return place;
}
