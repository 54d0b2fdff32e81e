internal import CKernels
internal import Tensors

/// One layer of a BERT encoder over a narrow format, bf16 or bytes, from its attention on to the next one's.
///
/// In int8 a row of activations has an offset and a scale of its own; what follows the GELU has a
/// scale for each group, so that it is made bytes while it is in the cache; queries, keys and values
/// are bf16, which attention makes bytes. Sums, the softmax, the residual stream and its
/// normalization stay f32.
struct NarrowBertLayer: Sendable {
    let attentionOutput: NarrowLayer
    let attentionNorm: LayerNorm
    let intermediate: NarrowLayer
    let ending: Ending

    /// What follows the activation.
    enum Ending: Sendable {
        /// The layer's rows, and the next layer's queries, keys and values, where there is one.
        case rows(output: NarrowLayer, norm: LayerNorm, queriesKeysValues: NarrowLayer?)
        /// The last layer's mean.
        case mean(MeanOutput)
    }

    /// Packs a layer.
    init(_ weights: BertWeights.Layer, _ packing: NarrowPacking, memory: WeightMemory) {
        attentionOutput = packing.layer(weights.attentionOutput, memory)
        attentionNorm = weights.attentionNorm
        intermediate = packing.layer(weights.intermediate, memory)
        if weights.queriesKeysValues == nil, packing.format == KERNELS_FORMAT_I8 {
            ending = .mean(MeanOutput(weights, packing))
            return
        }
        let group = NarrowLayer.widestGroup(ofWidth: weights.intermediate.outputCount)
        ending = .rows(
            output: packing.layer(weights.output, memory, group: group),
            norm: weights.outputNorm,
            queriesKeysValues: weights.queriesKeysValues.map { packing.layer($0, memory) }
        )
    }
}

/// How a layer's weights become narrow.
struct NarrowPacking: Sendable {
    let kernels: Kernels
    let format: kernels_format

    func layer(
        _ weights: LinearWeights,
        _ memory: WeightMemory?,
        group: Int? = nil
    ) -> NarrowLayer {
        NarrowLayer(kernels, format: format, weights: weights, group: group, memory: memory)
    }

    func byteCount(_ weights: LinearWeights) -> Int {
        NarrowLayer.byteCount(kernels, format: format, weights: weights)
    }
}

extension BertModel {
    /// One layer over `hidden` [pieces, hidden], whose queries, keys and values lie in `buffers`;
    /// the sums of the sequences' rows, where it gives no rows.
    func run(
        _ layer: NarrowBertLayer,
        _ kernels: Kernels,
        _ sequences: [Range<Int>],
        hidden: UnsafeMutablePointer<Float>,
        _ buffers: NarrowBuffers
    ) -> [Float]? {
        let count = sequences.last?.upperBound ?? 0
        let input = buffers.input  // [pieces, hidden], what the next product reads
        let wide = buffers.wide  // [pieces, intermediate]
        for sequence in sequences { attend(kernels, sequence, buffers) }
        layer.attentionOutput
            .apply(kernels, to: input, rowCount: count, residual: hidden, result: hidden)
        layer.attentionNorm.apply(kernels, to: hidden, rowCount: count, narrowed: input)

        layer.intermediate.apply(
            kernels,
            to: input,
            rowCount: count,
            output: KERNELS_OUTPUT_GELU,
            result: wide
        )
        switch layer.ending {
        case .mean(let output):
            guard let mean = buffers.mean else { preconditionFailure("buffers are of the format") }
            return output.sums(kernels, of: sequences, hidden: hidden, buffers, mean)
        case .rows(let output, let norm, let next):
            output.apply(kernels, to: wide, rowCount: count, residual: hidden, result: hidden)
            guard let next else {
                norm.apply(kernels, to: hidden, rowCount: count)
                return nil
            }
            norm.apply(kernels, to: hidden, rowCount: count, narrowed: input)
            next.apply(
                kernels,
                to: input,
                rowCount: count,
                output: KERNELS_OUTPUT_BF16,
                result: buffers.queriesKeysValues
            )
            return nil
        }
    }

    /// Attention within one sequence, from `queriesKeysValues` to `input`.
    private func attend(_ kernels: Kernels, _ sequence: Range<Int>, _ buffers: NarrowBuffers) {
        let view = buffers.queriesKeysValues.view(from: sequence.lowerBound)
        var attention = kernels_attention()
        attention.token_count = sequence.count
        attention.head_count = configuration.headCount
        attention.head_size = configuration.headSize
        attention.queries_keys_values = UnsafeRawPointer(view.elements)
        attention.stride = view.stride
        attention.scratch = buffers.scratch.pointer
        attention.result = buffers.mixed.pointer
        if buffers.format == KERNELS_FORMAT_I8 {
            kernels.table.pointee.attention_i8(&attention)
        } else {
            kernels.table.pointee.attention_bf16(&attention)
        }
        buffers.input.fill(
            kernels,
            from: buffers.mixed.pointer,
            rowCount: sequence.count,
            width: configuration.hiddenSize,
            at: sequence.lowerBound
        )
    }
}
