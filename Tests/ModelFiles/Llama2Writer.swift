import Foundation

/// Writes a model as llama2.c's `export.py` does.
struct Llama2Writer {
    private let model: SmallModel
    private let version: Int
    private let groupLength = 32

    init(_ model: SmallModel, version: Int) {
        self.model = model
        self.version = version
    }

    func data() -> Data {
        var bytes = header()
        for name in names { bytes += encoded(name) }
        return Data(bytes)
    }

    private func header() -> [UInt8] {
        let vocabularySize = Int32(SmallModel.tokens.count)
        let counts = [
            model.hiddenSize, model.feedForwardSize, model.layerCount, model.headCount,
            model.keyValueHeadCount,
        ]
        let first = counts.flatMap { littleEndian(Int32($0)) }
        let context = littleEndian(Int32(model.contextLength))
        guard version > 0 else {
            return first + littleEndian(model.isTied ? vocabularySize : -vocabularySize) + context
        }
        var bytes = littleEndian(UInt32(0x616B_3432)) + littleEndian(Int32(version))
        bytes += first + littleEndian(vocabularySize) + context + [model.isTied ? 1 : 0]
        if version == 2 { bytes += littleEndian(Int32(groupLength)) }
        return bytes + [UInt8](repeating: 0, count: 256 - bytes.count)
    }

    /// The tensors in the file's order; no name is the tables of turns.
    private var names: [String] {
        func layers(_ name: String) -> [String] {
            (0..<model.layerCount).map { "blk.\($0).\(name).weight" }
        }
        let attention = ["attn_q", "attn_k", "attn_v", "attn_output"].flatMap(layers)
        let feedForward = ["ffn_gate", "ffn_down", "ffn_up"].flatMap(layers)
        let (embedding, norm) = ("token_embd.weight", "output_norm.weight")
        let output = model.isTied ? [] : ["output.weight"]
        guard version == 0 else {
            return layers("attn_norm") + layers("ffn_norm") + [norm, embedding] + attention
                + feedForward + output
        }
        return [embedding] + layers("attn_norm") + attention + layers("ffn_norm") + feedForward
            + [norm, ""] + output
    }

    private func encoded(_ name: String) -> [UInt8] {
        func floats(_ values: [Float]) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }
        guard let tensor = model.tensors.first(where: { $0.name == name }) else {
            let count = model.contextLength * model.hiddenSize / model.headCount
            return floats([Float](repeating: 0.5, count: count))
        }
        guard version == 2, tensor.shape.count == 2 else { return floats(tensor.weights) }
        let groups = Self.groups(of: tensor.weights, length: groupLength)
        return groups.flatMap { $0.bytes.map { UInt8(bitPattern: $0) } }
            + floats(groups.map(\.scale))
    }

    /// Weights as whole numbers with a scale for each group.
    static func groups(of weights: [Float], length: Int) -> [(scale: Float, bytes: [Int8])] {
        stride(from: 0, to: weights.count, by: length).map { start in
            let group = weights[start..<(start + length)]
            let scale = (group.map { abs($0) }.max() ?? 0) / 127
            return (scale, group.map { Int8(($0 / scale).rounded()) })
        }
    }
}
