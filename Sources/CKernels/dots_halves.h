// bf16 without instructions for it: held as floats that are rounded to it, since to take a pair of them
// apart costs as much as to multiply it. Products are those of the processors that have them.

#define HALVES_ARE_FLOATS 1
typedef float half_element;
typedef f32x16 halves16;

KERNELS_INLINE f32x16 floats_of(halves16 halves) { return halves; }
KERNELS_INLINE u16x16 bits_of(halves16 halves) {
    return __builtin_convertvector((u32x16)halves >> 16, u16x16);
}

/// sum[i] + the upper product + the lower product of `left`[i] and `right`[i], each added fused.
KERNELS_INLINE f32x16 dot_halves(f32x16 sum, i32x16 left, i32x16 right) {
    const i32x16 upper = (i32x16)0 + (int32_t)0xFFFF0000;
    sum = fma16((f32x16)(left & upper), (f32x16)(right & upper), sum);
    return fma16((f32x16)(left << 16), (f32x16)(right << 16), sum);
}

/// The nearest bf16, ties to even.
KERNELS_INLINE halves16 nearest_halves(f32x16 values) {
    const u32x16 bits = (u32x16)values;
    return (f32x16)((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
}
