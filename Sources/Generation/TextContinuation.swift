public import Models
internal import Servers
internal import Text

/// Goes on with a prompt, token by token.
///
///     var continuation = TextContinuation(model, SamplingConfiguration(seed: 7))
///     let end = try continuation.write(after: prompt, tokenLimit: 200) { text in show(text) }
public struct TextContinuation: Sendable {
    /// Why nothing more was written.
    public enum End: Sendable, Equatable {
        /// The model ended the text.
        case endOfText
        /// As many tokens were written as were asked for.
        case tokenLimit
        /// The context is full.
        case contextFull(tokenCount: Int)
        /// The caller wanted no more.
        case stopped
    }

    private let model: LlamaModel
    private let sampling: SamplingConfiguration
    private let contextLength: Int
    private let attention: DecoderAttention
    private var context: ContextSettings
    private let goesOnAfterEnd: Bool

    /// Tokens of a prompt that are read before it is asked whether to stop.
    private static let strideOfPrompt = 96

    /// A writer with a model and its settings.
    ///
    /// - Parameters:
    ///   - model: What knows which token may follow.
    ///   - sampling: How one of them is drawn.
    ///   - contextLength: How many tokens the prompt and the text may have together, where attention is
    ///     full.
    ///   - attention: What the model attends to of what it has read.
    ///   - context: How what was read weighs beyond that; tokens are guessed ahead only where attention is
    ///     full.
    ///   - goesOnAfterEnd: Whether a token that ends the text is written over.
    public init(
        _ model: LlamaModel,
        _ sampling: SamplingConfiguration,
        contextLength: Int,
        attention: DecoderAttention = .full,
        context: ContextSettings = ContextSettings(),
        goesOnAfterEnd: Bool = false
    ) {
        self.model = model
        self.sampling = sampling
        self.contextLength = contextLength
        self.attention = attention
        self.context = context
        if attention != .full { self.context.draftLength = 0 }
        self.goesOnAfterEnd = goesOnAfterEnd
    }

    /// Writes what follows `prompt` as it comes, in pieces of valid UTF-8.
    ///
    /// - Parameters:
    ///   - prompt: What is gone on with.
    ///   - isTurn: Whether it is what a user says, and laid out as the model's file wants it.
    ///   - tokenLimit: How many tokens are written at most.
    ///   - isStopped: Whether to stop.
    ///   - write: Gets each piece.
    /// - Returns: Why nothing more was written.
    /// - Throws: `GenerationError.emptyPrompt` if there is nothing to follow, `unknownTemplate` if it
    ///   cannot be laid out; `ModelsError.context` if the prompt does not fit; what `write` throws.
    public func write(
        after prompt: [UInt8],
        isTurn: Bool = false,
        tokenLimit: Int,
        isStopped: () -> Bool = { false },
        _ write: ([UInt8]) throws -> Void
    ) throws -> End {
        let turn = ChatMessage(.user, String(decoding: prompt, as: UTF8.self))
        guard
            let tokens = isTurn
                ? model.tokens(of: [turn]) : model.tokenizer.promptTokens(of: prompt)
        else { throw GenerationError.unknownTemplate }
        return try self.write(
            afterTokens: tokens,
            tokenLimit: tokenLimit,
            // A text that nothing stands before does not begin with the space of its first word.
            dropsFirstSpace: prompt.isEmpty && tokens.count == 1,
            isStopped: isStopped,
            write
        )
    }

    /// Writes what follows tokens.
    ///
    /// - Throws: As `write(after:tokenLimit:)` with a prompt.
    func write(
        afterTokens tokens: [Int32],
        tokenLimit: Int,
        dropsFirstSpace: Bool = false,
        isStopped: () -> Bool,
        _ write: ([UInt8]) throws -> Void
    ) throws -> End {
        guard !tokens.isEmpty else { throw GenerationError.emptyPrompt }
        let session = try LlamaSession(model, contextLength: contextLength, attention: attention)
        guard tokens.count <= session.contextLength else {
            throw ModelsError.context(tokenCount: tokens.count, limit: session.contextLength)
        }
        return try self.write(
            after: TextBeginning(session: session, past: [], unread: tokens),
            tokenLimit: tokenLimit,
            dropsFirstSpace: dropsFirstSpace,
            isStopped: isStopped,
            write
        )
    }

    /// Writes what follows a beginning as it comes, in pieces of valid UTF-8.
    ///
    /// - Throws: As `write(after:tokenLimit:)` with a prompt.
    public func write(
        after beginning: TextBeginning,
        tokenLimit: Int,
        dropsFirstSpace: Bool = false,
        isStopped: () -> Bool = { false },
        _ write: ([UInt8]) throws -> Void
    ) throws -> End {
        let (session, unread) = (beginning.session, beginning.unread)
        guard !unread.isEmpty else { throw GenerationError.emptyPrompt }
        var tokens = beginning.past + unread
        var dropsSpace = dropsFirstSpace
        guard try readAllButLast(of: unread, session, isStopped) else { return .stopped }
        var prior: (session: LlamaSession, last: Int32)?
        if context.priorShare != 0 {
            let tokens = model.tokenizer.promptTokens(of: context.priorPrompt)
            guard let last = tokens.last else { throw GenerationError.emptyPrior }
            let session = try LlamaSession(
                model,
                contextLength: contextLength,
                attention: attention
            )
            guard try readAllButLast(of: tokens, session, isStopped) else { return .stopped }
            prior = (session, last)
        }
        var (reader, logits) = try ContextReader.begin(
            session,
            prior: prior,
            prompt: tokens,
            context
        )
        var sampler = Sampler(sampling)
        var decoder = UTF8Decoder(encoding: .utf8)
        for _ in 0..<tokenLimit {
            if isStopped() { return try finish(.stopped, &decoder, write) }
            let token = sampler.next(logits, past: tokens)
            if !goesOnAfterEnd, model.tokenizer.endTokens.contains(token) {
                return try finish(.endOfText, &decoder, write)
            }
            var bytes = model.tokenizer.tokenizer.bytes(of: token)
            if dropsSpace, bytes.first == 0x20 { bytes.removeFirst() }
            dropsSpace = false
            tokens.append(token)
            var text: [UInt8] = []
            try bytes.withUnsafeBytes { try decoder.decode($0, into: &text) }
            if !text.isEmpty { try write(text) }
            guard reader.hasRoom else {
                return try finish(.contextFull(tokenCount: contextLength), &decoder, write)
            }
            logits = try reader.read(token)
        }
        return try finish(.tokenLimit, &decoder, write)
    }

    /// Reads all tokens of a prompt but the last; whether it was not stopped.
    private func readAllButLast(
        of tokens: [Int32],
        _ session: LlamaSession,
        _ isStopped: () -> Bool
    ) throws(ModelsError) -> Bool {
        let last = tokens.count - 1
        for start in stride(from: 0, to: last, by: Self.strideOfPrompt) {
            if isStopped() { return false }
            try session.append(Array(tokens[start..<min(start + Self.strideOfPrompt, last)]))
        }
        return true
    }

    /// Writes what was held back of a character.
    private func finish(
        _ end: End,
        _ decoder: inout UTF8Decoder,
        _ write: ([UInt8]) throws -> Void
    ) throws -> End {
        var text: [UInt8] = []
        try decoder.finish(into: &text)
        if !text.isEmpty { try write(text) }
        return end
    }
}
