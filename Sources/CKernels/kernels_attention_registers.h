// The products of attention over bf16 in registers, for which nothing is to be prepared.

KERNELS_INLINE void begin_halves(const head_attention *h) { (void)h; }

KERNELS_INLINE void turn_values(const head_attention *h) { (void)h; }

KERNELS_INLINE void end_halves(void) {}

KERNELS_INLINE void score_halves(
    const head_attention *h,
    size_t vectors,
    f32x16 largest[QUERY_VECTORS]
) {
    score(h, vectors, 2, largest);
}

KERNELS_INLINE void mix_halves(const head_attention *h, size_t row, size_t vectors) {
    mix(h, row, vectors, 2);
}
