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

/// The buffers of a pass over narrow formats.
struct NarrowBuffers: Sendable {
    let format: kernels_format
    private let input: NarrowRows
    private let byteInput: NarrowRows
    let queriesKeysValues: NarrowRows
    private let wide: NarrowRows
    private let byteWide: NarrowRows
    /// What `MeanOutput` computes in.
    let mean: MeanBuffers
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
        let group = NarrowLayer.widestGroup(ofWidth: wideWidth)
        func rows(_ format: kernels_format, _ width: Int, group: Int? = nil) -> NarrowRows {
            NarrowRows(kernels, format, rowCount: pieceCount, width: width, group: group)
        }
        self.format = format
        byteInput = rows(KERNELS_FORMAT_I8, width)
        byteWide = rows(KERNELS_FORMAT_I8, wideWidth, group: group)
        let isInt8 = format == KERNELS_FORMAT_I8
        input = isInt8 ? byteInput : rows(format, width)
        wide = isInt8 ? byteWide : rows(format, wideWidth, group: group)
        queriesKeysValues = rows(KERNELS_FORMAT_BF16, 3 * width)
        mean = MeanBuffers(
            configuration,
            pieceCount,
            directionCount: MeanOutput.directionCount(format)
        )
        mixed = AlignedFloats(count: longestSequence * width)
        scratch = AlignedBytes(
            count: kernels_attention_scratch_size(longestSequence, configuration.headSize)
        )
    }

    /// What the next product reads that is of `format`, [pieces, hidden].
    func input(_ format: kernels_format) -> NarrowRows {
        format == KERNELS_FORMAT_I8 ? byteInput : input
    }

    /// What was activated, [pieces, intermediate].
    func wide(_ format: kernels_format) -> NarrowRows {
        format == KERNELS_FORMAT_I8 ? byteWide : wide
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

    init(_ configuration: BertConfiguration, _ pieceCount: Int, directionCount: Int) {
        residualProducts = AlignedFloats(count: pieceCount * directionCount)
        rowProducts = AlignedFloats(count: pieceCount * directionCount)
        factors = AlignedFloats(count: pieceCount)
        activated = AlignedFloats(count: pieceCount * configuration.intermediateSize)
        sums = AlignedFloats(count: pieceCount * configuration.hiddenSize)
    }
}
