// bf16 without instructions for it: held as floats that are rounded to it, since to take a pair of them
// apart costs as much as to multiply it. Products are those of the processors that have them.

#define HALVES_ARE_FLOATS 1
typedef float half_element;
typedef f32x16 halves16;

KERNELS_INLINE f32x16 floats_of(halves16 halves) { return halves; }

/// The nearest bf16, ties to even.
KERNELS_INLINE halves16 nearest_halves(f32x16 values) {
    const u32x16 bits = (u32x16)values;
    return (f32x16)((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
}
