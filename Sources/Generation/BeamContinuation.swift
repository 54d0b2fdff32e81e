public import Models
internal import Text

/// Goes on with a prompt by the texts that a beam search finds the best.
///
///     let beams = BeamContinuation(model, BeamConfiguration(beamCount: 4), contextLength: 512)
///     let best = try beams.texts(after: prompt, tokenLimit: 60, count: 2)
public struct BeamContinuation: Sendable {
    /// What goes on with a prompt.
    public struct Text: Sendable, Equatable {
        /// Valid UTF-8.
        public var bytes: [UInt8]
        /// As in `BeamHypothesis`.
        public var score: Double
        /// Why it goes no further.
        public var end: TextContinuation.End
    }

    private let model: LlamaModel
    private let configuration: BeamConfiguration
    private let contextLength: Int
    private let goesOnAfterEnd: Bool

    /// A writer with a model and its settings.
    ///
    /// - Parameters:
    ///   - model: What knows which token may follow.
    ///   - configuration: How texts are searched.
    ///   - contextLength: How many tokens the prompt and a text may have together.
    ///   - goesOnAfterEnd: Whether a token that ends the text is written over.
    public init(
        _ model: LlamaModel,
        _ configuration: BeamConfiguration,
        contextLength: Int,
        goesOnAfterEnd: Bool = false
    ) {
        self.model = model
        self.configuration = configuration
        self.contextLength = contextLength
        self.goesOnAfterEnd = goesOnAfterEnd
    }

    /// The best `count` texts of up to `tokenLimit` tokens, the best first; as far as they came if it
    /// is stopped.
    ///
    /// - Throws: `GenerationError.emptyPrompt` if there is nothing to follow; `ModelsError.context`
    ///   if the prompt does not fit.
    public func texts(
        after prompt: [UInt8],
        tokenLimit: Int,
        count: Int,
        isStopped: () -> Bool = { false }
    ) throws -> [Text] {
        let tokens = model.tokenizer.promptTokens(of: prompt)
        guard !tokens.isEmpty else { throw GenerationError.emptyPrompt }
        let limit = min(contextLength, model.configuration.contextLength)
        guard tokens.count <= limit else {
            throw ModelsError.context(tokenCount: tokens.count, limit: limit)
        }
        // The last token of a text is not read.
        let room = min(tokenLimit, limit - tokens.count + 1)
        let beams = try LlamaBeams(
            model,
            beginningLength: tokens.count,
            beamCount: configuration.beamCount,
            stepCount: room - 1
        )
        guard
            try PromptReading.readAllButLast(of: tokens, isStopped: isStopped, beams.append)
        else { return [] }
        let ends = goesOnAfterEnd ? [] : model.tokenizer.endTokens
        var search = BeamSearch(configuration, endTokens: ends, tokenLimit: room)
        var logits = [try beams.begin([tokens[tokens.count - 1]])]
        while !isStopped(), let step = search.advance(logits) {
            logits = try beams.read(step.tokens, after: step.parents)
        }
        let wasStopped = isStopped()
        search.finish()
        return try search.best(count).map { hypothesis in
            let isEnded = hypothesis.tokens.last.map(ends.contains) ?? false
            let isFull = hypothesis.tokens.count == room
            return Text(
                bytes: try bytes(
                    of: isEnded ? hypothesis.tokens.dropLast() : hypothesis.tokens[...],
                    beginsText: prompt.isEmpty
                ),
                score: hypothesis.score,
                end: isEnded
                    ? .endOfText
                    : !isFull && wasStopped
                        ? .stopped
                        : room < tokenLimit ? .contextFull(tokenCount: limit) : .tokenLimit
            )
        }
    }

    private func bytes(of tokens: ArraySlice<Int32>, beginsText: Bool) throws -> [UInt8] {
        var bytes = tokens.flatMap { model.tokenizer.tokenizer.bytes(of: $0) }
        // A text that nothing stands before does not begin with the space of its first word.
        if beginsText, bytes.first == 0x20 { bytes.removeFirst() }
        var decoder = UTF8Decoder(encoding: .utf8)
        var text: [UInt8] = []
        try bytes.withUnsafeBytes { try decoder.decode($0, into: &text) }
        try decoder.finish(into: &text)
        return text
    }
}
