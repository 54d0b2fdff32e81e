public import Servers

/// What answers a conversation: a language model in this process, or one that a server runs.
public protocol TextWriter: Sendable {
    /// How many tokens a conversation and its answer have together at most.
    var contextLength: Int { get }

    /// The title of a document that conversations stand behind, if the writer has read one.
    var readTitle: String? { get }

    /// How many tokens a conversation takes, or an estimate that is seldom less.
    func tokenCount(of messages: [ChatMessage]) -> Int

    /// How many tokens a text takes inside a conversation, or an estimate that is seldom less.
    func tokenCount(of text: String) -> Int

    /// Writes the next turn of a conversation as it comes, without control characters.
    ///
    /// - Throws: If the conversation does not fit, the writer fails, or what `write` throws.
    func write(
        after messages: [ChatMessage],
        tokenLimit: Int,
        isStopped: () -> Bool,
        _ write: (String) throws -> Void
    ) throws -> TextContinuation.End
}

extension TextWriter {
    public var readTitle: String? { nil }
}
