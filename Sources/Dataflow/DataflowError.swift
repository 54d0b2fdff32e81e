public import Diagnostics

/// What can go wrong on an edge or in a run.
public enum DataflowError: DiagnosticError, Equatable {
    /// A stage asked for a column that its input does not have.
    case missingColumn(name: String, present: [String])
    /// A column holds something else than a stage expects.
    case mistypedColumn(name: String, expected: ColumnType, got: ColumnType)
    /// A column has another count of rows than its batch.
    case rowCountMismatch(column: String, expected: Int, got: Int)
    /// A checkpoint lacks the state of a stage, or has it in another form.
    case unusableCheckpoint(stage: String, reason: String)

    public var problem: String {
        switch self {
        case .missingColumn(let name, let present):
            "column `\(name)` is missing; the batch has \(present.joined(separator: ", "))"
        case .mistypedColumn(let name, let expected, let got):
            "column `\(name)` is \(got), not \(expected)"
        case .rowCountMismatch(let column, let expected, let got):
            "column `\(column)` has \(got) rows in a batch of \(expected)"
        case .unusableCheckpoint(let stage, let reason):
            "the checkpoint does not fit stage `\(stage)`: \(reason)"
        }
    }

    public var mend: String? {
        switch self {
        case .missingColumn, .mistypedColumn: "check the pipeline with `riverrun check`"
        case .rowCountMismatch: nil
        case .unusableCheckpoint: "run again with --restart to read from the beginning"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .missingColumn, .mistypedColumn, .unusableCheckpoint: .configuration
        case .rowCountMismatch: .software
        }
    }
}

/// An error with the stage, and the place in a document where there is one, in which it arose.
public struct StageError: DiagnosticError {
    /// The name of the stage.
    public let stage: String
    /// The id of the document that was being read.
    public let document: String?
    /// Where the rows that were being taken begin in the document, in bytes.
    public let byte: Int?
    /// What went wrong.
    public let cause: any Error

    /// An error in a stage.
    public init(stage: String, document: String? = nil, byte: Int? = nil, cause: any Error) {
        self.stage = stage
        self.document = document
        self.byte = byte
        self.cause = cause
    }

    public var problem: String {
        let parts = [stage, document.map { "document \($0)" }, byte.map { "byte \($0)" }]
        let place = parts.compactMap(\.self).joined(separator: ", ")
        return "\(place): \((cause as? any DiagnosticError)?.problem ?? "\(cause)")"
    }

    public var mend: String? { (cause as? any DiagnosticError)?.mend }
    public var exitCode: ExitCode { (cause as? any DiagnosticError)?.exitCode ?? .software }
}

/// An error that concerns one document only: the run goes on with the next.
public struct DocumentProblem: DiagnosticError, Equatable {
    public let problem: String
    public let mend: String?
    public let exitCode: ExitCode

    /// What an error says of a document.
    public init(_ error: some DiagnosticError) {
        problem = error.problem
        mend = error.mend
        exitCode = error.exitCode
    }
}
