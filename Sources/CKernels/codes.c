#include "CKernels.h"

#pragma clang fp contract(off)

float kernels_pack_codes(
    const float *vector,
    size_t width,
    float factor,
    uint8_t *upper,
    uint8_t *lower
) {
    float product = 0;
    for (size_t step = 0; step < width; step += 16) {
        uint32_t high[4] = {0}, low[4] = {0};
        const size_t rest = width - step < 16 ? width - step : 16;
        for (size_t i = 0; i < rest; i++) {
            const float value = vector[step + i];
            const float place = value * factor + 8;
            const float bounded = place > 0 ? (place < 15 ? place : 15) : 0;
            const uint32_t code = (uint32_t)(int32_t)bounded;
            product += value * ((float)(int32_t)code - 7.5f);
            high[i % 4] |= code >> 2 << i / 4 * 2;
            low[i % 4] |= (code & 3) << i / 4 * 2;
        }
        for (size_t i = 0; i < 4; i++) {
            upper[step * 4 + i] = (uint8_t)high[i];
            lower[step * 4 + i] = (uint8_t)low[i];
        }
    }
    return product;
}
