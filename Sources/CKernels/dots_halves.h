// Products of bf16 pairs as the processors that have an instruction for them compute it.

/// sum[i] + the upper product + the lower product of `left`[i] and `right`[i], each added fused.
KERNELS_INLINE f32x16 dot_halves(f32x16 sum, i32x16 left, i32x16 right) {
    const i32x16 upper = (i32x16)0 + (int32_t)0xFFFF0000;
    sum = fma16((f32x16)(left & upper), (f32x16)(right & upper), sum);
    return fma16((f32x16)(left << 16), (f32x16)(right << 16), sum);
}

/// The nearest bf16, ties to even.
KERNELS_INLINE u16x16 nearest_halves(f32x16 values) {
    const u32x16 bits = (u32x16)values;
    return __builtin_convertvector((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, u16x16);
}
