public import Models
internal import Text

/// A text that is gone on with: what a model has read of it, and what it has not.
public struct TextBeginning {
    /// Where the model stands.
    public let session: LlamaSession
    /// The latest tokens before that, as far as they may matter to how the next ones are drawn.
    public let past: [Int32]
    /// The tokens behind them, one at least.
    public private(set) var unread: [Int32]

    /// A text at a place.
    public init(session: LlamaSession, past: [Int32], unread: [Int32]) {
        self.session = session
        self.past = past
        self.unread = unread
    }

    /// Adds text at the end.
    public mutating func append(_ text: [UInt8], _ tokenizer: ModelTokenizer) {
        unread += tokenizer.tokenizer.continuationIDs(of: text)
    }

    /// Adds tokens at the end.
    mutating func append(tokens: [Int32]) { unread += tokens }
}
