public import Diagnostics

/// What can go wrong in loading a WordPiece vocabulary.
public enum WordPieceError: DiagnosticError, Equatable {
    /// The vocabulary file cannot be read.
    case unreadable(file: String, reason: String)
    /// The vocabulary lacks a piece that every text needs.
    case missingPiece(file: String, piece: String)
    /// Two lines of the vocabulary, counted from 1, hold the same piece.
    case duplicatePiece(file: String, line: Int, firstLine: Int)
    /// A line of the vocabulary, counted from 1, is longer than a word may be.
    case pieceTooLong(file: String, line: Int)

    public var problem: String {
        switch self {
        case .unreadable(let file, let reason):
            "cannot read the vocabulary \(file): \(reason)"
        case .missingPiece(let file, let piece):
            "the vocabulary \(file) lacks the piece \(piece)"
        case .duplicatePiece(let file, let line, let firstLine):
            "the vocabulary \(file) repeats in line \(line) the piece of line \(firstLine)"
        case .pieceTooLong(let file, let line):
            "line \(line) of the vocabulary \(file) is longer than a word may be"
        }
    }

    public var mend: String? { "run `make setup` to fetch the model again" }
    public var exitCode: ExitCode { .unavailable }
}
