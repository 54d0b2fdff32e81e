public import Diagnostics

/// What can go wrong in the memory.
public enum MemoryError: DiagnosticError, Equatable {
    /// A snapshot is not one of this memory.
    case unusableSnapshot(reason: String)
    /// A vector has another width than the memory.
    case widthMismatch(expected: Int, got: Int)

    public var problem: String {
        switch self {
        case .unusableSnapshot(let reason): "the memory's snapshot cannot be used: \(reason)"
        case .widthMismatch(let expected, let got):
            "the memory holds vectors of \(expected) floats, not \(got)"
        }
    }

    public var mend: String? { "read the document anew" }
    public var exitCode: ExitCode { .dataError }
}
