public import Diagnostics

/// What can go wrong in writing text.
public enum GenerationError: DiagnosticError, Equatable {
    /// There is no prompt, and the model has no token to begin with.
    case emptyPrompt
    /// There is nothing to read in the prompt's place without context, and the model has no token to
    /// begin with.
    case emptyPrior
    /// The prompt is longer than is read of one.
    case promptTooLong(limitBytes: Int)
    /// The context has no room for the shortest prompt and an answer.
    case contextTooSmall(neededTokenCount: Int, limit: Int)

    public var problem: String {
        switch self {
        case .emptyPrompt: "the prompt is empty, and the model cannot begin without one"
        case .emptyPrior: "the prior's prompt is empty, and the model cannot begin without one"
        case .promptTooLong(let limitBytes): "the prompt is longer than \(limitBytes) bytes"
        case .contextTooSmall(let neededTokenCount, let limit):
            "the context holds \(limit) tokens, and one passage with its task and answer needs "
                + "\(neededTokenCount)"
        }
    }

    public var mend: String? {
        switch self {
        case .emptyPrompt: "give a --prompt, or text on standard input"
        case .emptyPrior: "give a --prior-prompt"
        case .promptTooLong: "give a shorter one"
        case .contextTooSmall:
            "raise --context as far as the model goes, or ask for less with --tokens"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .emptyPrompt, .emptyPrior, .contextTooSmall: .usage
        case .promptTooLong: .dataError
        }
    }
}
