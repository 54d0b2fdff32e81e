/// An error that a person can act on: what is wrong, where, and how to mend it.
///
/// Each room has one error type that conforms. The command line prints `description` and exits
/// with `exitCode`; a library user catches the room's own type and reads its operands.
public protocol DiagnosticError: Error, CustomStringConvertible {
    /// What happened, to what: file, offset or line, expected and found. No trailing period.
    var problem: String { get }

    /// What to do about it, as an imperative clause, or nil where nothing can be done.
    var mend: String? { get }

    /// The process exit status that stands for this error.
    var exitCode: ExitCode { get }
}

extension DiagnosticError {
    /// The problem and its mend on one line.
    public var description: String {
        guard let mend else { return problem }
        return "\(problem); \(mend)"
    }
}
