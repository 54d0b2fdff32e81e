/// Exit statuses, after BSD's `sysexits.h`, and the few of our own.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// Everything was done.
    case success = 0
    /// The memory holds nothing relevant to the question.
    case nothingFound = 1
    /// Some documents failed and the rest of the run went on.
    case partial = 2
    /// The command line is wrong (`EX_USAGE`).
    case usage = 64
    /// The input's content is wrong (`EX_DATAERR`).
    case dataError = 65
    /// An input is missing or unreadable (`EX_NOINPUT`).
    case noInput = 66
    /// Something that is needed is missing, such as a model (`EX_UNAVAILABLE`).
    case unavailable = 69
    /// A defect of Riverrun itself (`EX_SOFTWARE`).
    case software = 70
    /// The operating system refused (`EX_OSERR`).
    case osError = 71
    /// An output cannot be created (`EX_CANTCREAT`).
    case cannotCreate = 73
    /// Reading or writing failed, a full disk among others (`EX_IOERR`).
    case ioError = 74
    /// A passing condition, such as another writer holding the store (`EX_TEMPFAIL`).
    case temporaryFailure = 75
    /// Permission was denied (`EX_NOPERM`).
    case noPermission = 77
    /// A pipeline file or a store does not fit (`EX_CONFIG`).
    case configuration = 78
    /// Interrupted by Ctrl-C (128 + SIGINT); what was done is committed.
    case interrupted = 130
}
