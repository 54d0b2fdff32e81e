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

    /// Every layer, read by the threads of `pool`.
    func layers<Layer: Sendable>(
        _ pool: ComputePool,
        read: @escaping @Sendable (Int) throws(ModelsError) -> Layer
    ) throws(ModelsError) -> [Layer] {
        let results = RowBuffer<Result<Layer, ModelsError>?>(
            count: configuration.layerCount,
            repeating: nil
        )
        pool.parallelFor(count: configuration.layerCount, grain: 1) { range in
            for index in range {
                let result = Result { () throws(ModelsError) in try read(index) }
                results.set([result], at: index)
            }
        }
        var layers: [Layer] = []
        for case let result? in results.values() { layers.append(try result.get()) }
        return layers
    }

    /// A layer over f32.
    func layer(_ index: Int) throws(ModelsError) -> BertModel.Layer {
        let parts = try parts(index)
        func linear(_ part: Linear) -> LinearLayer {
            LinearLayer(weights: part.weights, bias: part.bias)
        }
        return BertModel.Layer(
            queriesKeysValues: linear(parts.queriesKeysValues),
            attentionOutput: linear(parts.attentionOutput),
            attentionNorm: parts.attentionNorm,
            intermediate: linear(parts.intermediate),
            output: linear(parts.output),
            outputNorm: parts.outputNorm
        )
    }

    /// A layer over a narrow format.
    func narrowLayer(
        _ index: Int,
        format: kernels_format,
        kernels: Kernels
    ) throws(ModelsError) -> NarrowBertLayer {
        let parts = try parts(index)
        func linear(_ part: Linear, group: Int? = nil) -> NarrowLayer {
            NarrowLayer(
                kernels,
                format: format,
                weights: part.weights,
                bias: part.bias,
                group: group
            )
        }
        return NarrowBertLayer(
            queriesKeysValues: linear(parts.queriesKeysValues),
            attentionOutput: linear(parts.attentionOutput),
            attentionNorm: parts.attentionNorm,
            intermediate: linear(parts.intermediate),
            output: linear(
                parts.output,
                group: NarrowLayer.widestGroup(ofWidth: configuration.intermediateSize)
            ),
            outputNorm: parts.outputNorm
        )
    }

    /// The weights [outputs, inputs] and bias of a linear layer.
    private struct Linear {
        var weights: [Float]
        var bias: [Float]
    }

    /// A layer as the file holds it.
    private struct Parts {
        let queriesKeysValues: Linear
        let attentionOutput: Linear
        let attentionNorm: LayerNorm
        let intermediate: Linear
        let output: Linear
        let outputNorm: LayerNorm
    }

    private func parts(_ index: Int) throws(ModelsError) -> Parts {
        let name = "encoder.layer.\(index)"
        let (width, wide) = (configuration.hiddenSize, configuration.intermediateSize)
        var sideBySide = try linear("\(name).attention.self.query", inputs: width, outputs: width)
        for part in ["key", "value"] {
            let more = try linear("\(name).attention.self.\(part)", inputs: width, outputs: width)
            sideBySide.weights += more.weights
            sideBySide.bias += more.bias
        }
        return Parts(
            queriesKeysValues: sideBySide,
            attentionOutput: try linear(
                "\(name).attention.output.dense",
                inputs: width,
                outputs: width
            ),
            attentionNorm: try norm("\(name).attention.output.LayerNorm"),
            intermediate: try linear("\(name).intermediate.dense", inputs: width, outputs: wide),
            output: try linear("\(name).output.dense", inputs: wide, outputs: width),
            outputNorm: try norm("\(name).output.LayerNorm")
        )
    }

    private func linear(
        _ name: String,
        inputs: Int,
        outputs: Int
    ) throws(ModelsError) -> Linear {
        Linear(
            weights: try file.floats("\(name).weight", shape: [outputs, inputs]),
            bias: try file.floats("\(name).bias", shape: [outputs])
        )
    }

    private func norm(_ name: String) throws(ModelsError) -> LayerNorm {
        LayerNorm(
            gain: try file.floats("\(name).weight", shape: [configuration.hiddenSize]),
            bias: try file.floats("\(name).bias", shape: [configuration.hiddenSize]),
            epsilon: configuration.layerNormEpsilon
        )
    }
}
