// Runs of 64 postings, unpacked, and their part in the scores of a group of blocks.

/// Values of a row of a packed run, one a lane.
#define RUN_LANES 4
/// Rows of a run.
#define RUN_ROWS (KERNELS_RUN_LENGTH / RUN_LANES)

typedef uint16_t u16x4 __attribute__((ext_vector_type(4)));
typedef uint32_t u32x4 __attribute__((ext_vector_type(4)));
typedef double f64x16 __attribute__((ext_vector_type(16)));

KERNELS_INLINE u16x4 load_row(const uint8_t *packed, size_t row) {
    u16x4 lanes;
    memcpy(&lanes, packed + row * sizeof lanes, sizeof lanes);
    return lanes;
}

/// The values of a run, row by row; `bits` is a constant, so that the loop vanishes.
KERNELS_INLINE void unpack_rows(const uint8_t *packed, size_t bits, u16x4 *rows) {
    const u16x4 mask = (u16x4)(uint16_t)((1u << bits) - 1);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < RUN_ROWS; r++) {
        const size_t word = r * bits / 16, shift = r * bits % 16;
        u16x4 values = load_row(packed, word) >> (u16x4)(uint16_t)shift;
        if (shift + bits > 16) {
            values |= load_row(packed, word + 1) << (u16x4)(uint16_t)(16 - shift);
        }
        rows[r] = values & mask;
    }
}

#define UNPACK_CASE(bits)                                                                          \
    case bits: unpack_rows(packed, bits, rows); break;

KERNELS_INLINE void unpack_run(const uint8_t *packed, size_t bits, u16x4 *rows) {
    switch (bits) {
        UNPACK_CASE(1) UNPACK_CASE(2) UNPACK_CASE(3) UNPACK_CASE(4)
        UNPACK_CASE(5) UNPACK_CASE(6) UNPACK_CASE(7) UNPACK_CASE(8)
        UNPACK_CASE(9) UNPACK_CASE(10) UNPACK_CASE(11) UNPACK_CASE(12)
        UNPACK_CASE(13) UNPACK_CASE(14) UNPACK_CASE(15) UNPACK_CASE(16)
    default:
        for (size_t r = 0; r < RUN_ROWS; r++) rows[r] = (u16x4)(uint16_t)0;
    }
}

static void unpack_positions(
    const uint8_t *packed,
    size_t bits,
    uint16_t previous,
    uint16_t *positions
) {
    u16x4 rows[RUN_ROWS];
    unpack_run(packed, bits, rows);
    u16x4 last = (u16x4)previous;
    const u16x4 zero = (u16x4)(uint16_t)0;
    for (size_t r = 0; r < RUN_ROWS; r++) {
        u16x4 sums = rows[r] + (u16x4)(uint16_t)1;
        sums += __builtin_shufflevector(sums, zero, 4, 0, 1, 2);
        sums += __builtin_shufflevector(sums, zero, 4, 4, 0, 1);
        sums += last;
        last = __builtin_shufflevector(sums, sums, 3, 3, 3, 3);
        sums &= (u16x4)(uint16_t)(KERNELS_GROUP_SIZE - 1);
        memcpy(positions + r * RUN_LANES, &sums, sizeof sums);
    }
}

static void unpack_frequencies(const uint8_t *packed, size_t bits, uint32_t *frequencies) {
    u16x4 rows[RUN_ROWS];
    unpack_run(packed, bits, rows);
    for (size_t r = 0; r < RUN_ROWS; r++) {
        const u32x4 wide = __builtin_convertvector(rows[r], u32x4) + (u32x4)1u;
        memcpy(frequencies + r * RUN_LANES, &wide, sizeof wide);
    }
}

static size_t unpack_codes(
    const uint8_t *codes,
    size_t count,
    uint16_t *positions,
    uint32_t *frequencies
) {
    uint32_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t code = (uint32_t)codes[2 * i] | (uint32_t)codes[2 * i + 1] << 8;
        positions[i] = (uint16_t)(code % KERNELS_GROUP_SIZE);
        frequencies[i] = code / KERNELS_GROUP_SIZE;
        missing += frequencies[i] == 0;
    }
    return missing;
}

/// What a length discounts: constant + slope · length, at least 0.
KERNELS_INLINE f32x16 norms_of(const kernels_scoring *scoring, u32x16 lengths) {
    const f32x16 discounts = splat(scoring->slope) * __builtin_convertvector(lengths, f32x16);
    return __builtin_elementwise_max(splat(scoring->constant) + discounts, splat(0));
}

static void score_postings(const kernels_scoring *scoring) {
    int32_t *sums = scoring->sums;
    for (size_t i = 0; i < scoring->count; i += LANES) {
        const size_t rest = scoring->count - i < LANES ? scoring->count - i : LANES;
        const uint16_t *positions = scoring->positions + i;
        u32x16 lengths = (u32x16)0u, counts = (u32x16)1u;
        if (rest == LANES) {
            for (size_t l = 0; l < LANES; l++) lengths[l] = scoring->lengths[positions[l]];
            memcpy(&counts, scoring->frequencies + i, sizeof counts);
        } else {
            for (size_t l = 0; l < rest; l++) {
                lengths[l] = scoring->lengths[positions[l]];
                counts[l] = scoring->frequencies[i + l];
            }
        }
        const f32x16 frequencies = __builtin_convertvector(counts, f32x16);
        const f32x16 norms = norms_of(scoring, lengths);
        const f32x16 scores = splat(scoring->weight) * frequencies / (frequencies + norms);
        const i32x16 whole = __builtin_convertvector(scores, i32x16);
        if (rest == LANES) {
            for (size_t l = 0; l < LANES; l++) sums[positions[l]] += whole[l];
        } else {
            for (size_t l = 0; l < rest; l++) sums[positions[l]] += whole[l];
        }
    }
}

KERNELS_INLINE i32x16 load_sums(const int32_t *sums) {
    i32x16 lanes;
    memcpy(&lanes, sums, sizeof lanes);
    return lanes;
}

static size_t select_sums(const int32_t *sums, int32_t threshold, uint16_t *positions) {
    const i32x16 least = (i32x16)threshold;
    size_t found = 0;
    for (size_t i = 0; i < KERNELS_GROUP_SIZE; i += 4 * LANES) {
        i32x16 reach = load_sums(sums + i) >= least;
        for (size_t p = 1; p < 4; p++) reach |= load_sums(sums + i + p * LANES) >= least;
        if (!__builtin_reduce_or(reach)) continue;
        for (size_t l = 0; l < 4 * LANES; l++) {
            positions[found] = (uint16_t)(i + l);
            found += sums[i + l] >= threshold;
        }
    }
    return found;
}

static int32_t highest_sum(const int32_t *sums) {
    i32x16 highest[4];
    for (size_t p = 0; p < 4; p++) highest[p] = load_sums(sums + p * LANES);
    for (size_t i = 4 * LANES; i < KERNELS_GROUP_SIZE; i += 4 * LANES) {
        for (size_t p = 0; p < 4; p++) {
            highest[p] = __builtin_elementwise_max(highest[p], load_sums(sums + i + p * LANES));
        }
    }
    for (size_t p = 1; p < 4; p++) highest[0] = __builtin_elementwise_max(highest[0], highest[p]);
    return __builtin_reduce_max(highest[0]);
}

static kernels_moments measure_sums(const int32_t *sums, size_t count) {
    f64x16 totals = (f64x16)0.0, squares = (f64x16)0.0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const f64x16 values = __builtin_convertvector(load_sums(sums + i), f64x16);
        totals += values;
        squares += values * values;
    }
    kernels_moments moments = {0, 0};
    for (size_t l = 0; l < LANES; l++) {
        moments.sum += totals[l];
        moments.squares += squares[l];
    }
    for (; i < count; i++) {
        moments.sum += (double)sums[i];
        moments.squares += (double)sums[i] * (double)sums[i];
    }
    return moments;
}
