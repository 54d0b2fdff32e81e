internal import CKernels
internal import Tensors

/// One layer of a BERT encoder over narrow formats, from its attention on to the next one's.
///
/// A row of bytes has an offset and a scale of its own; what follows the GELU has a scale for each group, so that it is
/// made bytes while it is in the cache; queries, keys and values are bf16, which attention in int8 makes
/// bytes. Sums, the softmax, the residual stream and its normalization stay f32.
struct NarrowBertLayer: Sendable {
    let attentionNorm: LayerNorm
    /// For sequences of at most `fewPieces`: all of the layer's format, but for the mean in int8.
    let few: Products
    /// For longer ones: in bytes those that lose least by it.
    ///
    /// These are of the last layer what it feeds forward, since only its mean is asked for, and of the
    /// others attention's output, beside which the residual is large.
    let many: Products

    /// Up to how many pieces a mean does not even out what bytes lose, as they do beside bf16.
    static let fewPieces = 8

    /// What a layer multiplies with.
    struct Products: Sendable {
        let attentionOutput: NarrowLayer
        let intermediate: NarrowLayer
        let ending: Ending
    }

    /// What follows the activation.
    enum Ending: Sendable {
        /// The layer's rows, and the next layer's queries, keys and values, where there is one.
        case rows(output: NarrowLayer, norm: LayerNorm, queriesKeysValues: NarrowLayer?)
        /// The last layer's mean, of bytes.
        case mean(MeanOutput)
    }

    /// Packs a layer.
    init(_ weights: BertWeights.Layer, _ packing: NarrowPacking, memory: WeightMemory) {
        attentionNorm = weights.attentionNorm
        few = Products(weights, packing, memory)
        if packing.format == KERNELS_FORMAT_I8 {
            many = few
        } else if weights.queriesKeysValues == nil {
            many = Products(
                attentionOutput: few.attentionOutput,
                intermediate: packing.bytes.layer(weights.intermediate, memory),
                ending: .mean(MeanOutput(weights, packing))
            )
        } else {
            many = Products(
                attentionOutput: packing.bytes.layer(weights.attentionOutput, memory),
                intermediate: few.intermediate,
                ending: few.ending
            )
        }
    }

    /// The bytes of memory that each matrix of a layer takes.
    static func byteCounts(_ weights: BertWeights.Layer, _ packing: NarrowPacking) -> [Int] {
        let next = weights.queriesKeysValues
        let first = [weights.attentionOutput, weights.intermediate].map(packing.byteCount)
        if packing.format == KERNELS_FORMAT_I8, next == nil { return first }
        let all = first + ([weights.output] + [next].compactMap(\.self)).map(packing.byteCount)
        if packing.format == KERNELS_FORMAT_I8 { return all }
        let again = next == nil ? weights.intermediate : weights.attentionOutput
        return all + [packing.bytes.byteCount(again)]
    }
}

extension NarrowBertLayer.Products {
    /// Packs all of a layer in one format.
    fileprivate init(
        _ weights: BertWeights.Layer,
        _ packing: NarrowPacking,
        _ memory: WeightMemory
    ) {
        attentionOutput = packing.layer(weights.attentionOutput, memory)
        intermediate = packing.layer(weights.intermediate, memory)
        if packing.format == KERNELS_FORMAT_I8, weights.queriesKeysValues == nil {
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

    /// The same in bytes.
    var bytes: NarrowPacking { NarrowPacking(kernels: kernels, format: KERNELS_FORMAT_I8) }

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
        let products = isShort(sequences) ? layer.few : layer.many
        let mixed = buffers.input(products.attentionOutput.format)
        for sequence in sequences { attend(kernels, sequence, to: mixed, buffers) }
        products.attentionOutput
            .apply(kernels, to: mixed, rowCount: count, residual: hidden, result: hidden)

        let input = buffers.input(products.intermediate.format)
        let wide = buffers.wide(products.intermediate.format)
        layer.attentionNorm.apply(kernels, to: hidden, rowCount: count, narrowed: input)
        products.intermediate.apply(
            kernels,
            to: input,
            rowCount: count,
            output: KERNELS_OUTPUT_GELU,
            result: wide
        )
        switch products.ending {
        case .mean(let output):
            return output.sums(kernels, of: sequences, hidden: hidden, buffers)
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

    /// The places of sequences that may share a pass: those of few pieces, and the others.
    func groups(lengths: [Int]) -> [[Int]] {
        guard isMixed else { return [Array(lengths.indices)] }
        let limit = NarrowBertLayer.fewPieces
        return [
            lengths.indices.filter { lengths[$0] <= limit },
            lengths.indices.filter { lengths[$0] > limit },
        ]
    }

    private func isShort(_ sequences: [Range<Int>]) -> Bool {
        let limit = NarrowBertLayer.fewPieces
        guard isMixed, let first = sequences.first, first.count <= limit else { return false }
        precondition(sequences.allSatisfy { $0.count <= limit }, "a pass is of one group")
        return true
    }

    /// Attention within one sequence, from `queriesKeysValues` to `input`.
    private func attend(
        _ kernels: Kernels,
        _ sequence: Range<Int>,
        to input: NarrowRows,
        _ buffers: NarrowBuffers
    ) {
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
        input.fill(
            kernels,
            from: buffers.mixed.pointer,
            rowCount: sequence.count,
            width: configuration.hiddenSize,
            at: sequence.lowerBound
        )
    }
}
