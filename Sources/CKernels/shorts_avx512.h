// Thirty-two elements of 16 bits in one register.

/// The integers nearest to `a` and `b`, or the least or largest of 16 bits. They lie as
/// `store_shorts` takes them.
KERNELS_INLINE i16x32 nearest_shorts(f32x16 a, f32x16 b) {
    const __m512i first = _mm512_cvtps_epi32((__m512)a);
    return (i16x32)_mm512_packs_epi32(first, _mm512_cvtps_epi32((__m512)b));
}

/// Those of `nearest_shorts`, from 0 to 255 or the nearer of both, as 64 bytes in order.
KERNELS_INLINE void store_shorts(uint8_t *target, i16x32 a, i16x32 b) {
    const __m512i bytes = _mm512_packus_epi16((__m512i)a, (__m512i)b);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_si512(target, _mm512_permutexvar_epi32(order, bytes));
}

/// a · b / 2^15, to the nearest.
KERNELS_INLINE i16x32 scaled_shorts(i16x32 a, i16x32 b) {
    return (i16x32)_mm512_mulhrs_epi16((__m512i)a, (__m512i)b);
}

/// ⌊a · b / 2^16⌋
KERNELS_INLINE u16x32 upper_products(u16x32 a, u16x32 b) {
    return (u16x32)_mm512_mulhi_epu16((__m512i)a, (__m512i)b);
}

/// ⌊a / 2^count⌋, where an element is from 0 on.
KERNELS_INLINE i16x32 shifted_right(i16x32 a, u16x32 counts) {
    return (i16x32)_mm512_srlv_epi16((__m512i)a, (__m512i)counts);
}

/// The entries of 32 that are named by the lowest five bits.
KERNELS_INLINE i16x32 entries_of_32(i16x32 table, u16x32 indices) {
    return (i16x32)_mm512_permutexvar_epi16((__m512i)indices, (__m512i)table);
}

/// The entries of 64 that are named by the lowest six bits.
KERNELS_INLINE i16x32 entries_of_64(const i16x32 table[2], u16x32 indices) {
    return (i16x32)_mm512_permutex2var_epi16(
        (__m512i)table[0], (__m512i)indices, (__m512i)table[1]
    );
}
