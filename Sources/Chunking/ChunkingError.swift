package import Diagnostics
package import Serialization

/// What can go wrong in Chunking.
package enum ChunkingError: DiagnosticError, Equatable {
    /// The bytes are not a splitter's snapshot.
    case malformedSnapshot(SerializationError)
    /// The snapshot was taken under other limits.
    case snapshotOfOtherConfiguration

    package var problem: String {
        switch self {
        case .malformedSnapshot(let error): "splitter's state is damaged: \(error.problem)"
        case .snapshotOfOtherConfiguration: "splitter's state was saved under other limits"
        }
    }

    package var mend: String? {
        switch self {
        case .malformedSnapshot: "read the document again from its start"
        case .snapshotOfOtherConfiguration: "use the limits with which the document was begun"
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .malformedSnapshot: .dataError
        case .snapshotOfOtherConfiguration: .configuration
        }
    }
}
