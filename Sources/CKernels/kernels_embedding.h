// Sums of a row of a table and another row: embeddings, and what a linear layer makes of them.

/// Sums `count` rows from `first` on and normalizes them; `count` is a constant where it is used.
KERNELS_INLINE void embed_rows(const kernels_embedding *e, size_t first, size_t count) {
    const size_t width = e->width;
    float *rows = e->result + first * width;
    for (size_t r = 0; r < count; r++) {
        const float *vector = e->table + (size_t)e->places[first + r] * width;
        const float *addends = e->addends + (first + r) * width;
        size_t i = 0;
        for (; i + LANES <= width; i += LANES) {
            store(rows + r * width + i, load(vector + i) + load(addends + i));
        }
        if (i < width) {
            const f32x16 sum =
                load_first(vector + i, width - i) + load_first(addends + i, width - i);
            store_first(rows + r * width + i, sum, width - i);
        }
    }
    f32x16 factors[LAYER_NORM_ROWS];
    layer_norm_rows(rows, count, width, e->gain, e->bias, e->epsilon, factors);
    for (size_t r = 0; r < count; r++) e->factors[first + r] = factors[r][0];
}

static void embed_f32(const kernels_embedding *e) {
    size_t r = 0;
    for (; r + LAYER_NORM_ROWS <= e->rows; r += LAYER_NORM_ROWS) embed_rows(e, r, LAYER_NORM_ROWS);
    for (; r < e->rows; r++) embed_rows(e, r, 1);
}

/// The projection's elements from `i` on of row `r`, of which the table has `part`.
KERNELS_INLINE f32x16 projected(const kernels_projection *p, size_t r, size_t i, f32x16 part) {
    const f32x16 sum = part + load(p->addends + r * p->width + i);
    return fma16(sum, splat(p->factors[r]), load(p->bias + i));
}

static void project_f32(const kernels_projection *p) {
    for (size_t r = 0; r < p->rows; r++) {
        const float *parts = (const float *)p->table + (size_t)p->places[r] * p->stride;
        float *result = (float *)p->result + r * p->stride;
        for (size_t i = 0; i < p->width; i += LANES) {
            store(result + i, projected(p, r, i, load(parts + i)));
        }
    }
}

static void project_bf16(const kernels_projection *p) {
    for (size_t r = 0; r < p->rows; r++) {
        const half_element *parts =
            (const half_element *)p->table + (size_t)p->places[r] * p->stride;
        half_element *result = (half_element *)p->result + r * p->stride;
        for (size_t i = 0; i < p->width; i += LANES) {
            halves16 halves;
            memcpy(&halves, parts + i, sizeof halves);
            store_halves(result + i, projected(p, r, i, floats_of(halves)));
        }
    }
}
