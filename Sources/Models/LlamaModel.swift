internal import Serialization
public import Tensors
internal import Text

/// A decoder of the Llama family: Llama, Mistral, Qwen2, Qwen3.
///
///     let model = try LlamaModel(file: "model.gguf", pool: ComputePool())
///     let session = try LlamaSession(model, contextLength: 512)
///     let logits = try session.read(model.tokenizer.promptTokens(of: Array("Once".utf8)))
///
/// The weights are mapped from the file and keep its format; those in blocks are multiplied from a
/// copy that the kernels can read faster, as long as it fits half of the machine's memory.
/// - Concurrency: any number of sessions may read at the same time.
public final class LlamaModel: Sendable {
    /// What the file calls the model, or the file's name.
    public let name: String
    /// The model's dimensions.
    public let configuration: LlamaConfiguration
    /// How text becomes tokens.
    public let tokenizer: ModelTokenizer

    let weights: LlamaWeights
    let rotary: RotaryEmbedding
    let pool: ComputePool
    let kernels: Kernels
    /// Whether sessions keep keys and values as halves, not as floats.
    let keepsHalves: Bool

    /// Opens a model in a GGUF file, or in one of llama2.c's with its tokenizer's file beside it.
    ///
    /// - Throws: `ModelsError.decoder` that says what is wrong with the file.
    public convenience init(
        file path: String,
        pool: ComputePool,
        precision: DecoderPrecision = .standard
    ) throws(ModelsError) {
        try self.init(file: path, pool: pool, precision: precision, kernels: .best)
    }

    /// Opens a model and computes with one variant of the kernels.
    package init(
        file path: String,
        pool: ComputePool,
        precision: DecoderPrecision = .standard,
        kernels: Kernels
    ) throws(ModelsError) {
        self.pool = pool
        self.kernels = kernels
        keepsHalves = precision == .bytes
        do throws(ModelsError) {
            let file = try DecoderFiles.open(path)
            name =
                try file.modelName() ?? path.split(separator: "/").last.map(String.init) ?? path
            configuration = try file.configuration()
            weights = try LlamaWeights(file, configuration, precision, pool)
            rotary = RotaryEmbedding(configuration.rotary)
            tokenizer = try file.tokenizer()
        } catch {
            throw .decoder(error)
        }
        let tokenCount = tokenizer.tokenizer.vocabularySize
        guard tokenCount == configuration.vocabularySize else {
            throw .decoder(
                .malformed(
                    file: path,
                    reason: "its vocabulary has \(tokenCount) tokens, its embedding has "
                        + "\(configuration.vocabularySize) rows"
                )
            )
        }
    }

    /// The same weights in other layers: some left out, some gone through more than once.
    ///
    /// Keys and values are kept for each time that a layer is gone through.
    /// - Parameter order: The layers, from the first to the last; the model's own are `0..<layerCount`.
    /// - Returns: A model that shares this one's weights.
    /// - Throws: `ModelsError.layer` if it has no such layer, or `order` is empty.
    public func withLayers(_ order: [Int]) throws(ModelsError) -> LlamaModel {
        if let missing = order.first(where: { !weights.layers.indices.contains($0) }) {
            throw .layer(missing, layerCount: weights.layers.count)
        }
        guard !order.isEmpty else { throw .noLayers }
        return LlamaModel(self, order)
    }

    private init(_ model: LlamaModel, _ order: [Int]) {
        name = model.name
        configuration = model.configuration.withLayerCount(order.count)
        weights = model.weights.withLayers(order)
        tokenizer = model.tokenizer
        rotary = model.rotary
        pool = model.pool
        kernels = model.kernels
        keepsHalves = model.keepsHalves
    }
}

extension LlamaModel {
    /// How many tokens a context has where nothing is asked for: 4,096, or what the model was made for.
    public var usualContextLength: Int { min(4096, configuration.contextLength) }

    /// How many bytes are read to decode a token with full attention to `tokenCount` tokens: matrices, keys and
    /// values.
    package func bytesRead(attendingTo tokenCount: Int) -> Int {
        let rowBytes = 2 * configuration.keyValueSize * (keepsHalves ? 2 : 4)
        return weights.byteCountPerToken + configuration.layerCount * rowBytes * tokenCount
    }

    /// What tells the model in a file from every other: the digest of all its bytes, and of its tokenizer's
    /// if that has a file of its own.
    ///
    /// - Throws: `ModelsError.decoder` if the file cannot be read.
    /// - Complexity: O(bytes); some 10 GB a second where the system has them in memory.
    public static func fingerprint(ofFile path: String) throws(ModelsError) -> String {
        var digester = ContentDigester()
        do throws(ModelsError) {
            for path in try DecoderFiles.paths(ofModel: path) {
                try MappedFile(model: path).digest(from: 0, into: &digester, path: path)
            }
        } catch {
            throw .decoder(error)
        }
        return digester.digest().description
    }
}
