#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Instruction sets for which the kernels have a variant, from the slowest to the fastest.
typedef enum {
    KERNELS_ISA_PORTABLE = 0,
    KERNELS_ISA_AVX2 = 1,
    KERNELS_ISA_AVX512 = 2,
} kernels_isa;

/// The fastest instruction set that this processor and its operating system support.
kernels_isa kernels_isa_best(void);

#endif
