public import Diagnostics

/// What can go wrong in Structure.
public enum StructureError: DiagnosticError, Equatable {
    /// The outline's first part does not start where the document does.
    case startsLate(offset: Int, expected: Int)
    /// Bytes before `offset` belong to no part, or to two.
    case notContiguous(offset: Int, expected: Int)
    /// A part is not the hull of its children.
    case notHull(title: String, range: Range<Int>, hull: Range<Int>)
    /// A part has no bytes.
    case emptyPart(title: String, offset: Int)
    /// The outline ends before the document does.
    case endsEarly(offset: Int, expected: Int)
    /// The bytes are not an outliner's snapshot.
    case malformedSnapshot(offset: Int, expected: String)

    public var problem: String {
        switch self {
        case .startsLate(let offset, let expected):
            "outline starts at byte \(offset) instead of \(expected)"
        case .notContiguous(let offset, let expected):
            "outline's parts do not meet: one ends at byte \(expected), the next starts at \(offset)"
        case .notHull(let title, let range, let hull):
            "part “\(title)” has the range \(range), its children \(hull)"
        case .emptyPart(let title, let offset): "part “\(title)” at byte \(offset) is empty"
        case .endsEarly(let offset, let expected):
            "outline ends at byte \(offset), the document at \(expected)"
        case .malformedSnapshot(let offset, let expected):
            "outliner's state is damaged at offset \(offset): expected \(expected)"
        }
    }

    public var mend: String? { "read the document again from its start" }
    public var exitCode: ExitCode { .dataError }
}
