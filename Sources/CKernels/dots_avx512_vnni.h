// Products of bytes by the instruction made for them; bf16 have none.

#include <immintrin.h>

#include "dots_avx512_bytes.h"

#include "dots_avx512_lanes.h"

#include "dots_halves.h"

#include "dots_signs.h"
