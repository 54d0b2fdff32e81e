public import Diagnostics

/// What can go wrong in reading text.
public enum TextError: DiagnosticError, Equatable {
    /// The bytes at an offset of the input are not text.
    case invalidBytes(offset: Int)
    /// A stemmer does not know this language.
    case unknownLanguage(name: String)

    public var problem: String {
        switch self {
        case .invalidBytes(let offset): "the bytes at offset \(offset) are not valid UTF-8"
        case .unknownLanguage(let name): "there is no stemmer for `\(name)`"
        }
    }

    public var mend: String? {
        switch self {
        case .invalidBytes: "convert the file to UTF-8, or read it with --invalid-utf8 replace"
        case .unknownLanguage: "use the English name of a language that Snowball knows, or `none`"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .invalidBytes: .dataError
        case .unknownLanguage: .usage
        }
    }
}
