import Foundation

/// What the person at the other end sees on standard error.
enum Terminal {
    /// Whether standard error is a terminal, where a line can be drawn over.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Writes one line to standard error, behind the program's name.
    static func report(_ message: String) {
        write("riverrun: \(message)\n")
    }

    /// Writes text to standard error as it is; a failure to do so has nowhere to be told.
    static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
