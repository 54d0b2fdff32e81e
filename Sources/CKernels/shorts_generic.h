// Thirty-two elements of 16 bits, without instructions of their own: in arrays, since an element of a
// vector that is not known beforehand goes through memory each time.

#define SHORTS (2 * LANES)

/// The integers nearest to `a` and `b`, or the least or largest of 16 bits. They lie as
/// `store_shorts` takes them.
KERNELS_INLINE i16x32 nearest_shorts(f32x16 a, f32x16 b) {
    float values[SHORTS];
    int16_t nearest[SHORTS];
    memcpy(values, &a, sizeof a);
    memcpy(values + LANES, &b, sizeof b);
    for (int i = 0; i < SHORTS; i++) {
        // Written so that what is no number becomes the least, as elsewhere.
        const float x = values[i] > -32768.0f ? values[i] : -32768.0f;
        nearest[i] = (int16_t)rintf(x < 32767.0f ? x : 32767.0f);
    }
    i16x32 result;
    memcpy(&result, nearest, sizeof result);
    return result;
}

/// Those of `nearest_shorts`, from 0 to 255 or the nearer of both, as 64 bytes in order.
KERNELS_INLINE void store_shorts(uint8_t *target, i16x32 a, i16x32 b) {
    int16_t values[2 * SHORTS];
    memcpy(values, &a, sizeof a);
    memcpy(values + SHORTS, &b, sizeof b);
    for (int i = 0; i < 2 * SHORTS; i++) {
        const int16_t x = values[i] > 0 ? values[i] : 0;
        target[i] = (uint8_t)(x < 255 ? x : 255);
    }
}

/// a · b / 2^15, to the nearest.
KERNELS_INLINE i16x32 scaled_shorts(i16x32 a, i16x32 b) {
    int16_t x[SHORTS];
    int16_t y[SHORTS];
    memcpy(x, &a, sizeof a);
    memcpy(y, &b, sizeof b);
    for (int i = 0; i < SHORTS; i++) x[i] = (int16_t)((x[i] * y[i] + 0x4000) >> 15);
    memcpy(&a, x, sizeof a);
    return a;
}

/// ⌊a · b / 2^16⌋
KERNELS_INLINE u16x32 upper_products(u16x32 a, u16x32 b) {
    uint16_t x[SHORTS];
    uint16_t y[SHORTS];
    memcpy(x, &a, sizeof a);
    memcpy(y, &b, sizeof b);
    for (int i = 0; i < SHORTS; i++) x[i] = (uint16_t)((uint32_t)x[i] * y[i] >> 16);
    memcpy(&a, x, sizeof a);
    return a;
}

/// ⌊a / 2^count⌋, where an element is from 0 on.
KERNELS_INLINE i16x32 shifted_right(i16x32 a, u16x32 counts) {
    int16_t x[SHORTS];
    uint16_t y[SHORTS];
    memcpy(x, &a, sizeof a);
    memcpy(y, &counts, sizeof counts);
    for (int i = 0; i < SHORTS; i++) x[i] = (int16_t)(x[i] >> (y[i] < 15 ? y[i] : 15));
    memcpy(&a, x, sizeof a);
    return a;
}

/// The entries of a table that are named by the bits of `mask`.
KERNELS_INLINE i16x32 entries_of(const i16x32 *table, u16x32 indices, uint16_t mask) {
    const int16_t *entries = (const int16_t *)table;
    uint16_t x[SHORTS];
    indices &= mask;
    memcpy(x, &indices, sizeof x);
    for (int i = 0; i < SHORTS; i++) x[i] = (uint16_t)entries[x[i]];
    i16x32 result;
    memcpy(&result, x, sizeof result);
    return result;
}

/// The entries of 32 that are named by the lowest five bits.
KERNELS_INLINE i16x32 entries_of_32(i16x32 table, u16x32 indices) {
    return entries_of(&table, indices, 31);
}

/// The entries of 64 that are named by the lowest six bits.
KERNELS_INLINE i16x32 entries_of_64(const i16x32 table[2], u16x32 indices) {
    return entries_of(table, indices, 63);
}
