// Rows in blocks as panels of sixteen rows: every row's words of four bytes beside those of the
// others, the elements of a panel first, then what they are worth. No byte more than the file has.

#include "CKernels.h"

#include <string.h>

#define ROWS 16

/// The parts of a block in its file.
typedef struct {
    /// Words of elements: `count` bytes from `at` on.
    size_t elements_at;
    size_t elements_size;
    /// More words behind them.
    size_t more_at;
    size_t more_size;
    /// Halves of the head, each [16] in the panel.
    size_t halves_at[2];
    size_t half_count;
    /// Words of the head behind them.
    size_t head_at;
    size_t head_size;
} block_parts;

static block_parts parts_of(kernels_block_format format) {
    switch (format) {
    case KERNELS_BLOCK_Q8_0:
        return (block_parts){.elements_at = 2, .elements_size = 32, .half_count = 1};
    case KERNELS_BLOCK_Q4_0:
        return (block_parts){.elements_at = 2, .elements_size = 16, .half_count = 1};
    case KERNELS_BLOCK_Q4_1:
        return (block_parts){
            .elements_at = 4, .elements_size = 16, .halves_at = {0, 2}, .half_count = 2,
        };
    case KERNELS_BLOCK_Q5_0:
        return (block_parts){
            .elements_at = 6, .elements_size = 16, .more_at = 2, .more_size = 4, .half_count = 1,
        };
    case KERNELS_BLOCK_Q5_1:
        return (block_parts){
            .elements_at = 8, .elements_size = 16, .more_at = 4, .more_size = 4,
            .halves_at = {0, 2}, .half_count = 2,
        };
    case KERNELS_BLOCK_Q4_K:
        return (block_parts){
            .elements_at = 16, .elements_size = 128, .halves_at = {0, 2}, .half_count = 2,
            .head_at = 4, .head_size = 12,
        };
    case KERNELS_BLOCK_Q5_K:
        return (block_parts){
            .elements_at = 48, .elements_size = 128, .more_at = 16, .more_size = 32,
            .halves_at = {0, 2}, .half_count = 2, .head_at = 4, .head_size = 12,
        };
    case KERNELS_BLOCK_Q6_K:
        return (block_parts){
            .elements_at = 0, .elements_size = 128, .more_at = 128, .more_size = 64,
            .halves_at = {208}, .half_count = 1, .head_at = 192, .head_size = 16,
        };
    default: return (block_parts){0};
    }
}

size_t kernels_panel_bytes(kernels_block_format format, size_t width) {
    const block_parts parts = parts_of(format);
    const size_t block =
        parts.elements_size + parts.more_size + 2 * parts.half_count + parts.head_size;
    const size_t bytes = ROWS * block * (width / kernels_block_length(format));
    return (bytes + 63) / 64 * 64;
}

/// `size` bytes of a row's block to its lane of words.
static uint8_t *put_words(const uint8_t *source, size_t size, size_t row, uint8_t *target) {
    for (size_t i = 0; i < size; i += 4) {
        memcpy(target + ROWS * i + 4 * row, source + i, 4);
    }
    return target + ROWS * size;
}

/// From signed bytes to bytes that are 128 more.
static uint8_t *put_signed_words(const uint8_t *source, size_t size, size_t row, uint8_t *target) {
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, source + i, 4);
        word ^= 0x80808080;
        memcpy(target + ROWS * i + 4 * row, &word, 4);
    }
    return target + ROWS * size;
}

/// The fifth bits of 32 elements: that of element 4j + b goes to bit j of byte b.
static uint8_t *put_fifth_bits(const uint8_t *source, size_t row, uint8_t *target) {
    uint8_t bytes[4] = {0};
    for (size_t i = 0; i < 32; i++) {
        const uint32_t bit = source[i / 8] >> i % 8 & 1;
        bytes[i % 4] |= (uint8_t)(bit << i / 4);
    }
    memcpy(target + 4 * row, bytes, 4);
    return target + ROWS * 4;
}

void kernels_pack_blocks(
    kernels_block_format format,
    const void *rows,
    size_t row_bytes,
    size_t row_count,
    size_t width,
    void *panel
) {
    const block_parts parts = parts_of(format);
    const size_t block_count = width / kernels_block_length(format);
    const size_t block_bytes = kernels_block_bytes(format);
    const size_t elements = ROWS * (parts.elements_size + parts.more_size);
    const size_t head = ROWS * (2 * parts.half_count + parts.head_size);
    const int has_fifth_bits = parts.more_size == 4;
    if (row_count < ROWS) memset(panel, 0, kernels_panel_bytes(format, width));
    for (size_t b = 0; b < block_count; b++) {
        for (size_t r = 0; r < row_count; r++) {
            const uint8_t *block = (const uint8_t *)rows + r * row_bytes + b * block_bytes;
            uint8_t *to = (uint8_t *)panel + b * elements;
            const uint8_t *source = block + parts.elements_at;
            to = format == KERNELS_BLOCK_Q8_0
                ? put_signed_words(source, parts.elements_size, r, to)
                : put_words(source, parts.elements_size, r, to);
            if (has_fifth_bits) {
                put_fifth_bits(block + parts.more_at, r, to);
            } else {
                put_words(block + parts.more_at, parts.more_size, r, to);
            }
            to = (uint8_t *)panel + block_count * elements + b * head;
            for (size_t h = 0; h < parts.half_count; h++) {
                memcpy(to + 2 * r, block + parts.halves_at[h], 2);
                to += 2 * ROWS;
            }
            put_words(block + parts.head_at, parts.head_size, r, to);
        }
    }
}
