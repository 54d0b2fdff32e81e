// Products of packed blocks with activations in bytes: sixteen rows a vector, a row a lane.
//
// For each 32 elements a sum of whole numbers, which is exact, times the row's scale times the
// input's, added fused in the order of the elements. So results have the same bits in every variant
// and in tiles of any size.

/// How far ahead memory is asked for, in a panel's elements and in their heads: the processor itself
/// stops at the end of a page.
#define PANEL_BYTES_AHEAD 4096
#define HEAD_BYTES_AHEAD 512

/// Inputs that are few.
#define FEW_INPUTS 4

/// Asks for `size` bytes of elements, a multiple of 64, and for a head, if they come from memory: all
/// inputs but the first ones find them in a cache.
KERNELS_INLINE void fetch_ahead(
    int is_first,
    const uint8_t *elements,
    size_t size,
    const void *head
) {
    if (!is_first) return;
#pragma clang loop unroll(full)
    for (size_t i = 0; i < size; i += 64) __builtin_prefetch(elements + PANEL_BYTES_AHEAD + i);
    if (head) __builtin_prefetch((const uint8_t *)head + HEAD_BYTES_AHEAD);
}

/// What 32 elements of sixteen rows are.
typedef struct {
    /// [8, 16, 4] elements 4j to 4j + 3 of the sixteen rows, not negative.
    const uint8_t *words;
    /// What one of elements 0 to 15 and 16 to 31 is worth.
    f32x16 scales[2];
    /// What is added to every element, where the format has such.
    f32x16 least;
} block_rows;

/// How a format has its elements.
typedef struct {
    /// The bits of an element.
    int bits;
    /// Whether half of an element's range is taken from every element; otherwise there is a least one.
    int is_centered;
    /// Whether sixteen elements share a scale, not 32.
    int is_halved;
} block_kind;

KERNELS_INLINE block_kind kind_of(kernels_block_format format) {
    switch (format) {
    case KERNELS_BLOCK_Q8_0: return (block_kind){.bits = 8, .is_centered = 1};
    case KERNELS_BLOCK_Q4_0: return (block_kind){.bits = 4, .is_centered = 1};
    case KERNELS_BLOCK_Q5_0: return (block_kind){.bits = 5, .is_centered = 1};
    case KERNELS_BLOCK_Q6_K: return (block_kind){.bits = 6, .is_centered = 1, .is_halved = 1};
    case KERNELS_BLOCK_Q5_1:
    case KERNELS_BLOCK_Q5_K: return (block_kind){.bits = 5};
    default: return (block_kind){.bits = 4};
    }
}

KERNELS_INLINE float get_f32(const uint8_t *source) {
    float value;
    memcpy(&value, source, sizeof value);
    return value;
}

/// Minus what is taken from the elements of sixteen rows, times an input's bytes.
KERNELS_INLINE i32x16 first_sums(const uint8_t *counts, block_kind kind) {
    if (!kind.is_centered) return (i32x16)0;
    return ((i32x16)0 + load_scalar_i32(counts)) << (kind.bits - 1);
}

#include VARIANT_WORDS

// MARK: Blocks of 32

/// Words of a packed block's elements and of its fifth bits.
KERNELS_INLINE size_t small_block_words(kernels_block_format format) {
    switch (format) {
    case KERNELS_BLOCK_Q8_0: return 8;
    case KERNELS_BLOCK_Q5_0:
    case KERNELS_BLOCK_Q5_1: return 5;
    default: return 4;
    }
}

KERNELS_INLINE void read_small_block(
    kernels_block_format format,
    const uint8_t *words,
    const uint16_t *halves,
    i32x16 unpacked[8],
    block_rows *rows
) {
    rows->scales[0] = widen_halves(halves);
    if (!kind_of(format).is_centered) rows->least = widen_halves(halves + LANES);
    rows->words = (const uint8_t *)unpacked;
    if (format == KERNELS_BLOCK_Q8_0) {
        // They lie as they are needed.
        rows->words = words;
        return;
    }
    const int has_fifth = format == KERNELS_BLOCK_Q5_0 || format == KERNELS_BLOCK_Q5_1;
    const u32x16 fifth = has_fifth ? (u32x16)load_i32(words + 256) : (u32x16)0;
#pragma clang loop unroll(full)
    for (uint32_t j = 0; j < 4; j++) {
        const u32x16 word = (u32x16)load_i32(words + 64 * j);
        u32x16 low = word & 0x0F0F0F0F;
        u32x16 high = word >> 4 & 0x0F0F0F0F;
        if (has_fifth) {
            low |= (fifth >> j & 0x01010101) << 4;
            high |= (fifth >> (j + 4) & 0x01010101) << 4;
        }
        unpacked[j] = (i32x16)low;
        unpacked[j + 4] = (i32x16)high;
    }
}

KERNELS_INLINE void add_small_blocks(
    kernels_block_format format,
    const uint8_t *panel,
    size_t width,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    int is_first,
    f32x16 *sums
) {
    const block_kind kind = kind_of(format);
    const size_t size = 64 * small_block_words(format);
    const size_t half_count = LANES * (kind.is_centered ? 1 : 2);
    const size_t block_count = width / BLOCK_LENGTH;
    const uint16_t *halves = (const uint16_t *)(const void *)(panel + block_count * size);
    for (size_t b = 0; b < block_count; b++) {
        fetch_ahead(is_first, panel, size, halves);
        i32x16 unpacked[8];
        block_rows rows;
        read_small_block(format, panel, halves, unpacked, &rows);
        add_block(&rows, kind, inputs, tile, first, count, sums);
        panel += size;
        halves += half_count;
        inputs += tile * KERNELS_BYTE_BLOCK_SIZE;
    }
}

// MARK: Blocks of 256

/// Scales and leasts of the eight parts of sixteen rows: 16 scales, 16 scales of leasts in halves,
/// three words a row, whose bits `unpack_part` tells.
KERNELS_INLINE void read_parts(const uint8_t *head, f32x16 scales[8], f32x16 leasts[8]) {
    const uint16_t *halves = (const uint16_t *)(const void *)head;
    const f32x16 scale = widen_halves(halves);
    const f32x16 least = -widen_halves(halves + LANES);
    const u32x16 a = (u32x16)load_i32(head + 64);
    const u32x16 b = (u32x16)load_i32(head + 128);
    const u32x16 c = (u32x16)load_i32(head + 192);
#pragma clang loop unroll(full)
    for (uint32_t p = 0; p < 4; p++) {
        const uint32_t at = 8 * p;
        scales[p] = scale * __builtin_convertvector((i32x16)(a >> at & 63), f32x16);
        leasts[p] = least * __builtin_convertvector((i32x16)(b >> at & 63), f32x16);
        const u32x16 upper = (c >> at & 15) | (a >> (at + 6) & 3) << 4;
        const u32x16 upper_least = (c >> (at + 4) & 15) | (b >> (at + 6) & 3) << 4;
        scales[p + 4] = scale * __builtin_convertvector((i32x16)upper, f32x16);
        leasts[p + 4] = least * __builtin_convertvector((i32x16)upper_least, f32x16);
    }
}

/// Q4_K and Q5_K.
KERNELS_INLINE void add_paired_blocks(
    kernels_block_format format,
    const uint8_t *panel,
    size_t width,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    int is_first,
    f32x16 *sums
) {
    const block_kind kind = kind_of(format);
    const int has_fifth = format == KERNELS_BLOCK_Q5_K;
    const size_t size = has_fifth ? 64 * 40 : 64 * 32;
    const size_t block_count = width / 256;
    const uint8_t *head = panel + block_count * size;
    for (size_t b = 0; b < block_count; b++, panel += size, head += 256) {
        f32x16 scales[8], leasts[8];
        read_parts(head, scales, leasts);
        const uint8_t *fifths = panel + 64 * 32;
        for (uint32_t pair = 0; pair < 4; pair++) {
            const uint8_t *words = panel + 512 * pair;
            fetch_ahead(is_first, panel + size / 4 * pair, size / 4, head + 64 * pair);
#pragma clang loop unroll(full)
            for (uint32_t upper = 0; upper < 2; upper++) {
                const uint32_t part = 2 * pair + upper;
                i32x16 unpacked[8];
                block_rows rows = {.words = (const uint8_t *)unpacked, .scales = {scales[part]}, .least = leasts[part]};
#pragma clang loop unroll(full)
                for (size_t j = 0; j < 8; j++) {
                    u32x16 word = (u32x16)load_i32(words + 64 * j) >> (4 * upper) & 0x0F0F0F0F;
                    if (has_fifth) {
                        const u32x16 fifth = (u32x16)load_i32(fifths + 64 * j);
                        word |= (fifth >> part & 0x01010101) << 4;
                    }
                    unpacked[j] = (i32x16)word;
                }
                add_block(&rows, kind, inputs, tile, first, count, sums);
                inputs += tile * KERNELS_BYTE_BLOCK_SIZE;
            }
        }
    }
}

/// Q6_K: in each half of 128 elements 16 words of lower bits, 8 of upper ones; in the head 16 halves,
/// then four words a row with the scales of sixteen parts.
KERNELS_INLINE void add_sixfold_blocks(
    const uint8_t *panel,
    size_t width,
    const uint8_t *inputs,
    size_t tile,
    size_t first,
    size_t count,
    int is_first,
    f32x16 *sums
) {
    const block_kind kind = kind_of(KERNELS_BLOCK_Q6_K);
    const size_t size = 64 * 48;
    const size_t block_count = width / 256;
    const uint8_t *head = panel + block_count * size;
    for (size_t b = 0; b < block_count; b++, panel += size, head += 288) {
        const f32x16 scale = widen_halves((const uint16_t *)(const void *)head);
        for (size_t half = 0; half < 2; half++) {
            const uint8_t *low = panel + 1024 * half;
            const uint8_t *high = panel + 2048 + 512 * half;
#pragma clang loop unroll(full)
            for (uint32_t row = 0; row < 4; row++) {
                const uint8_t *some = panel + 1536 * half + 384 * row;
                fetch_ahead(is_first, some, 384, row % 2 ? NULL : head + 128 * half + 64 * (row / 2));
                const i32x16 parts = load_i32(head + 32 + 128 * half + 64 * (row / 2));
                i32x16 unpacked[8];
                block_rows rows = {.words = (const uint8_t *)unpacked};
#pragma clang loop unroll(full)
                for (int32_t i = 0; i < 2; i++) {
                    const int32_t at = (int32_t)(row % 2) * 16 + 8 * i;
                    rows.scales[i] =
                        scale * __builtin_convertvector(parts << (24 - at) >> 24, f32x16);
                }
#pragma clang loop unroll(full)
                for (size_t j = 0; j < 8; j++) {
                    const uint8_t *word = low + 512 * (row % 2) + 64 * j;
                    const u32x16 lower = (u32x16)load_i32(word) >> (row < 2 ? 0 : 4) & 0x0F0F0F0F;
                    const u32x16 upper = (u32x16)load_i32(high + 64 * j) >> (2 * row) & 0x03030303;
                    unpacked[j] = (i32x16)(lower | upper << 4);
                }
                add_block(&rows, kind, inputs, tile, first, count, sums);
                inputs += tile * KERNELS_BYTE_BLOCK_SIZE;
            }
        }
    }
}

// MARK: Panels

KERNELS_INLINE void put_products(
    const kernels_packed_product *p,
    size_t row,
    size_t input,
    f32x16 sum
) {
    const size_t rest = p->row_count - row;
    const size_t count = rest < LANES ? rest : LANES;
    float *place = p->result + input * p->result_stride + row;
    if (p->bias) sum += load_up_to(p->bias + row, count);
    if (p->is_added) sum = load_up_to(place, count) + sum;
    if (count == LANES) {
        store(place, sum);
    } else {
        store_first(place, sum, count);
    }
}

/// Sixteen rows times `count` inputs from `first` on, out of a tile that begins with `input`; format,
/// tile and count are constants.
KERNELS_INLINE void multiply_inputs(
    kernels_block_format format,
    const kernels_packed_product *p,
    size_t panel_index,
    size_t input,
    size_t tile,
    size_t first,
    size_t count
) {
    const uint8_t *panel = (const uint8_t *)p->panels + panel_index * p->panel_bytes;
    const uint8_t *inputs = (const uint8_t *)p->inputs
        + input * (p->width / BLOCK_LENGTH) * KERNELS_BYTE_BLOCK_SIZE;
    const int is_first = tile == 1 || input + first == 0;
    f32x16 sums[PANEL_INPUTS];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) sums[i] = splat(0);
    switch (format) {
    case KERNELS_BLOCK_Q4_K:
    case KERNELS_BLOCK_Q5_K:
        add_paired_blocks(format, panel, p->width, inputs, tile, first, count, is_first, sums);
        break;
    case KERNELS_BLOCK_Q6_K:
        add_sixfold_blocks(panel, p->width, inputs, tile, first, count, is_first, sums);
        break;
    default:
        add_small_blocks(format, panel, p->width, inputs, tile, first, count, is_first, sums);
        break;
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i++) {
        const size_t place = input + first + i;
        if (place < p->input_count) put_products(p, panel_index * LANES, place, sums[i]);
    }
}

/// Sixteen rows times a tile of inputs from `input` on; format and tile are constants.
KERNELS_INLINE void multiply_panel(
    kernels_block_format format,
    const kernels_packed_product *p,
    size_t panel_index,
    size_t input,
    size_t tile
) {
    const size_t count = tile < PANEL_INPUTS ? tile : PANEL_INPUTS;
    for (size_t first = 0; first < tile && input + first < p->input_count; first += count) {
        // A few inputs, as of beams and drafts, do not wait for the products of many.
        if (count > FEW_INPUTS && p->input_count - input - first <= FEW_INPUTS) {
            multiply_inputs(format, p, panel_index, input, tile, first, FEW_INPUTS);
        } else {
            multiply_inputs(format, p, panel_index, input, tile, first, count);
        }
    }
}

KERNELS_INLINE void multiply_panels(kernels_block_format format, const kernels_packed_product *p) {
    const size_t panel_count = (p->row_count + LANES - 1) / LANES;
    for (size_t panel = 0; panel < panel_count; panel++) {
        if (p->tile == 1) {
            for (size_t i = 0; i < p->input_count; i++) multiply_panel(format, p, panel, i, 1);
        } else {
            for (size_t i = 0; i < p->input_count; i += KERNELS_INPUT_TILE) {
                multiply_panel(format, p, panel, i, KERNELS_INPUT_TILE);
            }
        }
    }
}

static void multiply_packed(const kernels_packed_product *p) {
    switch (p->format) {
    case KERNELS_BLOCK_Q8_0: return multiply_panels(KERNELS_BLOCK_Q8_0, p);
    case KERNELS_BLOCK_Q4_0: return multiply_panels(KERNELS_BLOCK_Q4_0, p);
    case KERNELS_BLOCK_Q4_1: return multiply_panels(KERNELS_BLOCK_Q4_1, p);
    case KERNELS_BLOCK_Q5_0: return multiply_panels(KERNELS_BLOCK_Q5_0, p);
    case KERNELS_BLOCK_Q5_1: return multiply_panels(KERNELS_BLOCK_Q5_1, p);
    case KERNELS_BLOCK_Q4_K: return multiply_panels(KERNELS_BLOCK_Q4_K, p);
    case KERNELS_BLOCK_Q5_K: return multiply_panels(KERNELS_BLOCK_Q5_K, p);
    case KERNELS_BLOCK_Q6_K: return multiply_panels(KERNELS_BLOCK_Q6_K, p);
    default: return;
    }
}
