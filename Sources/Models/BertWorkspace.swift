internal import CKernels
internal import Tensors

/// The buffers of one forward pass.
struct BertWorkspace: Sendable {
    /// The residual stream, [pieces, hidden].
    let hidden: AlignedFloats
    /// What the sums of pieces and positions are divided by, inverted, [pieces].
    let factors: AlignedFloats
    let buffers: Buffers

    /// Room for what lies between the layers' products.
    enum Buffers: Sendable {
        case float32(FloatBuffers)
        case narrow(NarrowBuffers)
    }

    /// Room for `pieceCount` pieces in sequences of up to `longestSequence`.
    init(
        _ kernels: Kernels,
        configuration: BertConfiguration,
        precision: EncoderPrecision,
        pieceCount: Int,
        longestSequence: Int
    ) {
        hidden = AlignedFloats(count: pieceCount * configuration.hiddenSize)
        factors = AlignedFloats(count: pieceCount)
        buffers =
            if let format = precision.format {
                .narrow(
                    NarrowBuffers(kernels, configuration, format, pieceCount, longestSequence)
                )
            } else {
                .float32(FloatBuffers(configuration, pieceCount, longestSequence))
            }
    }
}

/// The buffers of a pass over f32.
struct FloatBuffers: Sendable {
    let wide: AlignedFloats
    let mixed: AlignedFloats
    let scratch: AlignedBytes

    init(_ configuration: BertConfiguration, _ pieceCount: Int, _ longestSequence: Int) {
        let width = configuration.hiddenSize
        wide = AlignedFloats(count: pieceCount * max(3 * width, configuration.intermediateSize))
        mixed = AlignedFloats(count: pieceCount * width)
        scratch = AlignedBytes(
            count: kernels_attention_scratch_size(longestSequence, configuration.headSize)
        )
    }
}

/// The buffers of a pass over a narrow format.
struct NarrowBuffers: Sendable {
    let format: kernels_format
    let input: NarrowRows
    let queriesKeysValues: NarrowRows
    let wide: NarrowRows
    /// What `MeanOutput` computes in, in int8.
    let mean: MeanBuffers?
    /// What attention mixes for one sequence, [longest sequence, hidden].
    let mixed: AlignedFloats
    let scratch: AlignedBytes

    init(
        _ kernels: Kernels,
        _ configuration: BertConfiguration,
        _ format: kernels_format,
        _ pieceCount: Int,
        _ longestSequence: Int
    ) {
        let width = configuration.hiddenSize
        let wideWidth = configuration.intermediateSize
        self.format = format
        input = NarrowRows(kernels, format, rowCount: pieceCount, width: width)
        queriesKeysValues = NarrowRows(
            kernels,
            KERNELS_FORMAT_BF16,
            rowCount: pieceCount,
            width: 3 * width
        )
        wide = NarrowRows(
            kernels,
            format,
            rowCount: pieceCount,
            width: wideWidth,
            group: NarrowLayer.widestGroup(ofWidth: wideWidth)
        )
        mean = format == KERNELS_FORMAT_I8 ? MeanBuffers(configuration, pieceCount) : nil
        mixed = AlignedFloats(count: longestSequence * width)
        scratch = AlignedBytes(
            count: kernels_attention_scratch_size(longestSequence, configuration.headSize)
        )
    }
}

/// The buffers of a last layer of which only the mean is asked for.
struct MeanBuffers: Sendable {
    /// The products of the residual with the directions, [pieces, directions].
    let residualProducts: AlignedFloats
    /// Those of the rows, [pieces, directions].
    let rowProducts: AlignedFloats
    /// 1 / σ of each row, [pieces].
    let factors: AlignedFloats
    /// For each sequence the sum of what was activated, [pieces, intermediate].
    let activated: AlignedFloats
    /// For each sequence the sum of its rows, [pieces, hidden].
    let sums: AlignedFloats

    init(_ configuration: BertConfiguration, _ pieceCount: Int) {
        residualProducts = AlignedFloats(count: pieceCount * MeanOutput.directionCount)
        rowProducts = AlignedFloats(count: pieceCount * MeanOutput.directionCount)
        factors = AlignedFloats(count: pieceCount)
        activated = AlignedFloats(count: pieceCount * configuration.intermediateSize)
        sums = AlignedFloats(count: pieceCount * configuration.hiddenSize)
    }
}
