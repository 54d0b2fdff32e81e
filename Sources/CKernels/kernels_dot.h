// Dot products, and the scan of many rows for one query.

/// Four sums of sixteen lanes, so that one addition need not wait for the last.
typedef struct {
    f32x16 part[4];
} sums64;

KERNELS_INLINE float fold(sums64 s) {
    return fold_sum((s.part[0] + s.part[2]) + (s.part[1] + s.part[3]));
}

KERNELS_INLINE float dot_f32_inline(const float *a, const float *b, size_t count) {
    sums64 s = {{splat(0), splat(0), splat(0), splat(0)}};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            s.part[p] = fma16(load(a + i + p * LANES), load(b + i + p * LANES), s.part[p]);
        }
    }
    for (size_t p = 0; i < count; p++, i += LANES) {
        const size_t rest = count - i < LANES ? count - i : LANES;
        s.part[p] = fma16(load_first(a + i, rest), load_first(b + i, rest), s.part[p]);
    }
    return fold(s);
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
    for (size_t r = 0; r < row_count; r++) {
        products[r] = dot_f32_inline(query, rows + r * width, width);
    }
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
