#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "ascii_words.h"

/// The hot loops, each in one variant an instruction set, chosen at run time.
///
/// Every variant gives the same bits: products are accumulated with fused multiply-add, matrix
/// products in the order of the depth, sums over a row in 64 (dot) or 16 (row) fixed lanes that
/// are folded as a tree. So a row's result depends on neither the variant, nor the rows beside
/// it, nor how rows are shared out among threads. Matrices are row-major; strides count elements.
///
/// That holds for the narrow formats too: products of bytes are summed exactly, and a pair of bf16
/// is added as processors with an instruction for it do, the odd element first, each fused. Only
/// numbers below 2^−126, which that instruction takes for zero, may differ.
///
/// One variant is apart: in tiles the processor adds products of bf16 in an order of its own, of 32 the
/// even elements, the odd ones, and then both to the sum. There what is computed in bf16 has other last
/// bits, which still depend on nothing but the row.

/// Instruction sets for which the kernels have a variant, from the slowest to the fastest. A processor
/// need not have all that are slower than its fastest.
typedef enum {
    KERNELS_ISA_PORTABLE = 0,
    KERNELS_ISA_AVX2 = 1,
    /// AVX2 with the products of bytes (AVX-VNNI).
    KERNELS_ISA_AVX2_VNNI = 2,
    KERNELS_ISA_AVX512 = 3,
    /// AVX-512 with the products of bytes (VNNI).
    KERNELS_ISA_AVX512_VNNI = 4,
    /// AVX-512 with the products of bytes and of bf16.
    KERNELS_ISA_AVX512_NARROW = 5,
    /// The same with tiles (AMX), whose products of bf16 are summed in another order.
    KERNELS_ISA_AVX512_AMX = 6,
} kernels_isa;

/// How many instruction sets there are.
#define KERNELS_ISA_COUNT 7

/// What is done to a matrix product's elements after the bias is added.
typedef enum {
    KERNELS_ACTIVATION_NONE = 0,
    /// x · Φ(x) with the exact normal distribution, within 2 units of the last place of max(|x|, 1).
    KERNELS_ACTIVATION_GELU = 1,
} kernels_activation;

/// Columns in a panel of a packed right-hand side.
#define KERNELS_PANEL_WIDTH 64

/// result = activation(left · right + bias) + residual
///
/// The right-hand side lies in panels of 64 columns: element (k, c) at
/// `right[c / 64 * right_panel_stride + k * right_row_stride + c % 64]`, readable up to the next
/// multiple of 16 columns. `kernels_pack_f32` makes such panels; a plain matrix of up to 64
/// columns is one as it lies. The result may be the residual, but not overlap `left` or `right`.
typedef struct {
    size_t rows;
    size_t columns;
    size_t depth;
    /// [rows, depth]
    const float *left;
    size_t left_stride;
    const float *right;
    size_t right_panel_stride;
    size_t right_row_stride;
    /// [columns], or NULL for none.
    const float *bias;
    kernels_activation activation;
    /// [rows, columns], or NULL for none.
    const float *residual;
    size_t residual_stride;
    /// [rows, columns]
    float *result;
    size_t result_stride;
} kernels_gemm;

/// Sums of two vectors each, normalized:
///
///     result[r] = (x − mean) · factors[r] · gain + bias,  x = table[places[r]] + addends[r]
typedef struct {
    size_t rows;
    size_t width;
    /// [.., width]
    const float *table;
    /// [rows], indices of rows of the table
    const int32_t *places;
    /// [rows, width]
    const float *addends;
    /// [width] each
    const float *gain;
    const float *bias;
    float epsilon;
    /// [rows, width]
    float *result;
    /// [rows], becomes 1 / √(variance + epsilon)
    float *factors;
} kernels_embedding;

/// What a linear layer makes of such sums, from what it makes of either part alone:
///
///     result[r] = (table[places[r]] + addends[r]) · factors[r] + bias
typedef struct {
    size_t rows;
    /// A multiple of 16.
    size_t width;
    /// [.., stride], floats for `project_f32`, else bf16
    const void *table;
    /// From row to row of the table and of the result, in elements.
    size_t stride;
    /// [rows], indices of rows of the table
    const int32_t *places;
    /// [rows, width]
    const float *addends;
    /// [rows]
    const float *factors;
    /// [width]
    const float *bias;
    /// [rows, stride], as the table
    void *result;
} kernels_projection;

/// Self-attention of one sequence: for each head, softmax(q · kᵀ / √head_size) · v.
typedef struct {
    size_t token_count;
    size_t head_count;
    /// A multiple of 16, at most 64.
    size_t head_size;
    /// [token_count, stride], queries, keys, values: floats for `attention_f32`, else bf16.
    const void *queries_keys_values;
    /// From token to token, in elements.
    size_t stride;
    /// `kernels_attention_scratch_size` bytes, aligned to 64.
    void *scratch;
    /// [token_count, head_count · head_size]
    float *result;
} kernels_attention;

/// Rows of IEEE halves, and some queries that are multiplied with them, or sums that they are added to.
typedef struct {
    /// [row_count, width]
    const uint16_t *rows;
    size_t row_count;
    size_t width;
    size_t query_count;
    /// Queries, or sums: [query_count, width], from one to the next `vector_stride` elements.
    float *vectors;
    size_t vector_stride;
    /// [query_count, row_count], from one query's to the next one's `score_stride` elements.
    float *scores;
    size_t score_stride;
} kernels_half_rows;

/// The constants of a step of a linear associative memory.
typedef struct {
    /// How much of the past update goes on.
    float momentum;
    /// How much of the memory is kept.
    float keep;
    /// What the outer product of key and error is multiplied by.
    float scale;
} kernels_delta_rates;

/// How the elements of a matrix are kept beside f32.
typedef enum {
    KERNELS_FORMAT_BF16 = 1,
    KERNELS_FORMAT_I8 = 2,
} kernels_format;

/// Rows of activations in a narrow format.
///
/// In int8 a byte b means scale · b + offset, with one offset a row, and a scale for every
/// `group` elements.
typedef struct {
    kernels_format format;
    /// From row to row, a multiple of 64 that holds the width: what is beyond the width is zero in
    /// bf16 and of no matter in int8, for weights are zero there.
    size_t stride;
    /// int8: elements that share a scale, a multiple of 64 that divides the stride. For the result
    /// of a product at most KERNELS_WIDEST_GROUP; else the stride.
    size_t group;
    /// bf16 of `half_size` bytes, or uint8_t, [rows, stride]
    void *elements;
    /// int8: [rows, stride / group]
    float *scales;
    /// int8: [rows]
    float *offsets;
} kernels_narrow_rows;

/// Weights of a linear layer [columns, depth] as files hold them: matrices of equal height, one below
/// another.
typedef struct {
    /// [columns / part_columns] of [part_columns, depth]
    const float *const *parts;
    size_t part_columns;
} kernels_plain_weights;

/// Weights of a linear layer, packed by `pack_narrow` into memory of `kernels_narrow_sizes`.
typedef struct {
    kernels_format format;
    size_t columns;
    size_t depth;
    /// As in the rows of the left side.
    size_t group;
    /// Panels of 64 columns: in bf16 pairs [depth / 2, 64, 2], or floats [depth, 64], in int8 fours
    /// [depth / 4, 64, 4]; depth and columns are filled with zeros to multiples of 64. For tiles, panels
    /// of 32 columns of words that are such pairs or fours: [words / 16, 2, 16 words, 16 columns].
    void *elements;
    /// int8: [depth / group, columns], what a whole number is worth.
    float *scales;
    /// int8: [columns], the sum of a column's weights, to be multiplied by a row's offset.
    float *sums;
    /// [columns]
    float *bias;
} kernels_narrow_weights;

/// How much memory `kernels_narrow_weights` has.
typedef struct {
    /// The bytes of `elements`.
    size_t element_bytes;
    /// The count of `scales`.
    size_t scales;
    /// The count of `sums` and of `bias` each.
    size_t columns;
} kernels_narrow_sizes;

/// The most elements of a product's row that can share a scale in int8.
#define KERNELS_WIDEST_GROUP 512

/// The offset of int8 rows that the GELU made: below every result of it.
#define KERNELS_GELU_FLOOR (-0.1705f)

/// What a product of narrow matrices becomes.
typedef enum {
    /// result = left · right + bias + residual
    KERNELS_OUTPUT_F32 = 0,
    /// narrow_result = left · right + bias, in bf16
    KERNELS_OUTPUT_BF16 = 1,
    /// narrow_result = gelu(left · right + bias), in the format of the left side, in int8 with
    /// a scale for every `group` elements
    KERNELS_OUTPUT_GELU = 2,
} kernels_output;

/// The product of narrow activations and narrow weights of the same format.
///
/// The GELU is within 0.0002 of the exact one, in int8 within 0.0011 and a 2^13th of its largest.
typedef struct {
    size_t rows;
    kernels_narrow_rows left;
    const kernels_narrow_weights *right;
    kernels_output output;
    /// [rows, columns], or NULL for none.
    const float *residual;
    /// [rows, columns]; may be the residual.
    float *result;
    kernels_narrow_rows narrow_result;
} kernels_narrow_gemm;

/// A weighted sum of rows of a table: result[i] = Σ scales[row] · table[row · table_stride + i].
typedef struct {
    const int8_t *table;
    size_t table_stride;
    /// One for each row of the table.
    const float *scales;
    /// [row_count], indices of rows, each as often as it counts; summed in this order.
    const int32_t *rows;
    size_t row_count;
    /// Columns that are summed, a multiple of 16.
    size_t width;
    /// [width]
    float *result;
} kernels_row_sum;

/// Postings that are packed together.
#define KERNELS_RUN_LENGTH 64

/// Blocks in a group of postings; a position is a block's distance from the group's first.
#define KERNELS_GROUP_SIZE 4096

/// Adds what a term gives to the scores of the blocks that hold it:
///
///     sums[position] += ⌊weight · frequency / (frequency + norm)⌋
///     norm = max(constant + slope · lengths[position], 0)
///
/// Whole numbers, so that the sum does not depend on the order of the terms.
typedef struct {
    /// [count], different and less than KERNELS_GROUP_SIZE.
    const uint16_t *positions;
    /// [count], at least 1.
    const uint32_t *frequencies;
    size_t count;
    /// [KERNELS_GROUP_SIZE]
    const uint32_t *lengths;
    float constant;
    float slope;
    /// What a term in full is worth, from 0 to 2^30.
    float weight;
    /// [KERNELS_GROUP_SIZE]
    int32_t *sums;
} kernels_scoring;

/// The formats of the tensors in GGUF files: plain, or blocks that share a scale.
typedef enum {
    KERNELS_BLOCK_F32,
    KERNELS_BLOCK_F16,
    KERNELS_BLOCK_BF16,
    KERNELS_BLOCK_Q4_0,
    KERNELS_BLOCK_Q4_1,
    KERNELS_BLOCK_Q5_0,
    KERNELS_BLOCK_Q5_1,
    KERNELS_BLOCK_Q8_0,
    KERNELS_BLOCK_Q4_K,
    KERNELS_BLOCK_Q5_K,
    KERNELS_BLOCK_Q6_K,
} kernels_block_format;

/// Products of many rows that lie in blocks with one or more inputs:
///
///     result[i][r] = rows[r] · inputs[i] + bias[r], or that added to what is there
typedef struct {
    kernels_block_format format;
    /// [row_count, width] in the format, each a whole number of blocks.
    const void *rows;
    size_t row_bytes;
    size_t row_count;
    size_t width;
    /// [input_count, width]
    const float *inputs;
    size_t input_count;
    /// [row_count], or NULL for none.
    const float *bias;
    int is_added;
    /// [KERNELS_BLOCK_SCRATCH_ROWS, width]
    float *scratch;
    /// [input_count, result_stride]
    float *result;
    size_t result_stride;
} kernels_block_product;

/// Rows that `multiply_blocks` has as floats at once.
#define KERNELS_BLOCK_SCRATCH_ROWS 2

/// Inputs in a tile of activations in bytes, unless there is one input alone.
#define KERNELS_INPUT_TILE 8

/// Bytes that 32 elements of one input take in bytes.
#define KERNELS_BYTE_BLOCK_SIZE 52

/// Products of packed blocks with one or more inputs in bytes:
///
///     result[i][r] = rows[r] · inputs[i] + bias[r], or that added to what is there
///
/// For each 32 elements (16 in Q6_K) products of whole numbers are summed exactly; what they are worth
/// is added in the order of the elements. F32, F16 and BF16 have no such products.
typedef struct {
    kernels_block_format format;
    /// Sixteen rows each, from `kernels_pack_blocks`, aligned to 64.
    const void *panels;
    /// `kernels_panel_bytes`
    size_t panel_bytes;
    size_t row_count;
    size_t width;
    /// From `round_rows`, filled up to a whole tile.
    const void *inputs;
    size_t input_count;
    /// 1 or KERNELS_INPUT_TILE, as the inputs were rounded.
    size_t tile;
    /// [row_count], or NULL for none.
    const float *bias;
    int is_added;
    /// [input_count, result_stride]
    float *result;
    size_t result_stride;
} kernels_packed_product;

/// How some numbers lie.
typedef struct {
    double sum;
    double squares;
} kernels_moments;

/// The bytes of the scales of a tile of codes.
#define KERNELS_CODE_SCALES_SIZE 64

/// The products of a query with rows of 4-bit codes, sixteen rows a tile.
///
/// A code c from 0 to 15 means (c − 7.5) · scale. Its two upper bits lie in one plane, its two lower
/// in another: in both a tile has [width / 16, 16, 4] bytes, and bits 2j and 2j + 1 of byte b of row
/// r in step s are those of dimension 16 s + 4 j + b. In the upper plane the scales of the sixteen
/// rows come before them. From the upper plane alone a code is taken for
/// the middle of its four, 4 · (c / 4) + 1.5. Sums are exact, so every variant gives the same bits.
typedef struct {
    /// Dimensions, a multiple of 16.
    size_t width;
    size_t tile_count;
    /// [width], not below −127
    const int8_t *query;
    /// The sum of `query`.
    int32_t query_sum;
    /// What a whole number of `query` is worth.
    float scale;
    /// [tile_count] of [16] floats and [width / 16, 16, 4] bytes
    const uint8_t *upper;
    /// [tile_count, width / 16, 16, 4], or NULL to use the upper plane alone.
    const uint8_t *lower;
    /// The upper plane that is read after this one, to be asked for meanwhile, or NULL.
    const uint8_t *next;
    /// [tile_count, 16]
    float *products;
} kernels_code_scan;

/// The bytes that hold sixteen dimensions of a tile of signs.
#define KERNELS_SIGN_STEP_SIZE 32

/// The products of a query with rows of signs, sixteen rows a tile, added to what is there.
///
/// A tile is sixteen scales, then [width / 16, 2, 16] bytes: bit b of nibble n of byte h of row r in step s is
/// set where dimension 16 s + 8 h + 4 n + b is not below 0. A product is a row's scale times that of the query's
/// scalars with 1 and −1, which come from tables of what each four of them sum to. Sums are exact, so every
/// variant gives the same bits.
typedef struct {
    /// Dimensions, a multiple of 16.
    size_t width;
    size_t tile_count;
    /// [width / 16, 2 nibbles, 2 bytes, 16] entries below 128: the sum of the scalars of the bits that are set,
    /// of which the least that any has is 0.
    const uint8_t *tables;
    /// What of twice the sum of a row's entries comes from their being above 0.
    int32_t offset;
    /// What an entry of 1 is worth.
    float scale;
    /// [tile_count] of [16] floats and [width / 16, 2, 16] bytes
    const uint8_t *tiles;
    /// The tiles that are read after these, to be asked for meanwhile, or NULL.
    const uint8_t *next;
    /// [tile_count, 16]
    float *products;
} kernels_sign_scan;

/// One variant of every kernel.
typedef struct {
    kernels_isa isa;
    const char *name;
    /// Bytes of an element of KERNELS_FORMAT_BF16 in rows and weights: 2, or 4 where the processor has
    /// no instruction for bf16 and multiplies floats that are rounded to it, to the same bits.
    size_t half_size;

    /// A matrix product with its epilogue.
    void (*gemm_f32)(const kernels_gemm *product);
    /// Self-attention of one sequence.
    void (*attention_f32)(const kernels_attention *attention);
    /// In place, x · Φ(x).
    void (*gelu_f32)(float *values, size_t count);
    /// In place for each row, (x − mean) / √(variance + epsilon) · gain + bias.
    void (*layer_norm_f32)(
        float *rows,
        size_t row_count,
        size_t width,
        const float *gain,
        const float *bias,
        float epsilon
    );
    /// Sums of two vectors each, normalized with the bits that `layer_norm_f32` gives.
    void (*embed_f32)(const kernels_embedding *embedding);
    /// What a linear layer makes of such sums.
    void (*project_f32)(const kernels_projection *projection);
    /// The same, from bf16 to bf16.
    void (*project_bf16)(const kernels_projection *projection);
    /// In place, exp(scale · x) over their sum, with the largest taken out first; count ≥ 1.
    ///
    /// The row is memory up to the next multiple of 16 elements; those beyond `count` become zero.
    void (*softmax_f32)(float *values, size_t count, float scale);
    /// For each row, x / √(mean of x² + epsilon) · gain; the result may be the rows.
    void (*rms_norm_f32)(
        const float *rows,
        size_t row_count,
        size_t width,
        const float *gain,
        float epsilon,
        float *result
    );
    /// In place, gates ← gates · σ(gates) · values, σ the logistic function.
    void (*swiglu_f32)(float *gates, const float *values, size_t count);
    /// Whole blocks, `count` elements in all, as floats, rounded as the format's reference does.
    void (*dequantize)(
        kernels_block_format format,
        const void *blocks,
        size_t count,
        float *values
    );
    /// Products of rows in blocks, each with the bits of `dot_f32` of what `dequantize` gives.
    void (*multiply_blocks)(const kernels_block_product *product);
    /// Rows [row_count, width] as bytes from −127 to 127, 32 of which share a scale; the rows become
    /// inputs `first` and following of `result`.
    ///
    /// `width` is a multiple of 32. In `result` a tile of inputs has for each 32 elements, one after
    /// another: [tile, 32] bytes; [tile] floats each of what a byte is worth, and of the sum of the
    /// bytes times that; [tile] numbers each of the sum of all, the first 16 and the second 16 bytes,
    /// negated.
    void (*round_rows)(
        const float *rows,
        size_t row_count,
        size_t width,
        size_t tile,
        size_t first,
        void *result
    );
    /// Products of packed blocks with inputs in bytes.
    void (*multiply_packed)(const kernels_packed_product *product);
    /// In place, values += scale · addends.
    void (*add_scaled_f32)(float *values, const float *addends, float scale, size_t count);
    /// values += Σ scales[r] · rows[r] for rows [row_count, width], one row after another: the same bits
    /// as `add_scaled_f32` gives for each.
    void (*add_scaled_rows_f32)(
        float *values,
        const float *rows,
        const float *scales,
        size_t row_count,
        size_t width
    );
    /// values += Σ scales[r] · rows[r] for rows in int8, [row_count, width]: their bytes one row after
    /// another, then the sum of their offsets.
    void (*add_scaled_bytes)(
        float *values,
        const kernels_narrow_rows *rows,
        const float *scales,
        size_t row_count,
        size_t width
    );
    /// halves[i] = the nearest IEEE half, ties to even; at most 65,504 in size.
    void (*narrow_f16)(const float *values, size_t count, uint16_t *halves);
    /// values[i] = halves[i], exactly.
    void (*widen_f16)(const uint16_t *halves, size_t count, float *values);
    /// scores[q, r] = rows[r] · vectors[q]: the bits that `scan_f32` gives for widened rows, however many
    /// queries there are.
    void (*scan_f16)(const kernels_half_rows *rows);
    /// vectors[q] += Σ scores[q, r] · rows[r]: the bits that `add_scaled_rows_f32` gives for widened rows.
    void (*add_scaled_rows_f16)(const kernels_half_rows *rows);

    /// One step of a linear associative memory M with momentum S, in one pass over both:
    ///
    ///     S ← momentum · S + scale · keyᵀ error;  M ← keep · M + S;  expected ← next_key · M
    ///
    /// M and S are [width, width], the others [width]. `expected` has the bits that adding M's rows
    /// up one after another with `add_scaled_f32` gives.
    void (*delta_step_f32)(
        float *weights,
        float *update,
        float *expected,
        const float *key,
        const float *error,
        const float *next_key,
        size_t width,
        kernels_delta_rates rates
    );

    /// A weighted sum of rows of a table.
    void (*sum_rows_i8)(const kernels_row_sum *sum);

    /// Σ a · b
    float (*dot_f32)(const float *a, const float *b, size_t count);
    /// direction = (vector + scale · addends) at length 1, or zeros where it has none; the same bits as
    /// `add_scaled_f32`, `dot_f32` and a division give. `direction` may be either of the others.
    void (*direction_f32)(
        const float *vector, const float *addends, float scale, float *direction, size_t count
    );
    /// Σ a · b
    float (*dot_f32_i8)(const float *a, const int8_t *b, size_t count);
    /// Σ a · b, exact up to 131,071 elements.
    int32_t (*dot_i8)(const int8_t *a, const int8_t *b, size_t count);
    /// products[r] = rows[r] · query for rows [row_count, width].
    void (*scan_f32)(
        const float *query,
        const float *rows,
        size_t row_count,
        size_t width,
        float *products
    );
    /// products[r] = rows[r] · query for rows [row_count, width].
    void (*scan_f32_i8)(
        const float *query,
        const int8_t *rows,
        size_t row_count,
        size_t width,
        float *products
    );
    /// products[r] = rows[r] · query for rows [row_count, width].
    void (*scan_i8)(
        const int8_t *query,
        const int8_t *rows,
        size_t row_count,
        size_t width,
        int32_t *products
    );

    /// The positions of a run of 64 postings after `previous` (−1 at the beginning of a group).
    ///
    /// `packed` is 8 · bits bytes: what each position is more than the one before plus 1, value i
    /// in lane i % 4 of four 16-bit lanes, each a stream of bits with the lowest first; bits ≤ 16.
    void (*unpack_positions)(
        const uint8_t *packed,
        size_t bits,
        uint16_t previous,
        uint16_t *positions
    );
    /// The frequencies of a run, packed as the positions are, each less 1.
    void (*unpack_frequencies)(const uint8_t *packed, size_t bits, uint32_t *frequencies);
    /// Postings that are not packed: 12 bits of position, then 4 bits of frequency, little-endian.
    ///
    /// Returns how many frequencies are 0.
    size_t (*unpack_codes)(
        const uint8_t *codes,
        size_t count,
        uint16_t *positions,
        uint32_t *frequencies
    );
    /// Adds what a term gives to the scores of the blocks that hold it.
    void (*score_postings)(const kernels_scoring *scoring);
    /// The positions of a group's sums that are at least `threshold`, ascending, and how many.
    ///
    /// `positions` has room for one more than there can be.
    size_t (*select_sums)(const int32_t *sums, int32_t threshold, uint16_t *positions);
    /// The highest of a group's sums.
    int32_t (*highest_sum)(const int32_t *sums);
    /// How sums lie.
    kernels_moments (*measure_sums)(const int32_t *sums, size_t count);

    /// The products of a query with rows of 4-bit codes.
    void (*scan_codes)(const kernels_code_scan *scan);
    /// The products of a query with rows of signs, added to what is there.
    void (*scan_signs)(const kernels_sign_scan *scan);
    /// Adds the sum of the values to `sum` and that of their squares to `squares`.
    void (*moments_f32)(const float *values, size_t count, double *sum, double *squares);
    /// The indices of the values above a threshold, ascending; `indices` has room for `count` + 1.
    size_t (*above_f32)(const float *values, size_t count, float threshold, uint32_t *indices);
    /// The index of the largest value, the first of equal ones; count ≥ 1.
    size_t (*largest_f32)(const float *values, size_t count);

    /// Packs weights [columns, depth] and their bias.
    void (*pack_narrow)(
        const kernels_plain_weights *weights,
        const float *bias,
        const kernels_narrow_weights *packed
    );
    /// Rows [row_count, width] in a narrow format, in int8 with one scale a row.
    void (*narrow_f32)(
        const float *rows,
        size_t row_count,
        size_t width,
        const kernels_narrow_rows *result
    );
    /// Rows [row_count, width] as bytes from −127 to 127, each row's largest magnitude being 127, and
    /// what they are to be multiplied with. What is not finite becomes zero.
    void (*quantize_rows)(
        const float *rows,
        size_t row_count,
        size_t width,
        int8_t *bytes,
        float *scales
    );
    /// `layer_norm_f32`, then `narrow_f32` of what it gave.
    void (*layer_norm_narrow)(
        float *rows,
        size_t row_count,
        size_t width,
        const float *gain,
        const float *bias,
        float epsilon,
        const kernels_narrow_rows *result
    );
    /// A product of narrow matrices with its epilogue.
    void (*gemm_narrow)(const kernels_narrow_gemm *product);
    /// Self-attention of one sequence, products in bf16, softmax in f32 within 0.0002 of it.
    void (*attention_bf16)(const kernels_attention *attention);
    /// Self-attention of one sequence over bf16, products in bytes: keys and values with a scale
    /// for each of the head's elements, queries with one each, exponents in 64ths, shares in 254ths of
    /// the largest.
    void (*attention_i8)(const kernels_attention *attention);
} kernels_table;

/// Lets a loop that waits for another thread wait a moment.
static inline void kernels_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// The fastest instruction set that this processor and its operating system support, up to the one
/// that the environment variable RIVERRUN_MAX_ISA names, if it names one.
kernels_isa kernels_isa_best(void);

/// What an instruction set is called: portable, avx2, avx2_vnni, avx512, avx512_vnni, avx512_bf16 or
/// avx512_amx.
const char *kernels_isa_name(kernels_isa isa);

/// The variant for an instruction set, or NULL if it was not built or cannot run here.
const kernels_table *kernels_variant(kernels_isa isa);

/// The fastest variant that can run here.
const kernels_table *kernels_best(void);

/// Floats that `kernels_pack_f32` writes.
size_t kernels_packed_count(size_t columns, size_t depth);

/// Packs weights [columns, depth] into panels [depth, 64].
///
/// Columns beyond the last are zero. The panel stride is 64 · depth, the row stride 64.
void kernels_pack_f32(
    const kernels_plain_weights *weights,
    size_t columns,
    size_t depth,
    float *packed
);

/// The weights of one column, [depth].
static inline const float *kernels_plain_column(
    const kernels_plain_weights *weights,
    size_t depth,
    size_t column
) {
    return weights->parts[column / weights->part_columns]
        + column % weights->part_columns * depth;
}

/// Bytes of scratch for the attention of sequences of up to `token_count` tokens.
size_t kernels_attention_scratch_size(size_t token_count, size_t head_size);

/// Elements in a block of a format.
size_t kernels_block_length(kernels_block_format format);

/// Bytes of a block of a format.
size_t kernels_block_bytes(kernels_block_format format);

/// Bytes of a panel of sixteen rows; 0 for F32, F16 and BF16, which are not packed.
size_t kernels_panel_bytes(kernels_block_format format, size_t width);

/// Packs up to sixteen rows in blocks into a panel, whose further rows are zero.
void kernels_pack_blocks(
    kernels_block_format format,
    const void *rows,
    size_t row_bytes,
    size_t row_count,
    size_t width,
    void *panel
);

/// Puts a row into the planes of a tile of 4-bit codes, each of a scalar times `factor` plus 8, rounded down
/// to 0 at least and 15 at most; `upper` and `lower` are its first bytes in each.
///
/// Returns the product of the row with its codes less 7.5, summed in order.
float kernels_pack_codes(
    const float *vector,
    size_t width,
    float factor,
    uint8_t *upper,
    uint8_t *lower
);

/// The memory that weights [columns, depth] need in a narrow format, with a variant's `half_size`.
kernels_narrow_sizes kernels_narrow_sizes_of(
    size_t half_size,
    kernels_format format,
    size_t columns,
    size_t depth,
    size_t group
);

/// Σ a · b with the best variant.
float kernels_dot_f32(const float *a, const float *b, size_t count);

/// Σ a · b with the best variant.
float kernels_dot_f32_i8(const float *a, const int8_t *b, size_t count);

/// Σ a · b with the best variant, exact up to 131,071 elements.
int32_t kernels_dot_i8(const int8_t *a, const int8_t *b, size_t count);

/// products[r] = rows[r] · query with the best variant, for rows [row_count, width].
void kernels_scan_f32(
    const float *query,
    const float *rows,
    size_t row_count,
    size_t width,
    float *products
);

/// products[r] = rows[r] · query with the best variant, for rows [row_count, width].
void kernels_scan_f32_i8(
    const float *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    float *products
);

/// Rows as bytes with the best variant, as `quantize_rows` of the table says.
void kernels_quantize_rows(
    const float *rows,
    size_t row_count,
    size_t width,
    int8_t *bytes,
    float *scales
);

/// products[r] = rows[r] · query with the best variant, for rows [row_count, width].
void kernels_scan_i8(
    const int8_t *query,
    const int8_t *rows,
    size_t row_count,
    size_t width,
    int32_t *products
);

/// direction = (vector + scale · addends) at length 1 with the best variant, or zeros where it has none.
void kernels_direction_f32(
    const float *vector, const float *addends, float scale, float *direction, size_t count
);

/// values += scale · addends with the best variant.
void kernels_add_scaled_f32(float *values, const float *addends, float scale, size_t count);

/// One step of a linear associative memory with the best variant.
void kernels_delta_step_f32(
    float *weights,
    float *update,
    float *expected,
    const float *key,
    const float *error,
    const float *next_key,
    size_t width,
    kernels_delta_rates rates
);

/// The positions of a packed run with the best variant.
void kernels_unpack_positions(
    const uint8_t *packed,
    size_t bits,
    uint16_t previous,
    uint16_t *positions
);

/// The frequencies of a packed run with the best variant.
void kernels_unpack_frequencies(const uint8_t *packed, size_t bits, uint32_t *frequencies);

/// Postings that are not packed with the best variant.
size_t kernels_unpack_codes(
    const uint8_t *codes,
    size_t count,
    uint16_t *positions,
    uint32_t *frequencies
);

/// Adds what a term gives to the scores of the blocks that hold it with the best variant.
void kernels_score_postings(const kernels_scoring *scoring);

/// The positions of a group's sums that are at least `threshold` with the best variant.
size_t kernels_select_sums(const int32_t *sums, int32_t threshold, uint16_t *positions);

/// The highest of a group's sums with the best variant.
int32_t kernels_highest_sum(const int32_t *sums);

/// How sums lie with the best variant.
kernels_moments kernels_measure_sums(const int32_t *sums, size_t count);

/// Asks for `count` bytes, at least one, that will be read soon.
static inline void kernels_prefetch(const void *address, size_t count) {
    const char *bytes = (const char *)address;
    for (size_t i = 0; i < count - 1; i += 64) __builtin_prefetch(bytes + i);
    // Bytes that do not begin with a line end in one more.
    __builtin_prefetch(bytes + count - 1);
}

#endif
