public import Diagnostics

/// What can go wrong in reading documents.
public enum IngestionError: DiagnosticError, Equatable {
    /// There is nothing at a path.
    case notFound(path: String)
    /// A glob pattern matches nothing.
    case noMatch(pattern: String)
    /// A folder holds no file that can be read as text.
    case noDocuments(folder: String)
    /// The operating system refuses to open or read a file.
    case unreadable(path: String, reason: String, isPermission: Bool)
    /// The name of a file in a folder is not UTF-8.
    case unreadableName(path: String)
    /// A file or document has no text.
    case empty(path: String)
    /// A file is a program, a picture or an archive, not text; `kind` says what, where that is known.
    case binary(path: String, kind: String?)
    /// A file is in an encoding that is not read.
    case unsupportedEncoding(path: String, name: String)
    /// A compressed file is damaged or ends early, at an offset of the file as it is on disk.
    case corrupt(path: String, offset: Int, reason: String)
    /// Bytes that are not UTF-8 are refused; the offset is in the text before it is decoded.
    case invalidUTF8(path: String, offset: Int)
    /// A line of NDJSON is not an object with text.
    case badLine(path: String, line: Int, column: Int, reason: String)
    /// A line of NDJSON is longer than is read.
    case lineTooLong(path: String, line: Int, limitBytes: Int)
    /// What was read before a checkpoint is not what is there now.
    case inputChanged(path: String, offset: Int)
    /// The file that was being read at a checkpoint is not among the inputs any more.
    case inputMissing(path: String)
    /// The files that come before that one are not those that were read before.
    case inputsChanged(path: String)
    /// The reading was interrupted while it waited for input.
    case interrupted(path: String)

    /// The file, folder or pattern that the error is about.
    var path: String {
        switch self {
        case .notFound(let path), .noMatch(let path), .noDocuments(let path),
            .unreadable(let path, _, _), .unreadableName(let path), .empty(let path),
            .binary(let path, _), .unsupportedEncoding(let path, _), .corrupt(let path, _, _),
            .invalidUTF8(let path, _), .badLine(let path, _, _, _), .lineTooLong(let path, _, _),
            .inputChanged(let path, _), .inputMissing(let path), .inputsChanged(let path),
            .interrupted(let path):
            path
        }
    }

    public var problem: String {
        let name = path.isEmpty ? "``" : path == "-" ? "standard input" : path
        return switch self {
        case .notFound: "\(name): no such file or folder"
        case .noMatch: "\(name): the pattern matches no file"
        case .noDocuments: "\(name): the folder holds no text file"
        case .unreadable(_, let reason, _): "\(name): cannot be read: \(reason)"
        case .unreadableName: "\(name): the file's name is not valid UTF-8"
        case .empty: "\(name): there is no text in it"
        case .binary(_, let kind): "\(name): this is \(kind ?? "a binary file"), not text"
        case .unsupportedEncoding(_, let encoding): "\(name): the text is in \(encoding)"
        case .corrupt(_, let offset, let reason):
            "\(name): the compressed data is damaged at byte \(offset): \(reason)"
        case .invalidUTF8(_, let offset): "\(name): not valid UTF-8 at byte \(offset)"
        case .badLine(_, let line, let column, let reason): "\(name):\(line):\(column): \(reason)"
        case .lineTooLong(_, let line, let limit):
            "\(name):\(line): the line is longer than \(limit) bytes"
        case .inputChanged(_, let offset):
            "\(name): the first \(offset) bytes of text differ from those read before"
        case .inputMissing: "\(name): the last run stopped in this file, which is not there now"
        case .inputsChanged: "\(name): the files before this one are not those of the last run"
        case .interrupted: "\(name): the reading was interrupted"
        }
    }

    public var mend: String? {
        switch self {
        case .notFound, .noMatch: "check the path"
        case .noDocuments: "name the files, or another folder"
        case .unreadable(_, _, let isPermission):
            isPermission ? "make it readable" : "check the file and the disk"
        case .unreadableName: "rename it"
        case .empty: "leave it out"
        case .binary: "convert it to text first"
        case .unsupportedEncoding: "convert it to UTF-8 first, as with iconv"
        case .corrupt: "fetch or compress the file again"
        case .invalidUTF8: "convert it to UTF-8, or pass --invalid-utf8 replace"
        case .badLine: "each line must be an object with `text`, and `id` if it has one"
        case .lineTooLong: "split the document, or pass it as a file of its own"
        case .inputChanged: "pass the same input, or read it anew with --restart"
        case .inputMissing: "put it back, or read the input anew with --restart"
        case .inputsChanged: "pass the same inputs, or read them anew with --restart"
        case .interrupted: nil
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .notFound, .noMatch, .noDocuments, .unreadableName, .inputMissing: .noInput
        case .unreadable(_, _, let isPermission): isPermission ? .noPermission : .noInput
        case .empty, .binary, .unsupportedEncoding, .corrupt, .invalidUTF8, .badLine, .lineTooLong,
            .inputChanged, .inputsChanged:
            .dataError
        case .interrupted: .interrupted
        }
    }
}
