import BlockStorage
import Models

/// What a document takes on disk when a language model reads it.
public struct ReadingCost: Sendable, Equatable {
    /// The document's id.
    public let document: String
    /// How many tokens it has.
    public let tokenCount: Int
    /// Bytes of keys and values for each token, before they are compressed.
    public let keyValueBytesPerToken: Int
    /// Bytes of landmarks for each token.
    public let landmarkBytesPerToken: Int
    /// Bytes that are taken whatever the length: the window, to go on from.
    public let fixedBytes: Int
    /// The most bytes that keys and values may take; nil for no limit.
    public let budgetBytes: Int?

    /// The cost of a reading.
    init(of reading: AttentionReading, _ model: LlamaModel) {
        let layout = reading.layout
        let configuration = InfLLMConfiguration(windowLength: layout.windowLength)
        let shape = InfLLMAttention.shape(of: model, configuration)
        func perToken(_ blockBytes: Int) -> Int {
            (blockBytes * layout.layerCount + layout.blockLength - 1) / layout.blockLength
        }
        document = reading.document
        tokenCount = reading.tokenCount
        keyValueBytesPerToken = perToken(shape.byteCount(.byte))
        landmarkBytesPerToken = perToken(layout.landmarkWidth * 4)
        let row = 8 * shape.headCount * shape.headSize + 4 * model.configuration.headCount
        fixedBytes =
            layout.layerCount * row
            * (layout.initialTokenCount + layout.windowLength + layout.blockLength)
        budgetBytes = reading.budgetBytes == .max ? nil : reading.budgetBytes
    }

    /// Bytes of keys and values of the whole document.
    public var keyValueBytes: Int { keyValueBytesPerToken * tokenCount }

    /// How many of the first tokens keep their keys and values.
    public var keptTokenCount: Int {
        budgetBytes.map { min(tokenCount, $0 / max(1, keyValueBytesPerToken)) } ?? tokenCount
    }
}
