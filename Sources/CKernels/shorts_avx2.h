// Thirty-two elements of 16 bits in two registers.

typedef struct {
    __m256i half[2];
} short_halves;

KERNELS_INLINE short_halves halves_of(i16x32 a) {
    short_halves halves;
    memcpy(&halves, &a, sizeof halves);
    return halves;
}

KERNELS_INLINE i16x32 joined_halves(short_halves halves) {
    i16x32 joined;
    memcpy(&joined, &halves, sizeof joined);
    return joined;
}

/// The integers nearest to `a` and `b`, or the least or largest of 16 bits. They lie as
/// `store_shorts` takes them.
KERNELS_INLINE i16x32 nearest_shorts(f32x16 a, f32x16 b) {
    short_halves result;
    for (int half = 0; half < 2; half++) {
        const f32x16 some = half == 0 ? a : b;
        result.half[half] = _mm256_packs_epi32(
            _mm256_cvtps_epi32((__m256)some.lo), _mm256_cvtps_epi32((__m256)some.hi)
        );
    }
    return joined_halves(result);
}

/// Those of `nearest_shorts`, from 0 to 255 or the nearer of both, as 64 bytes in order.
KERNELS_INLINE void store_shorts(uint8_t *target, i16x32 a, i16x32 b) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (int i = 0; i < 2; i++) {
        const short_halves some = halves_of(i == 0 ? a : b);
        const __m256i bytes = _mm256_packus_epi16(some.half[0], some.half[1]);
        _mm256_storeu_si256(
            (__m256i *)(void *)(target + 32 * i), _mm256_permutevar8x32_epi32(bytes, order)
        );
    }
}

/// a · b / 2^15, to the nearest.
KERNELS_INLINE i16x32 scaled_shorts(i16x32 a, i16x32 b) {
    short_halves x = halves_of(a);
    const short_halves y = halves_of(b);
    for (int h = 0; h < 2; h++) x.half[h] = _mm256_mulhrs_epi16(x.half[h], y.half[h]);
    return joined_halves(x);
}

/// ⌊a · b / 2^16⌋
KERNELS_INLINE u16x32 upper_products(u16x32 a, u16x32 b) {
    short_halves x = halves_of((i16x32)a);
    const short_halves y = halves_of((i16x32)b);
    for (int h = 0; h < 2; h++) x.half[h] = _mm256_mulhi_epu16(x.half[h], y.half[h]);
    return (u16x32)joined_halves(x);
}

/// ⌊a / 2^count⌋, where an element is from 0 on.
KERNELS_INLINE i16x32 shifted_right(i16x32 a, u16x32 counts) {
    short_halves x = halves_of(a);
    const short_halves y = halves_of((i16x32)counts);
    const __m256i low = _mm256_set1_epi32(0xFFFF);
    for (int h = 0; h < 2; h++) {
        const __m256i even =
            _mm256_srlv_epi32(_mm256_and_si256(x.half[h], low), _mm256_and_si256(y.half[h], low));
        // What falls out of the upper half is taken from the other.
        const __m256i odd = _mm256_srlv_epi32(x.half[h], _mm256_srli_epi32(y.half[h], 16));
        x.half[h] = _mm256_blend_epi16(even, odd, 0xAA);
    }
    return joined_halves(x);
}

/// The entries of 8 · `parts` that are named by the lowest bits; `parts` is 4 or 8.
///
/// A part is shuffled at once, two bytes for each element, and the right one of each pair of parts
/// chosen by a bit of the index, which is moved to where a blend looks for it.
KERNELS_INLINE i16x32 entries_of(const i16x32 *table, u16x32 indices, int parts) {
    short_halves x = halves_of((i16x32)((indices & (uint16_t)(8 * parts - 1)) * 0x0202 + 0x0100));
    for (int h = 0; h < 2; h++) {
        const __m256i bytes = x.half[h];
        __m256i found[8];
        for (int p = 0; p < parts; p++) {
            const __m256i two = halves_of(table[p / 4]).half[p / 2 % 2];
            const __m256i entries = p % 2 == 0 ? _mm256_permute2x128_si256(two, two, 0x00)
                                               : _mm256_permute2x128_si256(two, two, 0x11);
            found[p] = _mm256_shuffle_epi8(entries, bytes);
        }
        int shift = 3;
        for (int count = parts / 2; count > 0; count /= 2) {
            const __m256i choice = _mm256_slli_epi16(bytes, shift--);
            for (int p = 0; p < count; p++) {
                found[p] = _mm256_blendv_epi8(found[2 * p], found[2 * p + 1], choice);
            }
        }
        x.half[h] = found[0];
    }
    return joined_halves(x);
}

KERNELS_INLINE i16x32 entries_of_32(i16x32 table, u16x32 indices) {
    return entries_of(&table, indices, 4);
}

KERNELS_INLINE i16x32 entries_of_64(const i16x32 table[2], u16x32 indices) {
    return entries_of(table, indices, 8);
}
