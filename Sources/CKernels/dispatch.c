#include "CKernels.h"
#include "variants.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static int has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c")
        && __builtin_cpu_supports("fma");
}

/// Whether there are products of bytes without AVX-512, which not every compiler's library knows of.
static int has_avx_vnni(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || a < 1) return 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}

static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static int has_avx512_narrow(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni")
        && __builtin_cpu_supports("avx512bf16");
}

/// Whether there are tiles with products of bytes and of bf16 (AMX), and this process may use them: Linux
/// wants to be asked, since they make every thread's saved state larger by 8 kB.
static int has_amx(void) {
#if defined(__linux__) && defined(SYS_arch_prctl)
    enum { request_permission = 0x1023, tile_data = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const int has_bf16 = d >> 22 & 1, has_tiles = d >> 24 & 1, has_int8 = d >> 25 & 1;
    return has_bf16 && has_tiles && has_int8
        && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return 0;
#endif
}

#endif

const kernels_table *kernels_variant(kernels_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case KERNELS_ISA_AVX512_AMX:
        return has_avx512_narrow() && has_amx() ? &kernels_avx512_amx : NULL;
    case KERNELS_ISA_AVX512_NARROW: return has_avx512_narrow() ? &kernels_avx512_narrow : NULL;
    case KERNELS_ISA_AVX512_VNNI:
        return has_avx512() && __builtin_cpu_supports("avx512vnni") ? &kernels_avx512_vnni : NULL;
    case KERNELS_ISA_AVX512: return has_avx512() ? &kernels_avx512 : NULL;
    case KERNELS_ISA_AVX2_VNNI: return has_avx2() && has_avx_vnni() ? &kernels_avx2_vnni : NULL;
    case KERNELS_ISA_AVX2: return has_avx2() ? &kernels_avx2 : NULL;
#endif
    case KERNELS_ISA_PORTABLE: return &kernels_portable;
    default: return NULL;
    }
}

/// Whether a variant is slower than the one below it: Intel's products of pairs of bf16 take two cycles each,
/// and those of floats half a cycle.
static int is_slow(kernels_isa isa) {
#if defined(__x86_64__)
    return isa == KERNELS_ISA_AVX512_NARROW && __builtin_cpu_is("intel");
#else
    (void)isa;
    return 0;
#endif
}

const char *kernels_isa_name(kernels_isa isa) {
    switch (isa) {
    case KERNELS_ISA_PORTABLE: return "portable";
    case KERNELS_ISA_AVX2: return "avx2";
    case KERNELS_ISA_AVX2_VNNI: return "avx2_vnni";
    case KERNELS_ISA_AVX512: return "avx512";
    case KERNELS_ISA_AVX512_VNNI: return "avx512_vnni";
    case KERNELS_ISA_AVX512_NARROW: return "avx512_bf16";
    case KERNELS_ISA_AVX512_AMX: return "avx512_amx";
    }
    return "";
}

kernels_isa kernels_isa_best(void) {
    kernels_isa isa = KERNELS_ISA_COUNT - 1;
    const char *limit = getenv("RIVERRUN_MAX_ISA");
    for (kernels_isa named = 0; limit != NULL && named < KERNELS_ISA_COUNT; named++) {
        if (strcmp(limit, kernels_isa_name(named)) == 0) isa = named;
    }
    while (kernels_variant(isa) == NULL || is_slow(isa)) isa--;
    return isa;
}

const kernels_table *kernels_best(void) {
    // Whoever comes first writes what everybody would write, so relaxed order is enough.
    static _Atomic(const kernels_table *) best = NULL;
    const kernels_table *table = atomic_load_explicit(&best, memory_order_relaxed);
    if (table == NULL) {
        table = kernels_variant(kernels_isa_best());
        atomic_store_explicit(&best, table, memory_order_relaxed);
    }
    return table;
}

float kernels_dot_f32(const float *a, const float *b, size_t count) {
    return kernels_best()->dot_f32(a, b, count);
}

float kernels_dot_f32_i8(const float *a, const int8_t *b, size_t count) {
    return kernels_best()->dot_f32_i8(a, b, count);
}

int32_t kernels_dot_i8(const int8_t *a, const int8_t *b, size_t count) {
    return kernels_best()->dot_i8(a, b, count);
}

void kernels_scan_f32(
    const float *query,
    const float *rows,
    size_t row_count,
    size_t width,
    float *products
) {
    kernels_best()->scan_f32(query, rows, row_count, width, products);
}

void kernels_scan_f32_i8(
    const float *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    float *products
) {
    kernels_best()->scan_f32_i8(query, rows, row_count, width, products);
}

void kernels_quantize_rows(
    const float *rows,
    size_t row_count,
    size_t width,
    int8_t *bytes,
    float *scales
) {
    kernels_best()->quantize_rows(rows, row_count, width, bytes, scales);
}

void kernels_scan_i8(
    const int8_t *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    int32_t *products
) {
    kernels_best()->scan_i8(query, rows, row_count, width, products);
}

void kernels_direction_f32(
    const float *vector, const float *addends, float scale, float *direction, size_t count
) {
    kernels_best()->direction_f32(vector, addends, scale, direction, count);
}

void kernels_add_scaled_f32(float *values, const float *addends, float scale, size_t count) {
    kernels_best()->add_scaled_f32(values, addends, scale, count);
}

void kernels_delta_step_f32(
    float *weights,
    float *update,
    float *expected,
    const float *key,
    const float *error,
    const float *next_key,
    size_t width,
    kernels_delta_rates rates
) {
    kernels_best()->delta_step_f32(
        weights, update, expected, key, error, next_key, width, rates
    );
}

void kernels_unpack_positions(
    const uint8_t *packed,
    size_t bits,
    uint16_t previous,
    uint16_t *positions
) {
    kernels_best()->unpack_positions(packed, bits, previous, positions);
}

void kernels_unpack_frequencies(const uint8_t *packed, size_t bits, uint32_t *frequencies) {
    kernels_best()->unpack_frequencies(packed, bits, frequencies);
}

size_t kernels_unpack_codes(
    const uint8_t *codes,
    size_t count,
    uint16_t *positions,
    uint32_t *frequencies
) {
    return kernels_best()->unpack_codes(codes, count, positions, frequencies);
}

void kernels_score_postings(const kernels_scoring *scoring) {
    kernels_best()->score_postings(scoring);
}

size_t kernels_select_sums(const int32_t *sums, int32_t threshold, uint16_t *positions) {
    return kernels_best()->select_sums(sums, threshold, positions);
}

int32_t kernels_highest_sum(const int32_t *sums) {
    return kernels_best()->highest_sum(sums);
}

kernels_moments kernels_measure_sums(const int32_t *sums, size_t count) {
    return kernels_best()->measure_sums(sums, count);
}
