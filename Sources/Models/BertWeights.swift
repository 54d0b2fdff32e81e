internal import CKernels
internal import Tensors

/// The weights of a BERT encoder, found under the names that transformers gives them.
struct BertWeights: Sendable {
    let file: SafetensorsFile
    let configuration: BertConfiguration

    func embeddings() throws(ModelsError) -> BertModel.Embeddings {
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
        return BertModel.Embeddings(
            file: file,
            pieces: pieces,
            positions: AlignedFloats(positions),
            norm: try norm("embeddings.LayerNorm")
        )
    }

    /// A layer as the file holds it.
    struct Layer: Sendable {
        let queriesKeysValues: LinearWeights
        let attentionOutput: LinearWeights
        let attentionNorm: LayerNorm
        let intermediate: LinearWeights
        let output: LinearWeights
        let outputNorm: LayerNorm

        /// What is packed.
        var linear: [LinearWeights] { [queriesKeysValues, attentionOutput, intermediate, output] }
    }

    /// Every layer.
    func layers() throws(ModelsError) -> [Layer] {
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount { layers.append(try layer(index)) }
        return layers
    }

    private func layer(_ index: Int) throws(ModelsError) -> Layer {
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
            intermediate: try linear(["\(name).intermediate.dense"], inputs: width, outputs: wide),
            output: try linear(["\(name).output.dense"], inputs: wide, outputs: width),
            outputNorm: try norm("\(name).output.LayerNorm")
        )
    }

    /// Layers of the same size side by side.
    private func linear(
        _ names: [String],
        inputs: Int,
        outputs: Int
    ) throws(ModelsError) -> LinearWeights {
        var parts: [FloatView] = []
        var bias: [Float] = []
        for name in names {
            parts.append(try file.view("\(name).weight", shape: [outputs, inputs]))
            bias += try file.floats("\(name).bias", shape: [outputs])
        }
        return LinearWeights(parts, inputCount: inputs, bias: bias)
    }

    private func norm(_ name: String) throws(ModelsError) -> LayerNorm {
        LayerNorm(
            gain: try file.floats("\(name).weight", shape: [configuration.hiddenSize]),
            bias: try file.floats("\(name).bias", shape: [configuration.hiddenSize]),
            epsilon: configuration.layerNormEpsilon
        )
    }
}
