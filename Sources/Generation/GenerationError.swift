public import Diagnostics

/// What can go wrong in writing text.
public enum GenerationError: DiagnosticError, Equatable {
    /// There is no prompt, and the model has no token to begin with.
    case emptyPrompt
    /// The prompt is longer than is read of one.
    case promptTooLong(limitBytes: Int)

    public var problem: String {
        switch self {
        case .emptyPrompt: "the prompt is empty, and the model cannot begin without one"
        case .promptTooLong(let limitBytes): "the prompt is longer than \(limitBytes) bytes"
        }
    }

    public var mend: String? {
        switch self {
        case .emptyPrompt: "give a --prompt, or text on standard input"
        case .promptTooLong: "give a shorter one"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .emptyPrompt: .usage
        case .promptTooLong: .dataError
        }
    }
}
