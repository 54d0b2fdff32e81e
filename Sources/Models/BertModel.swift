internal import CKernels
internal import Tensors

/// The layers of a BERT encoder, post-norm, as in the paper.
///
/// Sequences lie one after another and are never padded; only attention minds their borders, so
/// the rest is a few large matrix products.
/// - Source: Devlin et al. 2018, arXiv:1810.04805; checked against transformers' `BertModel`.
struct BertModel: Sendable {
    let configuration: BertConfiguration
    private let embeddings: Embeddings
    private let layers: Layers

    /// The layers over the numbers that the encoder computes with.
    private enum Layers: Sendable {
        case float32(BertLayers<Layer>)
        case narrow(BertLayers<NarrowBertLayer>)
    }

    /// The vectors of pieces, of positions, and their normalization.
    struct Embeddings: Sendable {
        let file: SafetensorsFile
        /// [vocabulary, hidden], left in the file: a text touches few of its pages.
        let pieces: SafetensorsFile.Entry
        /// [positions, hidden], each with the vector of the first sentence type added.
        let positions: AlignedFloats
        let norm: LayerNorm
    }

    /// One layer over f32.
    struct Layer: Sendable {
        let queriesKeysValues: LinearLayer
        let attentionOutput: LinearLayer
        let attentionNorm: LayerNorm
        let intermediate: LinearLayer
        let output: LinearLayer
        let outputNorm: LayerNorm

        /// Packs a layer.
        init(_ weights: BertWeights.Layer, memory: WeightMemory) {
            queriesKeysValues = LinearLayer(weights.queriesKeysValues, memory: memory)
            attentionOutput = LinearLayer(weights.attentionOutput, memory: memory)
            attentionNorm = weights.attentionNorm
            intermediate = LinearLayer(weights.intermediate, memory: memory)
            output = LinearLayer(weights.output, memory: memory)
            outputNorm = weights.outputNorm
        }
    }

    /// Finds the weights.
    init(
        configuration: BertConfiguration,
        weights: SafetensorsFile,
        precision: EncoderPrecision,
        kernels: Kernels
    ) throws(ModelsError) {
        self.configuration = configuration
        let reader = BertWeights(file: weights, configuration: configuration)
        embeddings = try reader.embeddings()
        let plain = try reader.layers()
        if let format = precision.format {
            let packing = NarrowPacking(kernels: kernels, format: format)
            layers = .narrow(
                BertLayers(plain, byteCount: packing.byteCount) { layer, memory in
                    NarrowBertLayer(layer, packing, memory: memory)
                }
            )
        } else {
            layers = .float32(BertLayers(plain, byteCount: LinearLayer.byteCount, pack: Layer.init))
        }
    }

    /// Packs the weights with the threads of `pool`, if it is worth it for so many pieces.
    func prepare(forPieces count: Int, _ pool: ComputePool) {
        switch layers {
        case .float32(let layers): layers.prepare(forPieces: count, pool)
        case .narrow(let layers): layers.prepare(forPieces: count, pool)
        }
    }

    /// Runs the encoder over concatenated sequences.
    ///
    /// Each row of the result depends on its own sequence only, to the bit.
    /// - Shapes: `sequences` tile `pieces`; `workspace.hidden` becomes [pieces, hidden].
    /// - Precondition: Pieces are in the vocabulary, no sequence is longer than the positions.
    func forward(
        _ kernels: Kernels,
        pieces: [Int32],
        sequences: [Range<Int>],
        workspace: BertWorkspace
    ) {
        embed(kernels, pieces: pieces, sequences: sequences, into: workspace.hidden.pointer)
        switch (layers, workspace.buffers) {
        case (.float32(let layers), .float32(let buffers)):
            layers.forEach { layer in
                run(layer, kernels, sequences, hidden: workspace.hidden.pointer, buffers)
            }
        case (.narrow(let layers), .narrow(let buffers)):
            runNarrow(layers, kernels, sequences, hidden: workspace.hidden.pointer, buffers)
        default:
            preconditionFailure("a workspace is of its model's precision")
        }
    }

    /// One layer over `hidden` [pieces, hidden].
    private func run(
        _ layer: Layer,
        _ kernels: Kernels,
        _ sequences: [Range<Int>],
        hidden: UnsafeMutablePointer<Float>,
        _ buffers: FloatBuffers
    ) {
        let count = sequences.last?.upperBound ?? 0
        let wide = buffers.wide.pointer  // [pieces, 3 · hidden] or [pieces, intermediate]
        let mixed = buffers.mixed.pointer  // [pieces, hidden]
        layer.queriesKeysValues.apply(kernels, to: hidden, rowCount: count, result: wide)
        for sequence in sequences { attend(kernels, sequence, buffers) }
        layer.attentionOutput
            .apply(kernels, to: mixed, rowCount: count, residual: hidden, result: hidden)
        layer.attentionNorm.apply(kernels, to: hidden, rowCount: count)

        layer.intermediate.apply(
            kernels,
            to: hidden,
            rowCount: count,
            activation: KERNELS_ACTIVATION_GELU,
            result: wide
        )
        layer.output.apply(kernels, to: wide, rowCount: count, residual: hidden, result: hidden)
        layer.outputNorm.apply(kernels, to: hidden, rowCount: count)
    }

    private func embed(
        _ kernels: Kernels,
        pieces: [Int32],
        sequences: [Range<Int>],
        into hidden: UnsafeMutablePointer<Float>
    ) {
        let width = configuration.hiddenSize
        let rowSize = width * MemoryLayout<Float>.size
        let table = embeddings.file.bytes(of: embeddings.pieces)
        for sequence in sequences {
            precondition(sequence.count <= configuration.positionCount, "a position for each piece")
            for (position, index) in sequence.enumerated() {
                let piece = Int(pieces[index])
                precondition((0..<configuration.vocabularySize).contains(piece), "a known piece")
                let row = UnsafeMutableRawBufferPointer(
                    start: hidden + index * width,
                    count: rowSize
                )
                row.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: table[(piece * rowSize)..<((piece + 1) * rowSize)]
                    )
                )
                kernels.table.pointee.add_scaled_f32(
                    hidden + index * width,
                    embeddings.positions.pointer + position * width,
                    1,
                    width
                )
            }
        }
        embeddings.norm.apply(kernels, to: hidden, rowCount: pieces.count)
    }

    private func attend(_ kernels: Kernels, _ sequence: Range<Int>, _ buffers: FloatBuffers) {
        let width = configuration.hiddenSize
        var attention = kernels_attention()
        attention.token_count = sequence.count
        attention.head_count = configuration.headCount
        attention.head_size = configuration.headSize
        attention.queries_keys_values = UnsafeRawPointer(
            buffers.wide.pointer + sequence.lowerBound * 3 * width
        )
        attention.stride = 3 * width
        attention.scratch = buffers.scratch.pointer
        attention.result = buffers.mixed.pointer + sequence.lowerBound * width
        kernels.table.pointee.attention_f32(&attention)
    }
}
