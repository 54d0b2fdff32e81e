// Products of bytes by the instruction made for them, in one register.

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    return (i32x16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)left, (__m512i)right);
}

#include "dots_codes.h"

// A product of 6 × 64 is 24 cycles a step; half as many jumps make it two in a hundred faster.
#define BYTE_STEPS 2
