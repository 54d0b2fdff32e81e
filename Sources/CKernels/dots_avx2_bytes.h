// Products of bytes in two registers, each by the `dot_bytes_256` of the file that includes this.

/// sum[i] + Σ of the four products of unsigned bytes of `left`[i] and signed bytes of `right`[i].
KERNELS_INLINE i32x16 dot_bytes(i32x16 sum, i32x16 left, i32x16 right) {
    __m256i parts[3][2];
    memcpy(parts[0], &sum, sizeof sum);
    memcpy(parts[1], &left, sizeof left);
    memcpy(parts[2], &right, sizeof right);
    for (int half = 0; half < 2; half++) {
        parts[0][half] = dot_bytes_256(parts[0][half], parts[1][half], parts[2][half]);
    }
    memcpy(&sum, parts[0], sizeof sum);
    return sum;
}
