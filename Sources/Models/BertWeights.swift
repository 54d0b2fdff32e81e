internal import CKernels
internal import Tensors

/// The weights of a BERT encoder, found under the names that transformers gives them.
struct BertWeights: Sendable {
    let file: SafetensorsFile
    let configuration: BertConfiguration

    func embeddings() throws(ModelsError) -> BertModel.Embeddings {
        let width = configuration.hiddenSize
        let pieces = try file.view(
            "embeddings.word_embeddings.weight",
            shape: [configuration.vocabularySize, width]
        )
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
            pieces: pieces,
            positions: AlignedFloats(positions),
            norm: try norm("embeddings.LayerNorm")
        )
    }

    /// A layer as the file holds it, from its attention on to the next one's.
    struct Layer: Sendable {
        let attentionOutput: LinearWeights
        let attentionNorm: LayerNorm
        let intermediate: LinearWeights
        let output: LinearWeights
        let outputNorm: LayerNorm
        /// The next layer's, where there is one.
        let queriesKeysValues: LinearWeights?
    }

    /// Every layer.
    func layers() throws(ModelsError) -> [Layer] {
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount { layers.append(try layer(index)) }
        return layers
    }

    /// What makes the queries, keys and values of a layer, in this order.
    func queriesKeysValues(_ index: Int) throws(ModelsError) -> LinearWeights {
        try linear(
            ["query", "key", "value"].map { "encoder.layer.\(index).attention.self.\($0)" },
            inputs: configuration.hiddenSize,
            outputs: configuration.hiddenSize
        )
    }

    private func layer(_ index: Int) throws(ModelsError) -> Layer {
        let name = "encoder.layer.\(index)"
        let (width, wide) = (configuration.hiddenSize, configuration.intermediateSize)
        return Layer(
            attentionOutput: try linear(
                ["\(name).attention.output.dense"],
                inputs: width,
                outputs: width
            ),
            attentionNorm: try norm("\(name).attention.output.LayerNorm"),
            intermediate: try linear(["\(name).intermediate.dense"], inputs: width, outputs: wide),
            output: try linear(["\(name).output.dense"], inputs: wide, outputs: width),
            outputNorm: try norm("\(name).output.LayerNorm"),
            queriesKeysValues: index + 1 < configuration.layerCount
                ? try queriesKeysValues(index + 1) : nil
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
