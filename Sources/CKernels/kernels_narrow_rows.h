// Rows in narrow formats: rounding to them, packing weights into them.

/// Adding it leaves the nearest integer, ties to even, in the low bits of the sum.
#define NEAREST_INTEGER 12582912.0f

KERNELS_INLINE i32x16 load_i32(const void *source) {
    i32x16 lanes;
    memcpy(&lanes, source, sizeof lanes);
    return lanes;
}

KERNELS_INLINE int32_t load_scalar_i32(const void *source) {
    int32_t value;
    memcpy(&value, source, sizeof value);
    return value;
}

KERNELS_INLINE f32x16 larger(f32x16 a, f32x16 b) { return a > b ? a : b; }
KERNELS_INLINE f32x16 smaller(f32x16 a, f32x16 b) { return a < b ? a : b; }

/// The larger where one is not below zero, and a negative float where both are: compared as
/// integers, for which processors have more units than for floats.
KERNELS_INLINE f32x16 larger_positive(f32x16 a, f32x16 b) {
    return (f32x16)__builtin_elementwise_max((i32x16)a, (i32x16)b);
}

/// The nearest to x from −`limit` to `limit`, compared as integers too: without a sign those of
/// negative floats are the largest, the more so the lower the float.
KERNELS_INLINE f32x16 clamped(f32x16 x, float limit) {
    const i32x16 below = __builtin_elementwise_min((i32x16)x, (i32x16)splat(limit));
    return (f32x16)__builtin_elementwise_min((u32x16)below, (u32x16)splat(-limit));
}

KERNELS_INLINE size_t padded(size_t count) {
    return (count + KERNELS_PANEL_WIDTH - 1) / KERNELS_PANEL_WIDTH * KERNELS_PANEL_WIDTH;
}

KERNELS_INLINE void store_halves(half_element *target, f32x16 values) {
    const halves16 halves = nearest_halves(values);
    memcpy(target, &halves, sizeof halves);
}

KERNELS_INLINE void store_halves_first(half_element *target, f32x16 values, size_t count) {
    const halves16 halves = nearest_halves(values);
    memcpy(target, &halves, count * sizeof(half_element));
}

/// Sixteen bytes, the nearest to (x − offset) · factor.
KERNELS_INLINE void store_bytes(uint8_t *target, f32x16 x, f32x16 offset, f32x16 factor) {
    const f32x16 shifted = fma16(x - offset, factor, splat(NEAREST_INTEGER));
    const u8x16 bytes = __builtin_convertvector((u32x16)shifted & 255, u8x16);
    memcpy(target, &bytes, sizeof bytes);
}

/// Φ(x) = 1/2 + x · P(x²) with P by minimax up to 4, so that x · Φ(x) is within 0.0002; zero from −4
/// down.
KERNELS_INLINE f32x16 normal_coarse(f32x16 x) {
    const f32x16 t = clamped(x, 4.0f);
    const f32x16 s = t * t;
    f32x16 p = splat(2.258666143e-8f);
    p = fma16(p, s, splat(-1.588740702e-6f));
    p = fma16(p, s, splat(4.776200149e-5f));
    p = fma16(p, s, splat(-8.121672436e-4f));
    p = fma16(p, s, splat(8.763581514e-3f));
    p = fma16(p, s, splat(-6.455414495e-2f));
    p = fma16(p, s, splat(3.978700340e-1f));
    return fma16(t, p, splat(0.5f));
}

KERNELS_INLINE f32x16 gelu_coarse(f32x16 x) { return x * normal_coarse(x); }

/// A row of `width` floats as bytes with one scale.
static void row_to_bytes(const float *row, size_t width, const kernels_narrow_rows *to, size_t r) {
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    f32x16 low = splat(row[0]);
    f32x16 high = low;
    for (size_t i = 0; i < whole; i += LANES) {
        const f32x16 x = load(row + i);
        low = smaller(x, low);
        high = larger(x, high);
    }
    for (size_t i = whole; i < width; i++) {
        low = smaller(splat(row[i]), low);
        high = larger(splat(row[i]), high);
    }
    const float lowest = -fold_max(-low);
    const float range = fold_max(high) - lowest;
    const f32x16 offset = splat(lowest);
    const f32x16 factor = splat(range > 0 ? 255.0f / range : 0);
    uint8_t *bytes = (uint8_t *)to->elements + r * to->stride;
    for (size_t i = 0; i < whole; i += LANES) store_bytes(bytes + i, load(row + i), offset, factor);
    if (rest > 0) store_bytes(bytes + whole, load_first(row + whole, rest), offset, factor);
    to->scales[r] = range * (1.0f / 255.0f);
    to->offsets[r] = lowest;
}

/// The same floats, with zero for each that is not finite.
KERNELS_INLINE f32x16 finite16(f32x16 x) {
    return __builtin_elementwise_abs(x) < splat(__builtin_inff()) ? x : splat(0);
}

static void quantize_rows(
    const float *rows,
    size_t row_count,
    size_t width,
    int8_t *bytes,
    float *scales
) {
    const size_t whole = width / LANES * LANES;
    const size_t rest = width - whole;
    for (size_t r = 0; r < row_count; r++) {
        const float *row = rows + r * width;
        f32x16 largest = splat(0);
        for (size_t i = 0; i < whole; i += LANES) {
            largest = larger(__builtin_elementwise_abs(finite16(load(row + i))), largest);
        }
        if (rest > 0) {
            const f32x16 last = finite16(load_first(row + whole, rest));
            largest = larger(__builtin_elementwise_abs(last), largest);
        }
        const float top = fold_max(largest);
        // Of a row without length, and of one so short that its factor is infinite, nothing is kept.
        const float factor = 127.0f / top;
        const int is_kept = factor < __builtin_inff();
        const f32x16 factors = splat(is_kept ? factor : 0);
        int8_t *to = bytes + r * width;
        for (size_t i = 0; i < width; i += LANES) {
            const size_t count = width - i < LANES ? width - i : LANES;
            const f32x16 x = finite16(count < LANES ? load_first(row + i, count) : load(row + i));
            const f32x16 shifted = x * factors + splat(NEAREST_INTEGER);
            const u8x16 rounded = __builtin_convertvector((u32x16)shifted & 255, u8x16);
            memcpy(to + i, &rounded, count);
        }
        scales[r] = is_kept ? top / 127.0f : 0;
    }
}

static void row_to_halves(const float *row, size_t width, const kernels_narrow_rows *to, size_t r) {
    half_element *halves = (half_element *)to->elements + r * to->stride;
    size_t i = 0;
    for (; i + LANES <= width; i += LANES) store_halves(halves + i, load(row + i));
    if (i < width) store_halves(halves + i, load_first(row + i, width - i));
    for (i = (width + LANES - 1) / LANES * LANES; i < to->stride; i++) halves[i] = 0;
}

/// Sixteen bytes as floats.
KERNELS_INLINE f32x16 load_u8(const uint8_t *source) {
    u8x16 bytes;
    memcpy(&bytes, source, sizeof bytes);
    return __builtin_convertvector(bytes, f32x16);
}

/// `vectors` vectors of the sums, a constant where it is used, but for the rows' offsets.
KERNELS_INLINE void add_byte_vectors(
    f32x16 *sums,
    const kernels_narrow_rows *rows,
    const float *scales,
    size_t row_count,
    size_t first,
    size_t vectors
) {
    const size_t groups = rows->stride / rows->group;
    const float *group_scales = rows->scales + first / rows->group;
    const uint8_t *bytes = (const uint8_t *)rows->elements + first;
    for (size_t r = 0; r < row_count; r++) {
        const f32x16 factor = splat(scales[r] * group_scales[r * groups]);
        for (size_t v = 0; v < vectors; v++) {
            sums[v] = fma16(factor, load_u8(bytes + r * rows->stride + v * LANES), sums[v]);
        }
    }
}

/// Vectors of a panel, whose elements are of one group.
#define PANEL_VECTORS (KERNELS_PANEL_WIDTH / LANES)

static void add_scaled_bytes(
    float *values,
    const kernels_narrow_rows *rows,
    const float *scales,
    size_t row_count,
    size_t width
) {
    float offset = 0;
    for (size_t r = 0; r < row_count; r++) offset += scales[r] * rows->offsets[r];
    for (size_t first = 0; first < width; first += KERNELS_PANEL_WIDTH) {
        f32x16 sums[PANEL_VECTORS];
        for (size_t v = 0; v < PANEL_VECTORS; v++) {
            const size_t i = first + v * LANES;
            const size_t rest = i < width ? width - i : 0;
            sums[v] = rest < LANES ? load_first(values + i, rest) : load(values + i);
        }
        add_byte_vectors(sums, rows, scales, row_count, first, PANEL_VECTORS);
        for (size_t v = 0; v < PANEL_VECTORS && first + v * LANES < width; v++) {
            const size_t i = first + v * LANES;
            const f32x16 sum = sums[v] + splat(offset);
            if (width - i < LANES) {
                store_first(values + i, sum, width - i);
            } else {
                store(values + i, sum);
            }
        }
    }
}

static void narrow_f32(
    const float *rows,
    size_t row_count,
    size_t width,
    const kernels_narrow_rows *result
) {
    for (size_t r = 0; r < row_count; r++) {
        if (result->format == KERNELS_FORMAT_I8) {
            row_to_bytes(rows + r * width, width, result, r);
        } else {
            row_to_halves(rows + r * width, width, result, r);
        }
    }
}

static void layer_norm_narrow(
    float *rows,
    size_t row_count,
    size_t width,
    const float *gain,
    const float *bias,
    float epsilon,
    const kernels_narrow_rows *result
) {
    kernels_narrow_rows some = *result;
    const size_t size = result->format == KERNELS_FORMAT_I8 ? 1 : sizeof(half_element);
    // A few rows at a time, so that they are still in the first-level cache.
    for (size_t r = 0; r < row_count; r += LAYER_NORM_ROWS) {
        const size_t left = row_count - r;
        const size_t count = left < LAYER_NORM_ROWS ? left : LAYER_NORM_ROWS;
        layer_norm_f32(rows + r * width, count, width, gain, bias, epsilon);
        some.elements = (char *)result->elements + r * result->stride * size;
        some.scales = result->scales + r;
        some.offsets = result->offsets + r;
        narrow_f32(rows + r * width, count, width, &some);
    }
}
