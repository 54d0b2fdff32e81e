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
    /// The model's file does not say how a conversation is laid out, or in a way that is not known.
    case unknownTemplate
    /// The context has no room for the shortest prompt and an answer.
    case contextTooSmall(neededTokenCount: Int, limit: Int)

    public var problem: String {
        switch self {
        case .emptyPrompt: "the prompt is empty, and the model cannot begin without one"
        case .emptyPrior: "the prior's prompt is empty, and the model cannot begin without one"
        case .promptTooLong(let limitBytes): "the prompt is longer than \(limitBytes) bytes"
        case .unknownTemplate:
            "the model's file has no chat template of ChatML, Llama 2, Llama 3 or Mistral"
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
        case .unknownTemplate: "leave out --chat"
        case .contextTooSmall:
            "raise --context as far as the model goes, or ask for less with --tokens"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .emptyPrompt, .emptyPrior, .contextTooSmall: .usage
        case .unknownTemplate: .unavailable
        case .promptTooLong: .dataError
        }
    }
}
