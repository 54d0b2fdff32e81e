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

    public var problem: String {
        switch self {
        case .emptyPrompt: "the prompt is empty, and the model cannot begin without one"
        case .emptyPrior: "the prior's prompt is empty, and the model cannot begin without one"
        case .promptTooLong(let limitBytes): "the prompt is longer than \(limitBytes) bytes"
        }
    }

    public var mend: String? {
        switch self {
        case .emptyPrompt: "give a --prompt, or text on standard input"
        case .emptyPrior: "give a --prior-prompt"
        case .promptTooLong: "give a shorter one"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .emptyPrompt, .emptyPrior: .usage
        case .promptTooLong: .dataError
        }
    }
}
