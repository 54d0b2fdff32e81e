public import Diagnostics

/// What can go wrong in Chunking.
public enum ChunkingError: DiagnosticError, Equatable {
    /// The bytes are not a splitter's snapshot.
    case malformedSnapshot(offset: Int, expected: String)
    /// The snapshot was taken under other limits.
    case snapshotOfOtherConfiguration

    public var problem: String {
        switch self {
        case .malformedSnapshot(let offset, let expected):
            "splitter's state is damaged at offset \(offset): expected \(expected)"
        case .snapshotOfOtherConfiguration: "splitter's state was saved under other limits"
        }
    }

    public var mend: String? {
        switch self {
        case .malformedSnapshot: "read the document again from its start"
        case .snapshotOfOtherConfiguration: "use the limits with which the document was begun"
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .malformedSnapshot: .dataError
        case .snapshotOfOtherConfiguration: .configuration
        }
    }
}
