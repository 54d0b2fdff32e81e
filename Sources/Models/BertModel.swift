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
    private let layers: [Layer]

    /// The vectors of pieces, of positions, and their normalization.
    private struct Embeddings: Sendable {
        let file: SafetensorsFile
        /// [vocabulary, hidden], left in the file: a text touches few of its pages.
        let pieces: SafetensorsFile.Entry
        /// [positions, hidden], each with the vector of the first sentence type added.
        let positions: AlignedFloats
        let norm: LayerNorm
    }

    private struct Layer: Sendable {
        let queriesKeysValues: LinearLayer
        let attentionOutput: LinearLayer
        let attentionNorm: LayerNorm
        let intermediate: LinearLayer
        let output: LinearLayer
        let outputNorm: LayerNorm
    }

    /// Reads and packs the weights.
    init(configuration: BertConfiguration, weights: SafetensorsFile) throws(ModelsError) {
        self.configuration = configuration
        let reader = Reader(file: weights, configuration: configuration)
        embeddings = try reader.embeddings()
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount { layers.append(try reader.layer(index)) }
        self.layers = layers
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
        let count = pieces.count
        let hidden = workspace.hidden.pointer  // [pieces, hidden]
        let wide = workspace.wide.pointer  // [pieces, 3 · hidden] or [pieces, intermediate]
        let mixed = workspace.mixed.pointer  // [pieces, hidden]
        embed(kernels, pieces: pieces, sequences: sequences, into: hidden)
        for layer in layers {
            layer.queriesKeysValues.apply(kernels, to: hidden, rowCount: count, result: wide)
            for sequence in sequences {
                attend(kernels, sequence, workspace: workspace)
            }
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
            layer.output
                .apply(kernels, to: wide, rowCount: count, residual: hidden, result: hidden)
            layer.outputNorm.apply(kernels, to: hidden, rowCount: count)
        }
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

    private func attend(_ kernels: Kernels, _ sequence: Range<Int>, workspace: BertWorkspace) {
        let width = configuration.hiddenSize
        var attention = kernels_attention()
        attention.token_count = sequence.count
        attention.head_count = configuration.headCount
        attention.head_size = configuration.headSize
        attention.queries_keys_values = UnsafePointer(
            workspace.wide.pointer + sequence.lowerBound * 3 * width
        )
        attention.scratch = workspace.scratch.pointer
        attention.result = workspace.mixed.pointer + sequence.lowerBound * width
        kernels.table.pointee.attention_f32(&attention)
    }
}

/// The buffers of one forward pass.
struct BertWorkspace: Sendable {
    let hidden: AlignedFloats
    let wide: AlignedFloats
    let mixed: AlignedFloats
    let scratch: AlignedFloats

    /// Room for `pieceCount` pieces in sequences of up to `longestSequence`.
    init(configuration: BertConfiguration, pieceCount: Int, longestSequence: Int) {
        let width = configuration.hiddenSize
        hidden = AlignedFloats(count: pieceCount * width)
        wide = AlignedFloats(count: pieceCount * max(3 * width, configuration.intermediateSize))
        mixed = AlignedFloats(count: pieceCount * width)
        scratch = AlignedFloats(
            count: kernels_attention_scratch_count(longestSequence, configuration.headSize)
        )
    }
}

// MARK: - Reading the weights

extension BertModel {
    /// Finds the tensors under the names that transformers gives them.
    private struct Reader {
        let file: SafetensorsFile
        let configuration: BertConfiguration

        func embeddings() throws(ModelsError) -> Embeddings {
            let width = configuration.hiddenSize
            let piecesName = "embeddings.word_embeddings.weight"
            let pieces = try file.entry(piecesName, shape: [configuration.vocabularySize, width])
            guard pieces.type == "F32" else {
                throw .unsupported(
                    file: file.path,
                    setting: "the type of tensor \(piecesName)",
                    found: pieces.type,
                    supported: "F32"
                )
            }
            var positions = try file.floats(
                "embeddings.position_embeddings.weight",
                shape: [configuration.positionCount, width]
            )
            let types = try file.floats(
                "embeddings.token_type_embeddings.weight",
                shape: [configuration.typeCount, width]
            )
            for index in positions.indices { positions[index] += types[index % width] }
            return Embeddings(
                file: file,
                pieces: pieces,
                positions: AlignedFloats(positions),
                norm: try norm("embeddings.LayerNorm")
            )
        }

        func layer(_ index: Int) throws(ModelsError) -> Layer {
            let name = "encoder.layer.\(index)"
            let (width, wide) = (configuration.hiddenSize, configuration.intermediateSize)
            return Layer(
                queriesKeysValues: try linear(
                    ["query", "key", "value"].map { "\(name).attention.self.\($0)" },
                    inputs: width,
                    outputs: width
                ),
                attentionOutput: try linear(
                    ["\(name).attention.output.dense"],
                    inputs: width,
                    outputs: width
                ),
                attentionNorm: try norm("\(name).attention.output.LayerNorm"),
                intermediate: try linear(
                    ["\(name).intermediate.dense"],
                    inputs: width,
                    outputs: wide
                ),
                output: try linear(["\(name).output.dense"], inputs: wide, outputs: width),
                outputNorm: try norm("\(name).output.LayerNorm")
            )
        }

        /// Layers with the same input, side by side.
        private func linear(
            _ names: [String],
            inputs: Int,
            outputs: Int
        ) throws(ModelsError) -> LinearLayer {
            var weights: [Float] = []
            var bias: [Float] = []
            for name in names {
                weights += try file.floats("\(name).weight", shape: [outputs, inputs])
                bias += try file.floats("\(name).bias", shape: [outputs])
            }
            return LinearLayer(weights: weights, bias: bias)
        }

        private func norm(_ name: String) throws(ModelsError) -> LayerNorm {
            LayerNorm(
                gain: try file.floats("\(name).weight", shape: [configuration.hiddenSize]),
                bias: try file.floats("\(name).bias", shape: [configuration.hiddenSize]),
                epsilon: configuration.layerNormEpsilon
            )
        }
    }
}
