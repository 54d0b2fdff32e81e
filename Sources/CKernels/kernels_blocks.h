// The formats of GGUF's tensors as floats, as github.com/ggml-org/ggml defines them. Products and
// differences are rounded one by one, in the order in which the `gguf` package computes them.

/// Elements of a block, or of a part of one in the formats whose names end in K.
#define BLOCK_LENGTH 32

#ifdef VARIANT_HAS_HALVES

#include <immintrin.h>

/// The value of an IEEE half.
KERNELS_INLINE float half_value(uint16_t half) { return _cvtsh_ss(half); }

#else

/// The value of an IEEE half, by rescaling the exponent of its bits as a float.
KERNELS_INLINE float half_value(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t magnitude = (uint32_t)(half & 0x7FFF) << 13;
    float scaled;
    memcpy(&scaled, &magnitude, sizeof scaled);
    scaled *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &scaled, sizeof bits);
    // Infinities and NaN keep all exponent bits.
    bits = sign | ((half & 0x7C00) == 0x7C00 ? 0x7F800000 | magnitude : bits);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif

KERNELS_INLINE float read_half(const uint8_t *bytes) {
    return half_value((uint16_t)(bytes[0] | bytes[1] << 8));
}

static void dequantize_f16(const uint8_t *source, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) values[i] = read_half(source + 2 * i);
}

static void dequantize_bf16(const uint8_t *source, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)source[2 * i] << 16 | (uint32_t)source[2 * i + 1] << 24;
        memcpy(values + i, &bits, sizeof bits);
    }
}

/// scale · q, q signed bytes: 2 bytes scale, 32 bytes.
static void dequantize_q8_0(const uint8_t *block, float *values) {
    const float scale = read_half(block);
    const int8_t *q = (const int8_t *)(block + 2);
    for (size_t i = 0; i < BLOCK_LENGTH; i++) values[i] = scale * (float)q[i];
}

/// scale · (q − 8): 2 bytes scale, 16 bytes with elements i and i + 16.
static void dequantize_q4_0(const uint8_t *block, float *values) {
    const float scale = read_half(block);
    const uint8_t *q = block + 2;
    for (size_t i = 0; i < 16; i++) {
        values[i] = scale * (float)((q[i] & 15) - 8);
        values[i + 16] = scale * (float)((q[i] >> 4) - 8);
    }
}

/// scale · q + least: 2 bytes scale, 2 bytes least, 16 bytes with elements i and i + 16.
static void dequantize_q4_1(const uint8_t *block, float *values) {
    const float scale = read_half(block);
    const float least = read_half(block + 2);
    const uint8_t *q = block + 4;
    for (size_t i = 0; i < 16; i++) {
        values[i] = scale * (float)(q[i] & 15) + least;
        values[i + 16] = scale * (float)(q[i] >> 4) + least;
    }
}

/// The fifth bits of 32 elements, lowest first.
KERNELS_INLINE uint32_t read_high_bits(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/// scale · (q − 16): as Q4_0 with 4 bytes of fifth bits before the 16 bytes.
static void dequantize_q5_0(const uint8_t *block, float *values) {
    const float scale = read_half(block);
    const uint32_t high = read_high_bits(block + 2);
    const uint8_t *q = block + 6;
    for (size_t i = 0; i < 16; i++) {
        const int first = (q[i] & 15) | (int)(high >> i & 1) << 4;
        const int second = (q[i] >> 4) | (int)(high >> (i + 16) & 1) << 4;
        values[i] = scale * (float)(first - 16);
        values[i + 16] = scale * (float)(second - 16);
    }
}

/// scale · q + least: as Q4_1 with 4 bytes of fifth bits before the 16 bytes.
static void dequantize_q5_1(const uint8_t *block, float *values) {
    const float scale = read_half(block);
    const float least = read_half(block + 2);
    const uint32_t high = read_high_bits(block + 4);
    const uint8_t *q = block + 8;
    for (size_t i = 0; i < 16; i++) {
        const int first = (q[i] & 15) | (int)(high >> i & 1) << 4;
        const int second = (q[i] >> 4) | (int)(high >> (i + 16) & 1) << 4;
        values[i] = scale * (float)first + least;
        values[i + 16] = scale * (float)second + least;
    }
}

/// The 6-bit scale and least of eight parts of 32, in 12 bytes: the lower six bits of parts 0 to 3
/// stand in bytes 0 to 3 and 4 to 7, the rest is spread over bytes 8 to 11 and the upper two bits.
KERNELS_INLINE void unpack_part(const uint8_t *packed, size_t part, uint8_t *scale, uint8_t *least) {
    if (part < 4) {
        *scale = packed[part] & 63;
        *least = packed[part + 4] & 63;
    } else {
        *scale = (packed[part + 4] & 15) | (packed[part - 4] >> 6) << 4;
        *least = (packed[part + 4] >> 4) | (packed[part] >> 6) << 4;
    }
}

/// The factor and the least of one of eight parts, whose block begins with two scales and the parts.
KERNELS_INLINE void read_part(const uint8_t *block, size_t part, float *factor, float *least) {
    uint8_t part_scale, part_least;
    unpack_part(block + 4, part, &part_scale, &part_least);
    *factor = read_half(block) * (float)part_scale;
    *least = read_half(block + 2) * (float)part_least;
}

/// (scale · part's scale) · q − (scale of leasts · part's least): 2 and 2 bytes, 12 bytes of parts,
/// 128 bytes in which each 32 hold two parts.
static void dequantize_q4_K(const uint8_t *block, float *values) {
    const uint8_t *q = block + 16;
    for (size_t part = 0; part < 8; part++) {
        float factor, least;
        read_part(block, part, &factor, &least);
        const int shift = part % 2 ? 4 : 0;
        for (size_t i = 0; i < BLOCK_LENGTH; i++) {
            values[part * 32 + i] = factor * (float)(q[part / 2 * 32 + i] >> shift & 15) - least;
        }
    }
}

/// As Q4_K, with 32 bytes of fifth bits before the 128, bit p for part p.
static void dequantize_q5_K(const uint8_t *block, float *values) {
    const uint8_t *high = block + 16;
    const uint8_t *q = block + 48;
    for (size_t part = 0; part < 8; part++) {
        float factor, least;
        read_part(block, part, &factor, &least);
        const int shift = part % 2 ? 4 : 0;
        for (size_t i = 0; i < BLOCK_LENGTH; i++) {
            const int low = q[part / 2 * 32 + i] >> shift & 15;
            values[part * 32 + i] = factor * (float)(low | (high[i] >> part & 1) << 4) - least;
        }
    }
}

/// (scale · part's scale) · (q − 32): 128 bytes of lower fours of bits, 64 bytes of upper pairs, 16
/// signed bytes for parts of 16, 2 bytes scale. Each half of 128 elements has 64 and 32 bytes, whose
/// element r · 32 + i has its lower bits in byte r % 2 · 32 + i and its upper in byte i.
static void dequantize_q6_K(const uint8_t *block, float *values) {
    const float scale = read_half(block + 208);
    for (size_t half = 0; half < 2; half++) {
        const uint8_t *low = block + 64 * half;
        const uint8_t *high = block + 128 + 32 * half;
        const int8_t *parts = (const int8_t *)(block + 192) + 8 * half;
        for (size_t row = 0; row < 4; row++) {
            const int low_shift = row < 2 ? 0 : 4;
            const int high_shift = 2 * (int)row;
            for (size_t i = 0; i < 32; i++) {
                const int q = (low[row % 2 * 32 + i] >> low_shift & 15) |
                              (high[i] >> high_shift & 3) << 4;
                const float factor = scale * (float)parts[2 * row + i / 16];
                values[128 * half + 32 * row + i] = factor * (float)(q - 32);
            }
        }
    }
}

#define FOR_EACH_BLOCK(function)                                                                   \
    for (size_t i = 0; i < count; i += length, source += bytes) function(source, values + i)

static void dequantize(
    kernels_block_format format,
    const void *blocks,
    size_t count,
    float *values
) {
    const uint8_t *source = blocks;
    const size_t length = kernels_block_length(format);
    const size_t bytes = kernels_block_bytes(format);
    switch (format) {
    case KERNELS_BLOCK_F32: memcpy(values, source, count * sizeof(float)); break;
    case KERNELS_BLOCK_F16: dequantize_f16(source, count, values); break;
    case KERNELS_BLOCK_BF16: dequantize_bf16(source, count, values); break;
    case KERNELS_BLOCK_Q4_0: FOR_EACH_BLOCK(dequantize_q4_0); break;
    case KERNELS_BLOCK_Q4_1: FOR_EACH_BLOCK(dequantize_q4_1); break;
    case KERNELS_BLOCK_Q5_0: FOR_EACH_BLOCK(dequantize_q5_0); break;
    case KERNELS_BLOCK_Q5_1: FOR_EACH_BLOCK(dequantize_q5_1); break;
    case KERNELS_BLOCK_Q8_0: FOR_EACH_BLOCK(dequantize_q8_0); break;
    case KERNELS_BLOCK_Q4_K: FOR_EACH_BLOCK(dequantize_q4_K); break;
    case KERNELS_BLOCK_Q5_K: FOR_EACH_BLOCK(dequantize_q5_K); break;
    case KERNELS_BLOCK_Q6_K: FOR_EACH_BLOCK(dequantize_q6_K); break;
    }
}

#undef FOR_EACH_BLOCK
