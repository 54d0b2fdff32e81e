/// The dimensions of a decoder of the Llama family, as its file has them.
public struct LlamaConfiguration: Sendable {
    /// The name that the file gives the architecture.
    public let architecture: String
    /// How many tokens there are.
    public let vocabularySize: Int
    /// The width of a token's state.
    public let hiddenSize: Int
    /// How many layers there are.
    public private(set) var layerCount: Int
    /// Heads of queries.
    public let headCount: Int
    /// Heads of keys and values, each for as many heads of queries.
    public let keyValueHeadCount: Int
    /// The width of a head.
    public let headSize: Int
    /// The width inside the feed-forward network.
    public let feedForwardSize: Int
    /// The longest text that the model was made for, in tokens.
    public let contextLength: Int
    /// What the norms add to the mean square.
    let normEpsilon: Float
    /// How positions are told apart.
    let rotary: RotaryConfiguration

    private static let architectures: [String: RotaryConfiguration.Layout] = [
        "llama": .interleaved, "mistral": .interleaved, "qwen2": .halves, "qwen3": .halves,
    ]

    /// The same with so many layers.
    func withLayerCount(_ count: Int) -> LlamaConfiguration {
        var copy = self
        copy.layerCount = count
        return copy
    }

    /// The width of all queries of a token.
    var querySize: Int { headCount * headSize }

    /// The width of all keys, or all values, of a token.
    var keyValueSize: Int { keyValueHeadCount * headSize }
}

extension LlamaConfiguration {
    /// Reads the dimensions and checks that they fit each other.
    package init(_ file: GGUFFile) throws(ModelsError) {
        guard let architecture = try file.text("general.architecture") else {
            throw file.missing("general.architecture")
        }
        guard let layout = Self.architectures[architecture] else {
            throw .unsupported(
                file: file.path,
                setting: "general.architecture",
                found: architecture,
                supported: Self.architectures.keys.sorted().joined(separator: ", ")
            )
        }
        self.architecture = architecture
        func key(_ name: String) -> String { "\(architecture).\(name)" }
        if let expertCount = try file.count(key("expert_count")), expertCount > 0 {
            throw .unsupported(
                file: file.path,
                setting: key("expert_count"),
                found: "\(expertCount)",
                supported: "no mixture of experts"
            )
        }
        guard let embedding = file.tensors["token_embd.weight"] else {
            throw .missingTensor(file: file.path, tensor: "token_embd.weight")
        }
        vocabularySize = embedding.shape.first ?? 0
        hiddenSize = try file.requiredCount(key("embedding_length"))
        layerCount = try file.requiredCount(key("block_count"))
        feedForwardSize = try file.requiredCount(key("feed_forward_length"))
        contextLength = try file.requiredCount(key("context_length"))
        headCount = try file.requiredCount(key("attention.head_count"))
        keyValueHeadCount =
            try file.count(key("attention.head_count_kv")) == nil
            ? headCount : try file.requiredCount(key("attention.head_count_kv"))
        headSize =
            try file.count(key("attention.key_length")) == nil
            ? hiddenSize / headCount : try file.requiredCount(key("attention.key_length"))
        let valueSize = try file.count(key("attention.value_length")) ?? headSize
        normEpsilon =
            Float(try file.positiveNumber(key("attention.layer_norm_rms_epsilon")) ?? 1e-5)
        guard headCount.isMultiple(of: keyValueHeadCount), headSize > 0, valueSize == headSize
        else {
            throw .malformed(
                file: file.path,
                reason: "\(headCount) heads of \(headSize) and \(keyValueHeadCount) heads of "
                    + "\(valueSize) for values do not fit each other"
            )
        }
        rotary = try RotaryConfiguration(
            file,
            architecture: architecture,
            layout: layout,
            headSize: headSize,
            contextLength: contextLength
        )
    }
}
