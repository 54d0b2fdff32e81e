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
    private let first: FirstProjection
    private let layers: Layers
    /// Whether few and many pieces are computed in other formats.
    let isMixed: Bool

    /// The layers over the numbers that the encoder computes with.
    private enum Layers: Sendable {
        case float32(BertLayers<Layer>)
        case narrow(BertLayers<NarrowBertLayer>)
    }

    /// The vectors of pieces, of positions, and their normalization.
    struct Embeddings: Sendable {
        /// [vocabulary, hidden], left in the file: a text touches few of its pages.
        let pieces: FloatView
        /// [positions, hidden], each with the vector of the first sentence type added.
        let positions: AlignedFloats
        let norm: LayerNorm

        /// The vector of a piece of the vocabulary, [hidden].
        func piece(_ index: Int) -> UnsafePointer<Float> {
            pieces.pointer + index * norm.gain.count
        }

        /// The vector of a position, [hidden].
        func position(_ index: Int) -> UnsafePointer<Float> {
            UnsafePointer(positions.pointer + index * norm.gain.count)
        }
    }

    /// One layer over f32, from its attention on to the next one's.
    struct Layer: Sendable {
        let attentionOutput: LinearLayer
        let attentionNorm: LayerNorm
        let intermediate: LinearLayer
        let output: LinearLayer
        let outputNorm: LayerNorm
        /// The next layer's, where there is one.
        let queriesKeysValues: LinearLayer?

        /// Packs a layer.
        init(_ weights: BertWeights.Layer, memory: WeightMemory) {
            attentionOutput = LinearLayer(weights.attentionOutput, memory: memory)
            attentionNorm = weights.attentionNorm
            intermediate = LinearLayer(weights.intermediate, memory: memory)
            output = LinearLayer(weights.output, memory: memory)
            outputNorm = weights.outputNorm
            queriesKeysValues = weights.queriesKeysValues.map { LinearLayer($0, memory: memory) }
        }

        /// The bytes of memory that each matrix of a layer takes.
        static func byteCounts(_ weights: BertWeights.Layer) -> [Int] {
            ([weights.attentionOutput, weights.intermediate, weights.output]
                + [weights.queriesKeysValues].compactMap(\.self)).map(LinearLayer.byteCount)
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
        isMixed = precision == .bfloat16
        let reader = BertWeights(file: weights, configuration: configuration)
        embeddings = try reader.embeddings()
        first = FirstProjection(
            try reader.queriesKeysValues(0),
            over: embeddings,
            configuration,
            kernels,
            precision.format
        )
        let plain = try reader.layers()
        if let format = precision.format {
            let packing = NarrowPacking(kernels: kernels, format: format)
            layers = .narrow(
                BertLayers(plain) { layer in
                    NarrowBertLayer.byteCounts(layer, packing)
                } pack: { layer, memory in
                    NarrowBertLayer(layer, packing, memory: memory)
                }
            )
        } else {
            layers = .float32(BertLayers(plain, byteCounts: Layer.byteCounts, pack: Layer.init))
        }
    }

    /// Packs the weights with the threads of `pool`, if it is worth it for so many pieces.
    func prepare(forPieces count: Int, _ pool: ComputePool) {
        switch layers {
        case .float32(let layers): layers.prepare(forPieces: count, pool)
        case .narrow(let layers): layers.prepare(forPieces: count, pool)
        }
    }

    /// Runs the encoder over concatenated sequences, and sums each one's rows.
    ///
    /// A sum depends on its own sequence only, to the bit.
    /// - Shapes: `sequences` tile `pieces`; the result [sequences, hidden].
    /// - Precondition: Pieces are in the vocabulary, no sequence is longer than the positions, and
    ///   all are of one of the `groups`.
    func forward(
        _ kernels: Kernels,
        pieces: [Int32],
        sequences: [Range<Int>],
        workspace: BertWorkspace
    ) -> [Float] {
        precondition(
            sequences.allSatisfy { $0.count <= configuration.positionCount },
            "a position for each piece"
        )
        let hidden = workspace.hidden.pointer
        let factors = workspace.factors.pointer
        let places = first.places(
            of: pieces,
            longestSequence: sequences.lazy.map(\.count).max() ?? 0
        )
        for sequence in sequences {
            embed(kernels, pieces[sequence], into: hidden, factors, at: sequence.lowerBound)
        }
        switch (layers, workspace.buffers) {
        case (.float32(let layers), .float32(let buffers)):
            for sequence in sequences {
                first.project(
                    places[sequence],
                    factors: factors + sequence.lowerBound,
                    into: buffers.wide.pointer + 3 * configuration.hiddenSize * sequence.lowerBound
                )
            }
            layers.forEach { run($0, kernels, sequences, hidden: hidden, buffers) }
            return sums(kernels, of: sequences, hidden)
        case (.narrow(let layers), .narrow(let buffers)):
            for sequence in sequences {
                first.project(
                    places[sequence],
                    factors: factors + sequence.lowerBound,
                    into: buffers.queriesKeysValues,
                    at: sequence.lowerBound
                )
            }
            var last: [Float]?
            layers.forEach { last = run($0, kernels, sequences, hidden: hidden, buffers) }
            return last ?? sums(kernels, of: sequences, hidden)
        default:
            preconditionFailure("a workspace is of its model's precision")
        }
    }

    /// The sums of the sequences' rows of `hidden`, [sequences, hidden].
    private func sums(
        _ kernels: Kernels,
        of sequences: [Range<Int>],
        _ hidden: UnsafePointer<Float>
    ) -> [Float] {
        let width = configuration.hiddenSize
        var sums = [Float](repeating: 0, count: sequences.count * width)
        sums.withUnsafeMutableBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            for (index, sequence) in sequences.enumerated() {
                for row in sequence {
                    kernels.table.pointee
                        .add_scaled_f32(sums + index * width, hidden + row * width, 1, width)
                }
            }
        }
        return sums
    }

    /// One layer over `hidden` [pieces, hidden], whose queries, keys and values lie in `buffers`.
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
        layer.queriesKeysValues?.apply(kernels, to: hidden, rowCount: count, result: wide)
    }

    /// The normalized sums of a sequence's pieces and positions, and 1 / σ of each.
    private func embed(
        _ kernels: Kernels,
        _ sequence: ArraySlice<Int32>,
        into hidden: UnsafeMutablePointer<Float>,
        _ factors: UnsafeMutablePointer<Float>,
        at row: Int
    ) {
        let width = configuration.hiddenSize
        sequence.withUnsafeBufferPointer { pieces in
            var embedding = kernels_embedding()
            embedding.rows = pieces.count
            embedding.width = width
            embedding.table = embeddings.piece(0)
            embedding.places = pieces.baseAddress
            embedding.addends = embeddings.position(0)
            embedding.gain = UnsafePointer(embeddings.norm.gain.pointer)
            embedding.bias = UnsafePointer(embeddings.norm.bias.pointer)
            embedding.epsilon = embeddings.norm.epsilon
            embedding.result = hidden + row * width
            embedding.factors = factors + row
            kernels.table.pointee.embed_f32(&embedding)
        }
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
