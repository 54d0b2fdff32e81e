// Products of a query with rows of 4-bit codes, and the search among products.

/// Bytes of a plane that hold sixteen dimensions of sixteen rows.
#define CODE_STEP 64
/// How far ahead of a plane that is read from end to end memory is asked for.
#define CODE_AHEAD 4096

/// Steps whose products with a query's bytes fit 16 bits together: at most 4 · 2 · 2 · 12 · 127.
#define CODE_STEPS_TOGETHER 4

/// Adds the products of one step, those of dimensions 4j to 4j + 3 to `sums[j % 2]`. Of odd j they count four
/// times what they are, since their bits are not shifted to the lowest place.
KERNELS_INLINE void add_code_step(code_sums sums[2], const uint8_t *plane, const int8_t *query) {
    const i32x16 bits = load_i32(plane);
    for (size_t j = 0; j < 4; j++) {
        const i32x16 pair = j < 2 ? bits : (i32x16)((u32x16)bits >> 4);
        const i32x16 four = (i32x16)0 + load_scalar_i32(query + 4 * j);
        sums[j % 2] = add_codes(sums[j % 2], pair & (j % 2 ? 0x0C0C0C0C : 0x03030303), four);
    }
}

KERNELS_INLINE i32x16 sum_code_plane(
    const uint8_t *plane,
    const int8_t *query,
    size_t step_count,
    const uint8_t *ahead
) {
    i32x16 once = (i32x16)0;
    i32x16 fourfold = (i32x16)0;
    for (size_t start = 0; start < step_count; start += CODE_STEPS_TOGETHER) {
        const size_t end = start + CODE_STEPS_TOGETHER;
        code_sums sums[2] = {no_codes(), no_codes()};
        for (size_t s = start; s < (end < step_count ? end : step_count); s++) {
            __builtin_prefetch(ahead + s * CODE_STEP);
            add_code_step(sums, plane + s * CODE_STEP, query + s * LANES);
        }
        once += fold_codes(sums[0]);
        fourfold += fold_codes(sums[1]);
    }
    return once + (fourfold >> 2);
}

static void scan_codes(const kernels_code_scan *scan) {
    const size_t step_count = scan->width / LANES;
    const size_t lower_size = step_count * CODE_STEP;
    const size_t upper_size = KERNELS_CODE_SCALES_SIZE + lower_size;
    const int32_t offset = (scan->lower ? 15 : 12) * scan->query_sum;
    const f32x16 factor = splat(scan->scale * 0.5f);
    for (size_t t = 0; t < scan->tile_count; t++) {
        const uint8_t *tile = scan->upper + t * upper_size;
        const uint8_t *upper = tile + KERNELS_CODE_SCALES_SIZE;
        const uint8_t *ahead = scan->next ? scan->next + t * upper_size : upper + CODE_AHEAD;
        i32x16 sum = 8 * sum_code_plane(upper, scan->query, step_count, ahead);
        __builtin_prefetch(ahead + lower_size);
        if (scan->lower) {
            const uint8_t *lower = scan->lower + t * lower_size;
            sum += 2 * sum_code_plane(lower, scan->query, step_count, lower + CODE_AHEAD);
        }
        const f32x16 product = __builtin_convertvector(sum - offset, f32x16) * factor;
        store(scan->products + t * LANES, product * load((const float *)(const void *)tile));
    }
}

/// Sums in eight lanes of doubles, so that they are the same in every variant.
static void moments_f32(const float *values, size_t count, double *sum, double *squares) {
    typedef double f64x8 __attribute__((ext_vector_type(8)));
    f64x8 sums = (f64x8)0.0;
    f64x8 products = (f64x8)0.0;
    f32x8 lanes;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        memcpy(&lanes, values + i, sizeof lanes);
        const f64x8 wide = __builtin_convertvector(lanes, f64x8);
        sums += wide;
        products += wide * wide;
    }
    if (i < count) {
        lanes = (f32x8)0.0f;
        memcpy(&lanes, values + i, (count - i) * sizeof(float));
        const f64x8 wide = __builtin_convertvector(lanes, f64x8);
        sums += wide;
        products += wide * wide;
    }
    *sum += ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    *squares += ((products[0] + products[4]) + (products[2] + products[6]))
        + ((products[1] + products[5]) + (products[3] + products[7]));
}

static size_t above_f32(const float *values, size_t count, float threshold, uint32_t *indices) {
    size_t found = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        uint32_t lanes = lanes_above(load(values + i), splat(threshold));
        for (; lanes; lanes &= lanes - 1) indices[found++] = (uint32_t)(i + __builtin_ctz(lanes));
    }
    for (; i < count; i++) {
        indices[found] = (uint32_t)i;
        found += values[i] > threshold;
    }
    return found;
}

static size_t largest_f32(const float *values, size_t count) {
    // How large first, then where: a search that notes where would be led astray by each larger one.
    float largest = values[0];
    size_t i = 0;
    if (count >= LANES) {
        f32x16 lanes = load(values);
        for (i = LANES; i + LANES <= count; i += LANES) {
            const f32x16 next = load(values + i);
            lanes = next > lanes ? next : lanes;
        }
        largest = fold_max(lanes);
    }
    for (; i < count; i++) largest = values[i] > largest ? values[i] : largest;
    for (i = 0; i + LANES <= count; i += LANES) {
        const uint32_t others = lanes_above(splat(largest), load(values + i));
        if (others != 0xFFFF) return i + (size_t)__builtin_ctz(~others);
    }
    while (i < count && values[i] != largest) i++;
    return i < count ? i : 0;
}
