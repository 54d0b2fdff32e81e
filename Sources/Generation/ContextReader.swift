internal import Models

/// The logits of what follows a prompt and what is written after it, as settings weigh the context.
struct ContextReader {
    private var with: DraftReader
    private var without: DraftReader?
    private var mixture: NGramMixture?
    private let priorShare: Float

    /// Whether another token can be read.
    var hasRoom: Bool { with.hasRoom && without?.hasRoom != false }

    /// Reads the last token of a prompt.
    ///
    /// - Parameters:
    ///   - session: What has read all of the prompt but its last token.
    ///   - prior: What has read the prompt without context but for the last token, and that token; nil if
    ///     nothing is subtracted.
    ///   - prompt: The prompt's tokens.
    ///   - settings: How the context weighs.
    /// - Returns: A reader after the prompt, and the logits of the first token behind it.
    /// - Throws: `ModelsError.context` if the sessions have no room.
    static func begin(
        _ session: LlamaSession,
        prior: (session: LlamaSession, last: Int32)?,
        prompt: [Int32],
        _ settings: ContextSettings
    ) throws(ModelsError) -> (reader: ContextReader, logits: [Float]) {
        let withLogits = try session.read(Array(prompt.suffix(1)))
        var withoutLogits: [Float]?
        if let prior { withoutLogits = try prior.session.read([prior.last]) }
        func reader(_ session: LlamaSession) -> DraftReader {
            DraftReader(session, after: prompt, longestDraft: settings.draftLength)
        }
        let isMixed = settings.nGramShare > 0
        let reader = ContextReader(
            with: reader(session),
            without: prior.map { reader($0.session) },
            mixture: isMixed
                ? NGramMixture(
                    after: prompt,
                    longest: settings.nGramLength,
                    share: settings.nGramShare
                ) : nil,
            priorShare: settings.priorShare
        )
        return (reader, reader.weigh(withLogits, withoutLogits))
    }

    /// Reads the token that the text goes on with; the logits of what may follow.
    mutating func read(_ token: Int32) throws(ModelsError) -> [Float] {
        let withLogits = try with.read(token)
        let withoutLogits = try without?.read(token)
        mixture?.append(token)
        return weigh(withLogits, withoutLogits)
    }

    private func weigh(_ with: [Float], _ without: [Float]?) -> [Float] {
        var logits = with
        if let without {
            logits = zip(with, without).map { (1 + priorShare) * $0 - priorShare * $1 }
        }
        return mixture?.mix(logits) ?? logits
    }
}
