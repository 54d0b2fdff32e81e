// Products of a query with rows of signs, by tables of what four dimensions of the query can sum to.

/// Steps whose table entries, each below 2⁷, fit 16 bits together.
#define SIGN_STEPS_TOGETHER 128

static void scan_signs(const kernels_sign_scan *scan) {
    const size_t step_count = scan->width / LANES;
    const size_t size = KERNELS_CODE_SCALES_SIZE + step_count * KERNELS_SIGN_STEP_SIZE;
    const f32x16 factor = splat(scan->scale);
    for (size_t t = 0; t < scan->tile_count; t++) {
        const uint8_t *tile = scan->tiles + t * size;
        const uint8_t *ahead = scan->next ? scan->next + t * size : tile + CODE_AHEAD;
        i32x16 sum = (i32x16)0;
        for (size_t start = 0; start < step_count; start += SIGN_STEPS_TOGETHER) {
            const size_t rest = step_count - start;
            sum += sum_signs(
                tile + KERNELS_CODE_SCALES_SIZE + start * KERNELS_SIGN_STEP_SIZE,
                scan->tables + start * 2 * KERNELS_SIGN_STEP_SIZE,
                rest < SIGN_STEPS_TOGETHER ? rest : SIGN_STEPS_TOGETHER,
                ahead + start * KERNELS_SIGN_STEP_SIZE
            );
        }
        __builtin_prefetch(ahead + size - KERNELS_CODE_SCALES_SIZE);
        const f32x16 product = __builtin_convertvector(2 * sum - scan->offset, f32x16) * factor;
        float *target = scan->products + t * LANES;
        store(target, load(target) + product * load((const float *)(const void *)tile));
    }
}
