public import Models
public import Servers
internal import Text

/// A language model in this process as a writer: the most likely token follows.
///
/// A conversation is laid out as the model's file says, or as plain text where it says nothing that
/// is known.
public struct ModelWriter: TextWriter {
    public let contextLength: Int
    public let readTitle: String?

    private let model: LlamaModel
    private let beginning: (@Sendable () throws -> TextBeginning)?

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
        self.contextLength = contextLength ?? model.usualContextLength
        readTitle = nil
        beginning = nil
    }

    /// A writer whose conversations stand behind a document that the model has read.
    ///
    /// The document is no turn of the conversation: it is the text before it.
    /// - Parameters:
    ///   - model: The model.
    ///   - contextLength: How many tokens a conversation and its answer have together; nil for as many as a
    ///     model has without a document, and no more than the window, so that all of them see each other.
    ///   - title: What the document is called.
    ///   - windowLength: How many of the latest tokens are all attended to.
    ///   - beginning: Where the model stands at the document's end, anew for each conversation.
    /// - Throws: As without a document.
    package init(
        _ model: LlamaModel,
        contextLength: Int? = nil,
        behind title: String,
        windowLength: Int,
        _ beginning: @escaping @Sendable () throws -> TextBeginning
    ) throws(ModelsError) {
        let plain = try ModelWriter(model, contextLength: contextLength)
        self.model = model
        self.contextLength = contextLength ?? min(plain.contextLength, windowLength)
        readTitle = PassagePrompt.oneLine(title)
        self.beginning = beginning
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
        let take = { (piece: [UInt8]) in
            try write(String(decoding: piece, as: UTF8.self).withoutControls)
        }
        guard var text = try beginning?() else {
            return try continuation.write(
                afterTokens: tokens(of: messages),
                tokenLimit: tokenLimit,
                isStopped: isStopped,
                take
            )
        }
        text.append(tokens: tokens(of: messages))
        return try continuation.write(
            after: text,
            tokenLimit: tokenLimit,
            isStopped: isStopped,
            take
        )
    }

    /// The tokens of a conversation, up to where its answer begins; behind a document nothing begins a
    /// text.
    private func tokens(of messages: [ChatMessage]) -> [Int32] {
        let isBehindText = beginning != nil
        if let tokens = model.tokens(of: messages, isBehindText: isBehindText) { return tokens }
        let text = messages.map { $0.content + "\n\n" }.joined()
        guard isBehindText else { return model.tokenizer.promptTokens(of: Array(text.utf8)) }
        return model.tokenizer.tokenizer.continuationIDs(of: Array("\n\n\(text)".utf8))
    }
}

extension LlamaModel {
    /// The tokens of a conversation as the model's file has it laid out, up to where its answer begins;
    /// nil if the file says nothing that is known.
    func tokens(of messages: [ChatMessage], isBehindText: Bool = false) -> [Int32]? {
        guard let template = tokenizer.chatTemplate.flatMap(ChatTemplate.init) else { return nil }
        let begin = isBehindText ? [] : tokenizer.beginToken.map { [$0] } ?? []
        return begin + template.tokens(of: messages, tokenizer.tokenizer)
    }
}
