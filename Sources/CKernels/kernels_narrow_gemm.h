// Products of narrow matrices: a tile of results stays in registers until it is finished, but for
// sums over several groups and results whose scale is not known yet, which stay in the first-level
// cache.

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

/// `rows` × 16 · `vectors` results in int8, from column `start` of the panel on.
KERNELS_INLINE void sum_bytes(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t start,
    size_t rows,
    size_t vectors,
    f32x16 results[][TILE_VECTORS]
) {
    const kernels_narrow_weights *w = g->right;
    const size_t words = g->left.stride / 4;
    const size_t group_words = w->group / 4;
    const size_t groups = words / group_words;
    const size_t columns = padded(w->columns);
    const uint32_t *left = (const uint32_t *)g->left.elements + p->row * words;
    const uint32_t *right = (const uint32_t *)w->elements + p->column * words + start;
    const float *row_scales = g->left.scales + p->row * groups;
    const float *scales = p->scales + start;
    for (size_t group = 0; group < groups; group++) {
        f32x16 sums[TILE_ROWS][TILE_VECTORS];
        set_sums(sums, rows, vectors, splat(0));
        sum_words(
            left,
            words,
            1,
            right,
            KERNELS_PANEL_WIDTH,
            group_words,
            rows,
            vectors,
            4,
            sums
        );
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const f32x16 row_scale = splat(row_scales[r * groups]);
            for (size_t v = 0; v < vectors; v++) {
                const f32x16 worth = __builtin_convertvector((i32x16)sums[r][v], f32x16)
                    * load(scales + v * LANES);
                const f32x16 before =
                    group == 0 ? bias_of(p, r, start + v * LANES) : results[r][v];
                results[r][v] = fma16(worth, row_scale, before);
            }
        }
        left += group_words;
        right += group_words * KERNELS_PANEL_WIDTH;
        row_scales += 1;
        scales += columns;
    }
}

/// `rows` × 16 · `vectors` results in bf16, from column `start` of the panel on.
KERNELS_INLINE void sum_halves(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t start,
    size_t rows,
    size_t vectors,
    f32x16 results[][TILE_VECTORS]
) {
    // A row's, of which a step takes one, or two that are floats.
    const size_t words = g->left.stride * sizeof(half_element) / 4;
    const uint32_t *left = (const uint32_t *)g->left.elements + p->row * words;
    const uint32_t *right = (const uint32_t *)g->right->elements + p->column * words + start;
    f32x16 sums[TILE_ROWS][TILE_VECTORS];
    set_sums(sums, rows, vectors, splat(0));
    sum_words(
        left,
        words,
        1,
        right,
        KERNELS_PANEL_WIDTH,
        g->left.stride / 2,
        rows,
        vectors,
        2,
        sums
    );
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < vectors; v++) {
            results[r][v] = sums[r][v] + bias_of(p, r, start + v * LANES);
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

/// Results of one panel, as the product's output wants them; with a scale for a group to `waiting`,
/// from column `place` on.
KERNELS_INLINE void finish_panel(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t rows,
    waiting_rows *waiting,
    size_t place
) {
    for (size_t start = 0; start < KERNELS_PANEL_WIDTH; start += TILE_VECTORS * LANES) {
        f32x16 results[TILE_ROWS][TILE_VECTORS];
        if (p->is_int8) {
            sum_bytes(g, p, start, rows, TILE_VECTORS, results);
        } else {
            sum_halves(g, p, start, rows, TILE_VECTORS, results);
        }
        if (g->output == KERNELS_OUTPUT_F32) {
            store_floats(g, p, start, rows, TILE_VECTORS, results);
        } else if (g->output == KERNELS_OUTPUT_BF16 || !p->is_int8) {
            store_tile_halves(g, p, start, rows, TILE_VECTORS, results);
        } else {
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                f32x16 largest = place + start == 0 ? splat(0) : waiting->largest[r];
                for (size_t v = 0; v < TILE_VECTORS; v++) {
                    store(&waiting->results[r][place + start + v * LANES], results[r][v]);
                    largest = larger_positive(results[r][v], largest);
                }
                waiting->largest[r] = largest;
            }
        }
    }
}

static void finish_panel_rows(
    const kernels_narrow_gemm *g,
    const tile_place *p,
    size_t rows,
    waiting_rows *waiting,
    size_t place
) {
    switch (rows) {
    case 1: return finish_panel(g, p, 1, waiting, place);
    case 2: return finish_panel(g, p, 2, waiting, place);
    case 3: return finish_panel(g, p, 3, waiting, place);
#if TILE_ROWS >= 6
    case 4: return finish_panel(g, p, 4, waiting, place);
    case 5: return finish_panel(g, p, 5, waiting, place);
#endif
    default: return finish_panel(g, p, TILE_ROWS, waiting, place);
    }
}

/// `rows` × `width` results from (`row`, `column`) on.
static void finish_block(
    const kernels_narrow_gemm *g,
    size_t row,
    size_t column,
    size_t rows,
    size_t width,
    waiting_rows *waiting
) {
    const kernels_narrow_weights *w = g->right;
    const int is_int8 = w->format == KERNELS_FORMAT_I8;
    for (size_t place = 0; place < width; place += KERNELS_PANEL_WIDTH) {
        const tile_place p = {
            .row = row,
            .column = column + place,
            .bias = w->bias + column + place,
            .sums = w->sums + column + place,
            .scales = w->scales + column + place,
            .offsets = g->left.offsets + row,
            .is_int8 = is_int8,
        };
        finish_panel_rows(g, &p, rows, waiting, place);
    }
    if (g->output != KERNELS_OUTPUT_GELU || !is_int8) return;
    finish_bytes(waiting, &g->narrow_result, row, column, rows, width);
}

static void gemm_narrow(const kernels_narrow_gemm *g) {
    const int has_groups = g->output == KERNELS_OUTPUT_GELU && g->right->format == KERNELS_FORMAT_I8;
    const size_t width = has_groups ? g->narrow_result.group : KERNELS_PANEL_WIDTH;
    waiting_rows waiting;
    // A block's weights stay in the caches near the core while the rows pass by.
    for (size_t column = 0; column < g->right->columns; column += width) {
        for (size_t row = 0; row < g->rows; row += TILE_ROWS) {
            const size_t rows = g->rows - row < TILE_ROWS ? g->rows - row : TILE_ROWS;
            finish_block(g, row, column, rows, width, &waiting);
        }
    }
}
