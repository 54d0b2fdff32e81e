// Sums of codes where `dot_bytes` sums four bytes to 32 bits at once.

/// `dot_bytes` for bytes of `left` below 128.
KERNELS_INLINE i32x16 dot_codes(i32x16 sum, i32x16 left, i32x16 right) {
    return dot_bytes(sum, left, right);
}

/// Sums of products of bytes, a lane each for sixteen rows. Other variants have two lanes of 16 bits for each,
/// so what is added to one must fit them.
typedef i32x16 code_sums;

KERNELS_INLINE code_sums no_codes(void) { return (i32x16)0; }

/// sums + the products of unsigned bytes of `left` and signed bytes of `right`.
KERNELS_INLINE code_sums add_codes(code_sums sums, i32x16 left, i32x16 right) {
    return dot_bytes(sums, left, right);
}

KERNELS_INLINE i32x16 fold_codes(code_sums sums) { return sums; }
