// The body of every variant: a file an instruction set includes it between target attributes, with
// the size of its tile defined. No include guard, since each variant is its own translation unit.

// Vectors pass only between functions that are inlined, so how they would be passed is no matter.
#pragma clang diagnostic ignored "-Wpsabi"

// Fused multiply-add is written where it is meant, so that every variant rounds alike.
#pragma clang fp contract(off)

#include "kernels_vector.h"

#include "kernels_rows.h"

#include "kernels_gemm.h"

#include "kernels_dot.h"

#include "kernels_decoder.h"

#include "kernels_blocks.h"

#include "kernels_block_products.h"

#include "kernels_delta.h"

#include "kernels_postings.h"

#include VARIANT_DOTS

#include "kernels_half_rows.h"

#ifdef VARIANT_HAS_TILES
#include "kernels_tiles.h"
#endif

#include "kernels_narrow_rows.h"

#include "kernels_embedding.h"

#include "kernels_narrow_packing.h"

#include "kernels_words.h"

#include "kernels_byte_gelu.h"

#include "kernels_narrow_results.h"

#ifdef VARIANT_HAS_TILES
#include "kernels_tile_gemm.h"
#else
#include "kernels_narrow_gemm.h"
#endif

#include "kernels_byte_rows.h"

#include "kernels_packed_blocks.h"

#include "kernels_attention.h"

#include "kernels_table.h"

#include "kernels_codes.h"

#include "kernels_signs.h"

const kernels_table VARIANT_TABLE = {
    .isa = VARIANT_ISA,
    .name = VARIANT_NAME,
    .half_size = sizeof(half_element),
    .gemm_f32 = gemm_f32,
    .attention_f32 = attention_f32,
    .gelu_f32 = gelu_f32,
    .layer_norm_f32 = layer_norm_f32,
    .embed_f32 = embed_f32,
    .project_f32 = project_f32,
    .project_bf16 = project_bf16,
    .softmax_f32 = softmax_f32,
    .rms_norm_f32 = rms_norm_f32,
    .swiglu_f32 = swiglu_f32,
    .dequantize = dequantize,
    .multiply_blocks = multiply_blocks,
    .round_rows = round_rows,
    .multiply_packed = multiply_packed,
    .add_scaled_f32 = add_scaled_f32,
    .add_scaled_rows_f32 = add_scaled_rows_f32,
    .add_scaled_bytes = add_scaled_bytes,
    .narrow_f16 = narrow_f16,
    .widen_f16 = widen_f16,
    .scan_f16 = scan_f16,
    .add_scaled_rows_f16 = add_scaled_rows_f16,
    .delta_step_f32 = delta_step_f32,
    .sum_rows_i8 = sum_rows_i8,
    .dot_f32 = dot_f32,
    .direction_f32 = direction_f32,
    .dot_f32_i8 = dot_f32_i8,
    .dot_i8 = dot_i8,
    .scan_f32 = scan_f32,
    .scan_f32_i8 = scan_f32_i8,
    .scan_i8 = scan_i8,
    .unpack_positions = unpack_positions,
    .unpack_frequencies = unpack_frequencies,
    .unpack_codes = unpack_codes,
    .score_postings = score_postings,
    .select_sums = select_sums,
    .highest_sum = highest_sum,
    .measure_sums = measure_sums,
    .scan_codes = scan_codes,
    .scan_signs = scan_signs,
    .moments_f32 = moments_f32,
    .above_f32 = above_f32,
    .largest_f32 = largest_f32,
    .pack_narrow = pack_narrow,
    .narrow_f32 = narrow_f32,
    .quantize_rows = quantize_rows,
    .layer_norm_narrow = layer_norm_narrow,
    .gemm_narrow = gemm_narrow,
    .attention_bf16 = attention_bf16,
    .attention_i8 = attention_i8,
};
