internal import Foundation
internal import Tensors

/// The weights of a decoder of the Llama family, by the names that GGUF files give them.
struct LlamaWeights: Sendable {
    struct Layer: Sendable {
        let attentionNorm: AlignedFloats
        let queries: DecoderMatrix
        let keys: DecoderMatrix
        let values: DecoderMatrix
        let attentionOutput: DecoderMatrix
        /// The norms of single heads, where the architecture has them.
        let queryNorm: AlignedFloats?
        let keyNorm: AlignedFloats?
        let feedForwardNorm: AlignedFloats
        let gate: DecoderMatrix
        let up: DecoderMatrix
        let down: DecoderMatrix

        /// Whether a matrix that takes the norms of states takes them in bytes.
        var takesBytes: Bool {
            [queries, keys, values, gate, up].contains { $0.takesBytes }
        }
    }

    /// Only read, a row a token.
    let embedding: QuantizedMatrix
    private(set) var layers: [Layer]
    let outputNorm: AlignedFloats
    /// The embedding itself where they are tied.
    let output: DecoderMatrix

    /// Maps the weights and, in a precision that packs them, packs them.
    ///
    /// A copy is kept if it takes at most half of the machine's memory.
    init(
        _ file: any DecoderFile,
        _ configuration: LlamaConfiguration,
        _ precision: DecoderPrecision,
        _ pool: ComputePool
    ) throws(ModelsError) {
        let byteCount = file.tensors.values.reduce(0) { $0 + $1.byteRange.count }
        let isCopied = byteCount <= Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
        let hiddenSize = configuration.hiddenSize
        func mapped(
            _ name: String,
            _ outputCount: Int,
            _ inputCount: Int
        ) throws(ModelsError) -> QuantizedMatrix {
            try QuantizedMatrix(name, in: file, outputCount: outputCount, inputCount: inputCount)
        }
        func matrix(
            _ name: String,
            _ outputCount: Int,
            _ inputCount: Int
        ) throws(ModelsError) -> DecoderMatrix {
            let matrix = try mapped(name, outputCount, inputCount)
            return DecoderMatrix(matrix, precision, pool, isCopied: isCopied)
        }
        func gain(_ name: String, _ width: Int) throws(ModelsError) -> AlignedFloats {
            AlignedFloats(try file.floats("\(name).weight", shape: [width]))
        }
        func gainIfThere(_ name: String, _ width: Int) throws(ModelsError) -> AlignedFloats? {
            file.tensors["\(name).weight"] == nil ? nil : try gain(name, width)
        }
        let vocabularySize = configuration.vocabularySize
        embedding = try mapped("token_embd", vocabularySize, hiddenSize)
        outputNorm = try gain("output_norm", hiddenSize)
        let isTied = file.tensors["output.weight"] == nil
        output = try matrix(isTied ? "token_embd" : "output", vocabularySize, hiddenSize)
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount {
            let prefix = "blk.\(index)."
            layers.append(
                Layer(
                    attentionNorm: try gain(prefix + "attn_norm", hiddenSize),
                    queries: try matrix(prefix + "attn_q", configuration.querySize, hiddenSize),
                    keys: try matrix(prefix + "attn_k", configuration.keyValueSize, hiddenSize),
                    values: try matrix(prefix + "attn_v", configuration.keyValueSize, hiddenSize),
                    attentionOutput: try matrix(
                        prefix + "attn_output",
                        hiddenSize,
                        configuration.querySize
                    ),
                    queryNorm: try gainIfThere(prefix + "attn_q_norm", configuration.headSize),
                    keyNorm: try gainIfThere(prefix + "attn_k_norm", configuration.headSize),
                    feedForwardNorm: try gain(prefix + "ffn_norm", hiddenSize),
                    gate: try matrix(
                        prefix + "ffn_gate",
                        configuration.feedForwardSize,
                        hiddenSize
                    ),
                    up: try matrix(prefix + "ffn_up", configuration.feedForwardSize, hiddenSize),
                    down: try matrix(prefix + "ffn_down", hiddenSize, configuration.feedForwardSize)
                )
            )
        }
        self.layers = layers
    }

    /// How many bytes of matrices are read for a token.
    var byteCountPerToken: Int {
        layers.reduce(output.byteCount) { sum, layer in
            [
                layer.queries, layer.keys, layer.values, layer.attentionOutput, layer.gate,
                layer.up,
                layer.down,
            ].reduce(sum) { $0 + $1.byteCount }
        }
    }

    /// The same with some of the layers, in any order.
    func withLayers(_ order: [Int]) -> LlamaWeights {
        var copy = self
        copy.layers = order.map { layers[$0] }
        return copy
    }
}
