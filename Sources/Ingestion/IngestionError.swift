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
    /// A file or document has no text.
    case empty(path: String)
    /// A file looks like a program or a picture, not like text.
    case binary(path: String)
    /// A compressed file is damaged or ends early.
    case corrupt(path: String, offset: Int, reason: String)
    /// Bytes that are not UTF-8 are refused.
    case invalidUTF8(path: String, offset: Int)
    /// A line of NDJSON is not an object with text.
    case badLine(path: String, line: Int, column: Int, reason: String)
    /// A line of NDJSON is longer than is read.
    case lineTooLong(path: String, line: Int, limitBytes: Int)
    /// What was read before a checkpoint is not there any more.
    case inputChanged(path: String, offset: Int)

    /// The file, folder or pattern that the error is about.
    var path: String {
        switch self {
        case .notFound(let path), .noMatch(let path), .noDocuments(let path),
            .unreadable(let path, _, _), .empty(let path), .binary(let path),
            .corrupt(let path, _, _), .invalidUTF8(let path, _), .badLine(let path, _, _, _),
            .lineTooLong(let path, _, _), .inputChanged(let path, _):
            path
        }
    }

    public var problem: String {
        switch self {
        case .notFound(let path): "\(path): no such file or folder"
        case .noMatch(let pattern): "\(pattern): the pattern matches no file"
        case .noDocuments(let folder): "\(folder): the folder holds no text file"
        case .unreadable(let path, let reason, _): "\(path): cannot be read: \(reason)"
        case .empty(let path): "\(path): there is no text in it"
        case .binary(let path): "\(path): this is not text"
        case .corrupt(let path, let offset, let reason):
            "\(path): the compressed data is damaged at byte \(offset): \(reason)"
        case .invalidUTF8(let path, let offset): "\(path): not valid UTF-8 at byte \(offset)"
        case .badLine(let path, let line, let column, let reason):
            "\(path):\(line):\(column): \(reason)"
        case .lineTooLong(let path, let line, let limit):
            "\(path):\(line): the line is longer than \(limit) bytes"
        case .inputChanged(let path, let offset):
            "\(path): the first \(offset) bytes of text differ from those read before"
        }
    }

    public var mend: String? {
        switch self {
        case .notFound, .noMatch: "check the path"
        case .noDocuments: "name the files, or another folder"
        case .unreadable(_, _, let isPermission):
            isPermission ? "make it readable" : "check the file and the disk"
        case .empty: "leave it out"
        case .binary: "convert it to text first"
        case .corrupt: "fetch or compress the file again"
        case .invalidUTF8: "convert it to UTF-8, or pass --invalid-utf8 replace"
        case .badLine: "each line must be an object with `text`, and `id` if it has one"
        case .lineTooLong: "split the document, or pass it as a file of its own"
        case .inputChanged: "pass the same input, or read it anew with --restart"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .notFound, .noMatch, .noDocuments: .noInput
        case .unreadable(_, _, let isPermission): isPermission ? .noPermission : .noInput
        case .empty, .binary, .corrupt, .invalidUTF8, .badLine, .lineTooLong,
            .inputChanged:
            .dataError
        }
    }
}
