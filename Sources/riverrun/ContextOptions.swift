import ArgumentParser
import Generation

/// Options of how what was read weighs in what is written.
struct ContextOptions: ParsableArguments {
    @Option(help: "Subtract this share of the logits without the prompt, to lean on what was read.")
    var prior: Float = 0

    @Option(
        name: .customLong("prior-prompt"),
        help: ArgumentHelp(
            "The prompt without its context, such as the question alone; nothing unless given.",
            valueName: "text"
        )
    )
    var priorPrompt: String?

    @Option(
        name: .customLong("ngram-share"),
        help: "Give this share of probability to what followed the same tokens before; below 1."
    )
    var nGramShare: Float = 0

    @Option(
        help: """
            Guess up to this many tokens from what followed the same ones before and read them \
            together; the text stays the same.
            """
    )
    var draft: Int = 0

    private static let mostDrafts = 64

    func validate() throws {
        if !(prior >= 0 && prior.isFinite) { throw ValidationError("--prior is at least 0.") }
        if priorPrompt != nil, prior == 0 {
            throw ValidationError("--prior-prompt goes with --prior.")
        }
        if !(0..<1 ~= nGramShare) {
            throw ValidationError("--ngram-share is at least 0 and below 1.")
        }
        if !(0...Self.mostDrafts ~= draft) {
            throw ValidationError("--draft is from 0 to \(Self.mostDrafts).")
        }
    }

    /// The options as a continuation takes them.
    var settings: ContextSettings {
        ContextSettings(
            priorShare: prior,
            priorPrompt: Array((priorPrompt ?? "").utf8),
            nGramShare: nGramShare,
            draftLength: draft
        )
    }
}
