// Products of narrow matrices in tiles, a unit of 32 rows and half a panel at a time. Its sums go through
// the first-level cache, and are finished while the next unit's are made: tiles are multiplied by a part of
// the processor of their own.

#define UNIT_TILES 2
#define UNIT_ROWS (UNIT_TILES * TILE_SIDE)
#define UNIT_VECTORS 2
#define UNIT_COLUMNS (UNIT_VECTORS * LANES)
/// Units below each other that take turns with the same weights.
#define TALL_UNITS 4
/// Rows that are finished together, so that what belongs to columns is read once.
#define FINISH_ROWS 8

typedef float unit_sums[UNIT_ROWS][UNIT_COLUMNS] __attribute__((aligned(64)));

/// Up to sixteen rows of a product. A tile of fewer begins earlier, with rows that are finished already.
typedef struct {
    size_t first;
    size_t start;
    size_t end;
} tile_rows;

/// A part of a product.
typedef struct {
    const kernels_narrow_gemm *g;
    tile_rows tiles[UNIT_TILES];
    size_t tile_count;
    /// The panel's first column, and the first of its columns.
    size_t column;
    size_t start;
    /// The panel's first column, in the results that wait for a scale.
    size_t place;
    size_t group;
    size_t groups;
    /// Floats, or whole numbers.
    float (*sums)[UNIT_COLUMNS];
    /// What the groups before are worth.
    float (*results)[UNIT_COLUMNS];
    waiting_rows *waiting;
    /// The next row to be finished, and its tile.
    size_t row;
    size_t tile;
} gemm_unit;

/// What `rows` rows' sums are worth, finished after the last group.
KERNELS_INLINE void finish_sums(const gemm_unit *u, size_t rows, size_t elements) {
    const kernels_narrow_gemm *g = u->g;
    const tile_rows *tile = &u->tiles[u->tile];
    const tile_place p = place_of(g, u->row, u->column);
    const size_t first = u->tile * TILE_SIDE + u->row - tile->first;
    const float (*sums)[UNIT_COLUMNS] = (const float (*)[UNIT_COLUMNS])u->sums + first;
    float (*before)[UNIT_COLUMNS] = u->results + first;
    f32x16 some[FINISH_ROWS][TILE_VECTORS];
    f32x16 results[FINISH_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        for (size_t v = 0; v < UNIT_VECTORS; v++) {
            some[r][v] = load(&sums[r][v * LANES]);
            if (elements == 2) results[r][v] = some[r][v] + bias_of(&p, r, u->start + v * LANES);
        }
    }
    if (elements == 4) {
        const float *row_scales = g->left.scales + u->row * u->groups + u->group;
        const float *scales = p.scales + u->group * padded(g->right->columns) + u->start;
        if (u->group > 0) {
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                for (size_t v = 0; v < UNIT_VECTORS; v++) results[r][v] = load(&before[r][v * LANES]);
            }
        }
        add_worth(
            &p, u->group, u->start, row_scales, u->groups, scales, rows, UNIT_VECTORS, some, results
        );
        if (u->group + 1 < u->groups) {
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                for (size_t v = 0; v < UNIT_VECTORS; v++) store(&before[r][v * LANES], results[r][v]);
            }
            return;
        }
    }
    const size_t row = u->row - tile->start;
    put_results(
        g, &p, u->start, rows, UNIT_VECTORS, results, u->waiting + u->tile, row, u->place
    );
}

/// Finishes some more rows, if there are any.
KERNELS_INLINE void finish_some(gemm_unit *u, size_t elements) {
    if (u->tile == u->tile_count) return;
    const size_t end = u->tiles[u->tile].end;
    if (end - u->row >= FINISH_ROWS) {
        finish_sums(u, FINISH_ROWS, elements);
        u->row += FINISH_ROWS;
    } else {
        for (; u->row < end; u->row++) finish_sums(u, 1, elements);
    }
    if (u->row < end) return;
    u->tile += 1;
    if (u->tile < u->tile_count) u->row = u->tiles[u->tile].start;
}

static void finish_some_bytes(gemm_unit *u) { finish_some(u, 4); }
static void finish_some_halves(gemm_unit *u) { finish_some(u, 2); }

KERNELS_INLINE void finish_more(gemm_unit *u, size_t elements) {
    if (elements == 4) {
        finish_some_bytes(u);
    } else {
        finish_some_halves(u);
    }
}

/// Makes the sums of one unit while another is finished.
KERNELS_INLINE void sum_unit(const gemm_unit *u, gemm_unit *other, size_t elements) {
    const kernels_narrow_gemm *g = u->g;
    const size_t left_bytes = g->left.stride * 4 / elements;
    const size_t words = g->left.stride / elements;
    const size_t steps = words / u->groups / TILE_SIDE;
    const size_t skipped = u->group * steps;
    const char *first = (const char *)g->left.elements + u->tiles[0].first * left_bytes
        + skipped * TILE_BYTES;
    const char *second = first + (u->tiles[1].first - u->tiles[0].first) * left_bytes;
    const char *right = (const char *)column_words(g->right, u->column + u->start)
        + skipped * UNIT_VECTORS * TILE_SIZE;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t k = 0; k < steps; k++) {
        _tile_loadd(6, right, TILE_BYTES);
        _tile_loadd(4, first, left_bytes);
        ADD_TILES(0, 4, 6, elements);
        _tile_loadd(7, right + TILE_SIZE, TILE_BYTES);
        ADD_TILES(1, 4, 7, elements);
        _tile_loadd(5, second, left_bytes);
        ADD_TILES(2, 5, 6, elements);
        ADD_TILES(3, 5, 7, elements);
        first += TILE_BYTES;
        second += TILE_BYTES;
        right += UNIT_VECTORS * TILE_SIZE;
        finish_more(other, elements);
    }
    _tile_stored(0, u->sums[0], 4 * UNIT_COLUMNS);
    _tile_stored(1, u->sums[0] + LANES, 4 * UNIT_COLUMNS);
    _tile_stored(2, u->sums[TILE_SIDE], 4 * UNIT_COLUMNS);
    _tile_stored(3, u->sums[TILE_SIDE] + LANES, 4 * UNIT_COLUMNS);
    while (other->tile < other->tile_count) finish_more(other, elements);
}

/// The tiles of a unit from `row` on, the second of which may be empty.
KERNELS_INLINE void take_rows(gemm_unit *u, size_t row, size_t side) {
    const size_t rows = u->g->rows;
    for (size_t t = 0; t < UNIT_TILES; t++) {
        const size_t start = row + t * TILE_SIDE < rows ? row + t * TILE_SIDE : rows;
        const size_t end = rows - start < side ? rows : start + side;
        u->tiles[t] = (tile_rows){end - side, start, end};
    }
    u->tile_count = u->tiles[1].start < u->tiles[1].end ? 2 : 1;
    u->row = row;
    u->tile = 0;
}

KERNELS_INLINE void multiply_in_tiles(const kernels_narrow_gemm *g, size_t elements) {
    const int is_waiting = g->output == KERNELS_OUTPUT_GELU && elements == 4;
    const size_t width = block_width(g);
    const size_t side = g->rows < TILE_SIDE ? g->rows : TILE_SIDE;
    const size_t tall = is_waiting ? UNIT_ROWS : TALL_UNITS * UNIT_ROWS;
    const size_t groups = elements == 4 ? g->left.stride / g->right->group : 1;
    unit_sums sums[2];
    unit_sums results[TALL_UNITS];
    waiting_rows waiting[UNIT_TILES];
    gemm_unit units[2] = {{.tile_count = 0}, {.tile_count = 0}};
    size_t now = 0;
    for (size_t column = 0; column < g->right->columns; column += width) {
        for (size_t top = 0; top < g->rows; top += tall) {
            const size_t bottom = g->rows - top < tall ? g->rows : top + tall;
            for (size_t start = 0; start < width; start += UNIT_COLUMNS) {
                for (size_t group = 0; group < groups; group++) {
                    for (size_t row = top; row < bottom; row += UNIT_ROWS) {
                        gemm_unit *u = &units[now];
                        u->g = g;
                        take_rows(u, row, side);
                        u->column = column + start / KERNELS_PANEL_WIDTH * KERNELS_PANEL_WIDTH;
                        u->start = start % KERNELS_PANEL_WIDTH;
                        u->place = u->column - column;
                        u->group = group;
                        u->groups = groups;
                        u->sums = sums[now];
                        u->results = results[(row - top) / UNIT_ROWS];
                        u->waiting = waiting;
                        now = 1 - now;
                        sum_unit(u, &units[now], elements);
                    }
                }
            }
            if (!is_waiting) continue;
            gemm_unit *last = &units[1 - now];
            while (last->tile < last->tile_count) finish_more(last, elements);
            for (size_t t = 0; t < last->tile_count; t++) {
                const tile_rows *tile = &last->tiles[t];
                const size_t rows = tile->end - tile->start;
                finish_bytes(&waiting[t], &g->narrow_result, tile->start, column, rows, width);
            }
        }
    }
    gemm_unit *last = &units[1 - now];
    while (last->tile < last->tile_count) finish_more(last, elements);
}

static void gemm_narrow(const kernels_narrow_gemm *g) {
    if (g->rows == 0) return;
    take_tiles(g->rows < TILE_SIDE ? g->rows : TILE_SIDE);
    if (g->right->format == KERNELS_FORMAT_I8) {
        multiply_in_tiles(g, 4);
    } else {
        multiply_in_tiles(g, 2);
    }
    _tile_release();
}
