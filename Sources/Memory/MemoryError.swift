public import Diagnostics

/// What can go wrong in the memory.
public enum MemoryError: DiagnosticError, Equatable {
    /// A snapshot is not one of this memory.
    case unusableSnapshot(reason: String)

    public var problem: String {
        switch self {
        case .unusableSnapshot(let reason): "the memory's snapshot cannot be used: \(reason)"
        }
    }

    public var mend: String? { "read the document anew" }
    public var exitCode: ExitCode { .dataError }
}
