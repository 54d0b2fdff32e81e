// Self-attention of one sequence, head by head, a few queries at a time.

/// Turns the keys of a head, [tokens, stride], into panels [head_size, 64].
static void pack_keys(
    const float *keys,
    size_t stride,
    size_t token_count,
    size_t head_size,
    float *packed
) {
    for (size_t start = 0; start < token_count; start += KERNELS_PANEL_WIDTH) {
        const size_t rest = token_count - start;
        const size_t count = rest < KERNELS_PANEL_WIDTH ? rest : KERNELS_PANEL_WIDTH;
        const size_t padded = (count + LANES - 1) / LANES * LANES;
        for (size_t t = 0; t < count; t++) {
            const float *key = keys + (start + t) * stride;
            for (size_t d = 0; d < head_size; d++) packed[d * KERNELS_PANEL_WIDTH + t] = key[d];
        }
        for (size_t t = count; t < padded; t++) {
            for (size_t d = 0; d < head_size; d++) packed[d * KERNELS_PANEL_WIDTH + t] = 0;
        }
        packed += head_size * KERNELS_PANEL_WIDTH;
    }
}

static void attention_f32(const kernels_attention *a) {
    const size_t tokens = a->token_count;
    const size_t head_size = a->head_size;
    const size_t width = a->head_count * head_size;
    const size_t stride = 3 * width;
    const size_t padded = (tokens + LANES - 1) / LANES * LANES;
    const size_t panels = (tokens + KERNELS_PANEL_WIDTH - 1) / KERNELS_PANEL_WIDTH;
    const float scale = 1.0f / sqrtf((float)head_size);
    float *keys = a->scratch;
    float *scores = keys + panels * KERNELS_PANEL_WIDTH * head_size;

    for (size_t head = 0; head < a->head_count; head++) {
        const float *q = a->queries_keys_values + head * head_size;
        const float *k = q + width;
        const float *v = k + width;
        pack_keys(k, stride, tokens, head_size, keys);
        for (size_t row = 0; row < tokens; row += KERNELS_QUERY_ROWS) {
            const size_t rest = tokens - row;
            const size_t rows = rest < KERNELS_QUERY_ROWS ? rest : KERNELS_QUERY_ROWS;
            const kernels_gemm similarity = {
                .rows = rows,
                .columns = padded,
                .depth = head_size,
                .left = q + row * stride,
                .left_stride = stride,
                .right = keys,
                .right_panel_stride = KERNELS_PANEL_WIDTH * head_size,
                .right_row_stride = KERNELS_PANEL_WIDTH,
                .result = scores,
                .result_stride = padded,
            };
            gemm_f32(&similarity);
            for (size_t r = 0; r < rows; r++) softmax_f32(scores + r * padded, tokens, scale);
            const kernels_gemm mixture = {
                .rows = rows,
                .columns = head_size,
                .depth = tokens,
                .left = scores,
                .left_stride = padded,
                .right = v,
                .right_row_stride = stride,
                .result = a->result + row * width + head * head_size,
                .result_stride = width,
            };
            gemm_f32(&mixture);
        }
    }
}
