// Dot products, and the scan of many rows for one query.

/// Four sums of sixteen lanes, so that one addition need not wait for the last.
typedef struct {
    f32x16 part[4];
} sums64;

KERNELS_INLINE float fold(sums64 s) {
    return fold_sum((s.part[0] + s.part[2]) + (s.part[1] + s.part[3]));
}

/// The products' sums of each lane, as far as their order is free of it: `fold_sum` of them is the dot
/// product.
KERNELS_INLINE f32x16 lane_sums_f32(const float *a, const float *b, size_t count) {
    f32x16 sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            sums[p] = fma16(load(a + i + p * LANES), load(b + i + p * LANES), sums[p]);
        }
    }
    // Less than four vectors are left; each has a sum of its own.
    const size_t whole = (count - i) / LANES;
    const size_t rest = (count - i) % LANES;
    if (whole > 0) sums[0] = fma16(load(a + i), load(b + i), sums[0]);
    if (whole > 1) sums[1] = fma16(load(a + i + LANES), load(b + i + LANES), sums[1]);
    if (whole > 2) sums[2] = fma16(load(a + i + 2 * LANES), load(b + i + 2 * LANES), sums[2]);
    if (rest > 0) {
        i += whole * LANES;
        const f32x16 left = load_first(a + i, rest);
        const f32x16 right = load_first(b + i, rest);
        // An index that is no constant would put the sums into memory.
        if (whole == 0) sums[0] = fma16(left, right, sums[0]);
        if (whole == 1) sums[1] = fma16(left, right, sums[1]);
        if (whole == 2) sums[2] = fma16(left, right, sums[2]);
        if (whole == 3) sums[3] = fma16(left, right, sums[3]);
    }
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

KERNELS_INLINE float dot_f32_inline(const float *a, const float *b, size_t count) {
    return fold_sum(lane_sums_f32(a, b, count));
}

/// `fold_sum` of sixteen vectors at once: each step halves the lanes of two vectors and puts them side by
/// side.
KERNELS_INLINE f32x16 fold_sums(const f32x16 v[LANES]) {
    f32x16 eight[8], four[4], two[2];
    for (size_t i = 0; i < 8; i++) {
        const f32x16 a = v[2 * i], b = v[2 * i + 1];
        eight[i] =
            __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
            + __builtin_shufflevector(
                a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
            );
    }
    for (size_t i = 0; i < 4; i++) {
        const f32x16 a = eight[2 * i], b = eight[2 * i + 1];
        four[i] =
            __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
            + __builtin_shufflevector(
                a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
            );
    }
    for (size_t i = 0; i < 2; i++) {
        const f32x16 a = four[2 * i], b = four[2 * i + 1];
        two[i] =
            __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
            + __builtin_shufflevector(
                a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31
            );
    }
    const f32x16 a = two[0], b = two[1];
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
        + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/// The first `count` of sixteen bytes as floats; the other lanes are zero and not read.
KERNELS_INLINE f32x16 load_i8(const int8_t *source, size_t count) {
    i8x16 bytes = (i8x16)0;
    memcpy(&bytes, source, count);
    return __builtin_convertvector(bytes, f32x16);
}

KERNELS_INLINE float dot_f32_i8_inline(const float *a, const int8_t *b, size_t count) {
    sums64 s = {{splat(0), splat(0), splat(0), splat(0)}};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            f32x16 factors = load_i8(b + i + p * LANES, LANES);
            s.part[p] = fma16(load(a + i + p * LANES), factors, s.part[p]);
        }
    }
    for (size_t p = 0; i < count; p++, i += LANES) {
        const size_t rest = count - i < LANES ? count - i : LANES;
        s.part[p] = fma16(load_first(a + i, rest), load_i8(b + i, rest), s.part[p]);
    }
    return fold(s);
}

/// Sums of integers are exact in any order, so the compiler may choose the lanes.
KERNELS_INLINE int32_t dot_i8_inline(const int8_t *a, const int8_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (int32_t)a[i] * (int32_t)b[i];
    return sum;
}

static float dot_f32(const float *a, const float *b, size_t count) {
    return dot_f32_inline(a, b, count);
}

static float dot_f32_i8(const float *a, const int8_t *b, size_t count) {
    return dot_f32_i8_inline(a, b, count);
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t count) {
    return dot_i8_inline(a, b, count);
}

static void scan_f32(
    const float *query,
    const float *rows,
    size_t row_count,
    size_t width,
    float *products
) {
    size_t r = 0;
    for (; r + LANES <= row_count; r += LANES) {
        f32x16 lanes[LANES];
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = lane_sums_f32(query, rows + (r + i) * width, width);
        }
        store(products + r, fold_sums(lanes));
    }
    for (; r < row_count; r++) products[r] = dot_f32_inline(query, rows + r * width, width);
}

static void scan_f32_i8(
    const float *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    float *products
) {
    for (size_t r = 0; r < row_count; r++) {
        products[r] = dot_f32_i8_inline(query, rows + r * width, width);
    }
}

static void scan_i8(
    const int8_t *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    int32_t *products
) {
    for (size_t r = 0; r < row_count; r++) {
        products[r] = dot_i8_inline(query, rows + r * width, width);
    }
}

/// The sums of some vectors of `direction_f32`, which are stored, and their squares.
KERNELS_INLINE f32x16 direction_sum(
    const float *vector, const float *addends, f32x16 scale, float *direction, f32x16 squares
) {
    const f32x16 sum = fma16(scale, load(addends), load(vector));
    store(direction, sum);
    return fma16(sum, sum, squares);
}

static void direction_f32(
    const float *vector, const float *addends, float scale, float *direction, size_t count
) {
    const f32x16 factor = splat(scale);
    f32x16 squares[4] = {splat(0), splat(0), splat(0), splat(0)};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            const size_t at = i + p * LANES;
            squares[p] =
                direction_sum(vector + at, addends + at, factor, direction + at, squares[p]);
        }
    }
    // Each of the rest has a sum of its own, as in `lane_sums_f32`.
#define REST(p)                                                                                    \
    if (count - i >= LANES) {                                                                      \
        squares[p] = direction_sum(vector + i, addends + i, factor, direction + i, squares[p]);    \
        i += LANES;                                                                                \
    } else if (i < count) {                                                                        \
        const size_t rest = count - i;                                                             \
        const f32x16 sum =                                                                         \
            fma16(factor, load_first(addends + i, rest), load_first(vector + i, rest));            \
        store_first(direction + i, sum, rest);                                                     \
        squares[p] = fma16(sum, sum, squares[p]);                                                  \
        i = count;                                                                                 \
    }
    REST(0)
    REST(1)
    REST(2)
    REST(3)
#undef REST
    const float sum = fold_sum((squares[0] + squares[2]) + (squares[1] + squares[3]));
    if (!(sum > 1e-24f)) {
        memset(direction, 0, count * sizeof(float));
        return;
    }
    const float length = 1 / __builtin_sqrtf(sum);
    for (i = 0; i + LANES <= count; i += LANES) {
        store(direction + i, splat(length) * load(direction + i));
    }
    for (; i < count; i++) direction[i] *= length;
}
