// Products of rows that lie in blocks. Each has the bits that `dot_f32` gives for the row as
// `dequantize` makes it, so that a token's result does not depend on how many are read together.

/// The values of sixteen halves.
KERNELS_INLINE f32x16 half_lanes(const uint8_t *source) {
    u16x16 halves;
    memcpy(&halves, source, sizeof halves);
    const u32x16 bits = __builtin_convertvector(halves, u32x16);
    const u32x16 sign = (bits & 0x8000) << 16;
    const u32x16 magnitude = (bits & 0x7FFF) << 13;
    const u32x16 scaled = (u32x16)((f32x16)magnitude * splat(0x1p112f));
    const u32x16 special = magnitude | 0x7F800000;
    return (f32x16)(sign | ((bits & 0x7C00) == 0x7C00 ? special : scaled));
}

/// Where the block of element `index` lies in a row of one of the formats of `block_lanes`.
KERNELS_INLINE size_t block_offset(kernels_block_format format, size_t index) {
    switch (format) {
    case KERNELS_BLOCK_F32: return 4 * index;
    case KERNELS_BLOCK_Q8_0: return index / 32 * 34;
    case KERNELS_BLOCK_Q4_0: return index / 32 * 18;
    default: return 2 * index;
    }
}

/// Elements from `index`, a multiple of 16, to `index` + 15 of a row, as `dequantize` makes them.
///
/// The format, of F32, F16, BF16, Q8_0 and Q4_0, is constant where this is inlined.
KERNELS_INLINE f32x16 block_lanes(kernels_block_format format, const uint8_t *row, size_t index) {
    const uint8_t *block = row + block_offset(format, index);
    const size_t half = index / 16 % 2;
    u16x16 halves;
    u8x16 bytes;
    switch (format) {
    case KERNELS_BLOCK_F32: return load((const float *)(const void *)block);
    case KERNELS_BLOCK_F16: return half_lanes(block);
    case KERNELS_BLOCK_BF16:
        memcpy(&halves, block, sizeof halves);
        return (f32x16)(__builtin_convertvector(halves, u32x16) << 16);
    case KERNELS_BLOCK_Q8_0:
        return splat(read_half(block)) * load_i8((const int8_t *)block + 2 + 16 * half, LANES);
    default:
        memcpy(&bytes, block + 2, sizeof bytes);
        bytes = half ? bytes >> 4 : bytes & 15;
        return splat(read_half(block)) * (__builtin_convertvector(bytes, f32x16) - splat(8));
    }
}

/// How far ahead of a row memory is asked for: the processor itself stops at the end of a page.
#define BLOCK_BYTES_AHEAD 4096

/// The dot product with a row of one of the formats of `block_lanes`.
KERNELS_INLINE float dot_lanes(
    kernels_block_format format,
    const uint8_t *row,
    const float *input,
    size_t width
) {
    sums64 s = {{splat(0), splat(0), splat(0), splat(0)}};
    size_t i = 0;
    for (; i + 4 * LANES <= width; i += 4 * LANES) {
        __builtin_prefetch(row + block_offset(format, i) + BLOCK_BYTES_AHEAD);
        for (size_t p = 0; p < 4; p++) {
            const f32x16 x = load(input + i + p * LANES);
            s.part[p] = fma16(block_lanes(format, row, i + p * LANES), x, s.part[p]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t p = 0; p < 4; p++) {
        if (i + p * LANES >= width) break;
        const f32x16 x = load(input + i + p * LANES);
        s.part[p] = fma16(block_lanes(format, row, i + p * LANES), x, s.part[p]);
    }
    return fold(s);
}

static float dot_block_row(
    const kernels_block_product *product,
    const uint8_t *row,
    const float *input
) {
    const size_t width = product->width;
    if (width % LANES == 0) {
        switch (product->format) {
        case KERNELS_BLOCK_F32: return dot_lanes(KERNELS_BLOCK_F32, row, input, width);
        case KERNELS_BLOCK_F16: return dot_lanes(KERNELS_BLOCK_F16, row, input, width);
        case KERNELS_BLOCK_BF16: return dot_lanes(KERNELS_BLOCK_BF16, row, input, width);
        case KERNELS_BLOCK_Q8_0: return dot_lanes(KERNELS_BLOCK_Q8_0, row, input, width);
        case KERNELS_BLOCK_Q4_0: return dot_lanes(KERNELS_BLOCK_Q4_0, row, input, width);
        default: break;
        }
    }
    dequantize(product->format, row, width, product->scratch);
    return dot_f32_inline(product->scratch, input, width);
}

KERNELS_INLINE void put_product(
    const kernels_block_product *product,
    size_t row,
    size_t input,
    float sum
) {
    float *place = product->result + input * product->result_stride + row;
    if (product->bias) sum += product->bias[row];
    *place = product->is_added ? *place + sum : sum;
}

/// `rows` × `inputs` products, both constant; the rows are in the scratch.
KERNELS_INLINE void dot_tile(
    const kernels_block_product *product,
    size_t first_row,
    size_t first_input,
    size_t rows,
    size_t inputs
) {
    const size_t width = product->width;
    const float *left = product->scratch;
    const float *right = product->inputs + first_input * width;
    sums64 s[DOT_TILE_ROWS][DOT_TILE_INPUTS];
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < inputs; c++) {
            for (size_t p = 0; p < 4; p++) s[r][c].part[p] = splat(0);
        }
    }
    size_t i = 0;
    for (; i + 4 * LANES <= width; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            f32x16 x[DOT_TILE_INPUTS];
            for (size_t c = 0; c < inputs; c++) x[c] = load(right + c * width + i + p * LANES);
            for (size_t r = 0; r < rows; r++) {
                const f32x16 w = load(left + r * width + i + p * LANES);
                for (size_t c = 0; c < inputs; c++) {
                    s[r][c].part[p] = fma16(w, x[c], s[r][c].part[p]);
                }
            }
        }
    }
    // Unrolled, so that the sums are indexed by constants and stay in registers.
#pragma clang loop unroll(full)
    for (size_t p = 0; p < 4; p++) {
        const size_t start = i + p * LANES;
        const size_t rest = start >= width ? 0 : width - start < LANES ? width - start : LANES;
        for (size_t r = 0; rest > 0 && r < rows; r++) {
            const f32x16 w = load_first(left + r * width + start, rest);
            for (size_t c = 0; c < inputs; c++) {
                const f32x16 x = load_first(right + c * width + start, rest);
                s[r][c].part[p] = fma16(w, x, s[r][c].part[p]);
            }
        }
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < inputs; c++) {
            put_product(product, first_row + r, first_input + c, fold(s[r][c]));
        }
    }
}

static void multiply_blocks(const kernels_block_product *product) {
    const uint8_t *rows = product->rows;
    if (product->input_count == 1) {
        for (size_t r = 0; r < product->row_count; r++) {
            const float sum =
                dot_block_row(product, rows + r * product->row_bytes, product->inputs);
            put_product(product, r, 0, sum);
        }
        return;
    }
    for (size_t r = 0; r < product->row_count; r += DOT_TILE_ROWS) {
        const size_t rest = product->row_count - r;
        const size_t count = rest < DOT_TILE_ROWS ? rest : DOT_TILE_ROWS;
        for (size_t i = 0; i < count; i++) {
            dequantize(
                product->format,
                rows + (r + i) * product->row_bytes,
                product->width,
                product->scratch + i * product->width
            );
        }
        size_t c = 0;
        if (count == DOT_TILE_ROWS) {
            for (; c + DOT_TILE_INPUTS <= product->input_count; c += DOT_TILE_INPUTS) {
                dot_tile(product, r, c, DOT_TILE_ROWS, DOT_TILE_INPUTS);
            }
            for (; c < product->input_count; c++) dot_tile(product, r, c, DOT_TILE_ROWS, 1);
        } else {
            for (; c < product->input_count; c++) dot_tile(product, r, c, 1, 1);
        }
    }
}
