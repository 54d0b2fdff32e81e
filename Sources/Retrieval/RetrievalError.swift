public import Diagnostics

/// What can go wrong in looking something up in a store.
public enum RetrievalError: DiagnosticError, Equatable {
    /// The question's vector has `found` dimensions where the store's have `expected`.
    case wrongWidth(expected: Int, found: Int)
    /// The store holds no document of this id.
    case unknownDocument(id: String)

    public var problem: String {
        switch self {
        case .wrongWidth(let expected, let found):
            "the question's vector has \(found) dimensions and the store's have \(expected)"
        case .unknownDocument(let id): "the store holds no document `\(id)`"
        }
    }

    public var mend: String? {
        switch self {
        case .wrongWidth: "ask with the encoder that the store was made with"
        case .unknownDocument: "list the documents with `riverrun inspect`"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .wrongWidth: .configuration
        case .unknownDocument: .noInput
        }
    }
}
