#include "CKernels.h"
#include "variants.h"

static size_t panel_count(size_t columns) {
    return (columns + KERNELS_PANEL_WIDTH - 1) / KERNELS_PANEL_WIDTH;
}

size_t kernels_packed_count(size_t columns, size_t depth) {
    return panel_count(columns) * KERNELS_PANEL_WIDTH * depth;
}

void kernels_pack_f32(
    const kernels_plain_weights *weights,
    size_t columns,
    size_t depth,
    float *packed
) {
    for (size_t start = 0; start < columns; start += KERNELS_PANEL_WIDTH) {
        const size_t rest = columns - start;
        const size_t count = rest < KERNELS_PANEL_WIDTH ? rest : KERNELS_PANEL_WIDTH;
        const float *panel[KERNELS_PANEL_WIDTH];
        for (size_t c = 0; c < count; c++) {
            panel[c] = kernels_plain_column(weights, depth, start + c);
        }
        for (size_t k = 0; k < depth; k++) {
            for (size_t c = 0; c < count; c++) packed[c] = panel[c][k];
            for (size_t c = count; c < KERNELS_PANEL_WIDTH; c++) packed[c] = 0;
            packed += KERNELS_PANEL_WIDTH;
        }
    }
}

kernels_narrow_sizes kernels_narrow_sizes_of(
    size_t half_size,
    kernels_format format,
    size_t columns,
    size_t depth,
    size_t group
) {
    const size_t panel_depth = panel_count(depth) * KERNELS_PANEL_WIDTH;
    const size_t panel_columns = panel_count(columns) * KERNELS_PANEL_WIDTH;
    const kernels_narrow_sizes sizes = {
        .element_bytes = panel_columns * panel_depth * (format == KERNELS_FORMAT_I8 ? 1 : half_size),
        .scales = format == KERNELS_FORMAT_I8 ? panel_depth / group * panel_columns : 0,
        .columns = panel_columns,
    };
    return sizes;
}

size_t kernels_attention_scratch_size(size_t token_count, size_t head_size) {
    // Every part begins at a multiple of 64 bytes; rows are filled up to a tile's.
    const size_t rows = token_count + KERNELS_PANEL_WIDTH;
    const size_t keys_values = 2 * rows * head_size;
    const size_t scores_shares = 2 * rows * KERNELS_QUERY_LANES;
    const size_t queries = (head_size + 3) * KERNELS_QUERY_LANES;
    return 4 * (keys_values + scores_shares + queries + 3 * head_size) + 11 * 64;
}

size_t kernels_block_length(kernels_block_format format) {
    switch (format) {
    case KERNELS_BLOCK_F32:
    case KERNELS_BLOCK_F16:
    case KERNELS_BLOCK_BF16: return 1;
    case KERNELS_BLOCK_Q4_K:
    case KERNELS_BLOCK_Q5_K:
    case KERNELS_BLOCK_Q6_K: return 256;
    default: return 32;
    }
}

size_t kernels_block_bytes(kernels_block_format format) {
    switch (format) {
    case KERNELS_BLOCK_F32: return 4;
    case KERNELS_BLOCK_F16:
    case KERNELS_BLOCK_BF16: return 2;
    case KERNELS_BLOCK_Q4_0: return 18;
    case KERNELS_BLOCK_Q4_1: return 20;
    case KERNELS_BLOCK_Q5_0: return 22;
    case KERNELS_BLOCK_Q5_1: return 24;
    case KERNELS_BLOCK_Q8_0: return 34;
    case KERNELS_BLOCK_Q4_K: return 144;
    case KERNELS_BLOCK_Q5_K: return 176;
    case KERNELS_BLOCK_Q6_K: return 210;
    }
    return 0;
}
