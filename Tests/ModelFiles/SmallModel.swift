package import Foundation

/// A small model with random weights, which every format can hold.
package struct SmallModel {
    package let hiddenSize = 32
    package let feedForwardSize = 64
    package let layerCount = 2
    package let headCount = 4
    package let keyValueHeadCount = 2
    package let contextLength = 48
    /// Whether the output is the embedding.
    package let isTied: Bool
    /// GGUF's names with the lengths of the axes, the outermost first, and the weights.
    package private(set) var tensors: [(name: String, shape: [Int], weights: [Float])] = []

    /// Weights that the seed fixes.
    package init(isTied: Bool, seed: UInt64 = 5) {
        self.isTied = isTied
        var generator = SplitMix64(seed)
        func add(_ name: String, _ shape: Int...) {
            let weights = (0..<shape.reduce(1, *)).map { _ in
                shape.count == 1
                    ? Float.random(in: 0.5...1.5, using: &generator)
                    : Float.random(in: -0.4...0.4, using: &generator)
            }
            tensors.append(("\(name).weight", shape, weights))
        }
        let keyValueSize = hiddenSize / headCount * keyValueHeadCount
        add("token_embd", Self.tokens.count, hiddenSize)
        for layer in 0..<layerCount {
            let prefix = "blk.\(layer)."
            add(prefix + "attn_norm", hiddenSize)
            add(prefix + "attn_q", hiddenSize, hiddenSize)
            add(prefix + "attn_k", keyValueSize, hiddenSize)
            add(prefix + "attn_v", keyValueSize, hiddenSize)
            add(prefix + "attn_output", hiddenSize, hiddenSize)
            add(prefix + "ffn_norm", hiddenSize)
            add(prefix + "ffn_gate", feedForwardSize, hiddenSize)
            add(prefix + "ffn_down", hiddenSize, feedForwardSize)
            add(prefix + "ffn_up", feedForwardSize, hiddenSize)
        }
        add("output_norm", hiddenSize)
        if !isTied { add("output", Self.tokens.count, hiddenSize) }
    }

    /// The model with the weights that groups of 32 in bytes with a half for their scale stand for.
    package func rounded() -> SmallModel {
        var copy = self
        copy.tensors = tensors.map { tensor in
            guard tensor.shape.count == 2 else { return tensor }
            let groups = Llama2Writer.groups(of: tensor.weights, length: 32)
            let weights = groups.flatMap { scale, bytes in
                bytes.map { Float($0) * Float(Float16(scale)) }
            }
            return (tensor.name, tensor.shape, weights)
        }
        return copy
    }

    /// SentencePiece's tokens as GGUF files have them; the better, the earlier.
    package static let tokens: [String] = {
        let bytes = (0..<256).map { byte in
            "<0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) + ">"
        }
        let pieces = [
            "\u{2581}t", "he", "\u{2581}a", "\u{2581}the", "in", "\u{2581}", "é", "\u{2581}é",
        ]
        return ["<unk>", "<s>", "</s>"] + bytes + pieces + "etaoinshrdlucm".map { String($0) }
    }()

    package static let scores: [Float] = tokens.indices.map { $0 < 259 ? 0 : Float(258 - $0) }

    /// The model as a GGUF file.
    package func gguf() -> GGUFWriter {
        var writer = GGUFWriter()
        writer.metadata = [
            ("general.architecture", .string("llama")),
            ("llama.context_length", .unsigned(UInt32(contextLength))),
            ("llama.embedding_length", .unsigned(UInt32(hiddenSize))),
            ("llama.block_count", .unsigned(UInt32(layerCount))),
            ("llama.feed_forward_length", .unsigned(UInt32(feedForwardSize))),
            ("llama.attention.head_count", .unsigned(UInt32(headCount))),
            ("llama.attention.head_count_kv", .unsigned(UInt32(keyValueHeadCount))),
            ("llama.attention.layer_norm_rms_epsilon", .float(1e-5)),
            ("llama.rope.freq_base", .float(10_000)),
            ("tokenizer.ggml.model", .string("llama")),
            ("tokenizer.ggml.tokens", .strings(Self.tokens.map { Array($0.utf8) })),
            ("tokenizer.ggml.scores", .floats(Self.scores)),
            (
                "tokenizer.ggml.token_type",
                .integers(Self.tokens.indices.map { $0 == 0 ? 2 : $0 < 3 ? 3 : $0 < 259 ? 6 : 1 })
            ),
            ("tokenizer.ggml.bos_token_id", .unsigned(1)),
            ("tokenizer.ggml.eos_token_id", .unsigned(2)),
            ("tokenizer.ggml.unknown_token_id", .unsigned(0)),
        ]
        writer.tensors = tensors.map { tensor in
            .init(tensor.name, tensor.shape.reversed().map { UInt64($0) }, floats: tensor.weights)
        }
        return writer
    }

    /// The model as a file of llama2.c's.
    package func llama2(version: Int) -> Data { Llama2Writer(self, version: version).data() }

    /// The tokenizer as a file of llama2.c's, of some of its tokens or with others behind them.
    package static func llama2Tokenizer(extraCount: Int = 0) -> Data {
        let extra = (0..<max(extraCount, 0)).map { "extra\($0)" }
        let all = tokens.dropLast(max(-extraCount, 0)) + extra
        var bytes = littleEndian(Int32(all.map(\.utf8.count).max() ?? 0) + 2)
        for (index, token) in all.enumerated() {
            let score = index < scores.count ? scores[index] : -1000
            var text = token.replacing("\u{2581}", with: " ")
            if index == 1 || index == 2 { text = "\n\(text)\n" }
            bytes += littleEndian(score.bitPattern) + littleEndian(Int32(text.utf8.count))
            bytes += Array(text.utf8)
        }
        return Data(bytes)
    }
}

/// A small generator whose seed fixes every case.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
