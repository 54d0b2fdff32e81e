/// How much what was read weighs in what is written, beyond what the model itself makes of it.
public struct ContextSettings: Sendable, Equatable {
    /// The share of the logits without the context that is subtracted; 0 for none.
    ///
    /// logits = (1 + share) · with − share · without.
    /// - Source: Shi et al. 2023, arXiv:2305.14739, §2 (context-aware decoding).
    public var priorShare: Float
    /// What stands in the prompt's place where its context is left out.
    public var priorPrompt: [UInt8]
    /// The share of probability that goes to what followed the same tokens before; below 1.
    ///
    /// - Source: Akyürek et al. 2024, arXiv:2401.12973, §5 (n-gram heads), mixed with the model's own
    ///   probabilities.
    public var nGramShare: Float
    /// The most tokens before the next one that are looked for.
    public var nGramLength: Int
    /// How many tokens are guessed from the context and read ahead at most, with the same text.
    public var draftLength: Int

    /// Settings that leave the model to itself.
    public init(
        priorShare: Float = 0,
        priorPrompt: [UInt8] = [],
        nGramShare: Float = 0,
        nGramLength: Int = 4,
        draftLength: Int = 0
    ) {
        precondition(0..<1 ~= nGramShare && nGramLength > 0, "a share that leaves something")
        precondition(draftLength >= 0, "a number of tokens")
        self.priorShare = priorShare
        self.priorPrompt = priorPrompt
        self.nGramShare = nGramShare
        self.nGramLength = nGramLength
        self.draftLength = draftLength
    }
}
