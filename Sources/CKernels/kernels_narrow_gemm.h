// Products of narrow matrices: a tile of results stays in registers until it is finished, but for
// sums over several groups and results whose scale is not known yet, which stay in the first-level
// cache.

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
        add_worth(p, group, start, row_scales, groups, scales, rows, vectors, sums, results);
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
        put_results(g, p, start, rows, TILE_VECTORS, results, waiting, 0, place);
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
    for (size_t place = 0; place < width; place += KERNELS_PANEL_WIDTH) {
        const tile_place p = place_of(g, row, column + place);
        finish_panel_rows(g, &p, rows, waiting, place);
    }
    if (g->output != KERNELS_OUTPUT_GELU || g->right->format != KERNELS_FORMAT_I8) return;
    finish_bytes(waiting, &g->narrow_result, row, column, rows, width);
}

static void gemm_narrow(const kernels_narrow_gemm *g) {
    const size_t width = block_width(g);
    waiting_rows waiting;
    // A block's weights stay in the caches near the core while the rows pass by.
    for (size_t column = 0; column < g->right->columns; column += width) {
        for (size_t row = 0; row < g->rows; row += TILE_ROWS) {
            const size_t rows = g->rows - row < TILE_ROWS ? g->rows - row : TILE_ROWS;
            finish_block(g, row, column, rows, width, &waiting);
        }
    }
}
