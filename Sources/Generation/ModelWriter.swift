public import Models
public import Servers
internal import Text

/// A language model in this process as a writer: the most likely token follows.
///
/// A conversation is laid out as the model's file says, or as plain text where it says nothing that
/// is known.
public struct ModelWriter: TextWriter {
    public let contextLength: Int

    private let model: LlamaModel

    private static let usualContextLength = 4096

    /// A writer with a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - contextLength: How many tokens a conversation and its answer have together; nil for 4,096, or
    ///     as many as the model was made for.
    /// - Throws: `ModelsError.context` if that is more than it was made for.
    public init(_ model: LlamaModel, contextLength: Int? = nil) throws(ModelsError) {
        let limit = model.configuration.contextLength
        if let contextLength, contextLength > limit {
            throw .context(tokenCount: contextLength, limit: limit)
        }
        self.model = model
        self.contextLength = contextLength ?? min(Self.usualContextLength, limit)
    }

    public func tokenCount(of messages: [ChatMessage]) -> Int { tokens(of: messages).count }

    public func tokenCount(of text: String) -> Int {
        // A line feed or a space more stands between two texts.
        model.tokenizer.tokenizer.tokenIDs(of: Array(text.utf8), readsControlTokens: false).count
            + 1
    }

    public func write(
        after messages: [ChatMessage],
        tokenLimit: Int,
        isStopped: () -> Bool,
        _ write: (String) throws -> Void
    ) throws -> TextContinuation.End {
        let continuation = TextContinuation(
            model,
            .greedy,
            contextLength: contextLength
        )
        return try continuation.write(
            afterTokens: tokens(of: messages),
            tokenLimit: tokenLimit,
            isStopped: isStopped
        ) { piece in
            try write(String(decoding: piece, as: UTF8.self).withoutControls)
        }
    }

    /// The tokens of a conversation, up to where its answer begins.
    private func tokens(of messages: [ChatMessage]) -> [Int32] {
        if let tokens = model.tokens(of: messages) { return tokens }
        let text = messages.map { $0.content + "\n\n" }.joined()
        return model.tokenizer.promptTokens(of: Array(text.utf8))
    }
}

extension LlamaModel {
    /// The tokens of a conversation as the model's file has it laid out, up to where its answer begins;
    /// nil if the file says nothing that is known.
    func tokens(of messages: [ChatMessage]) -> [Int32]? {
        guard let template = tokenizer.chatTemplate.flatMap(ChatTemplate.init) else { return nil }
        let begin = tokenizer.beginToken.map { [$0] } ?? []
        return begin + template.tokens(of: messages, tokenizer.tokenizer)
    }
}
