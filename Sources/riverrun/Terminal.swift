import Foundation
import Synchronization

/// What the person at the other end sees on standard error.
enum Terminal {
    /// Whether standard error is a terminal, where a line can be drawn over.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Whether a line is drawn that the next one is to be drawn over.
    private static let isDrawn = Mutex(false)

    /// Writes one line to standard error, behind the program's name.
    static func report(_ message: String) {
        write("riverrun: \(message)\n")
    }

    /// Writes text to standard error as it is; a failure to do so has nowhere to be told.
    static func write(_ text: String) {
        isDrawn.withLock { isDrawn in
            put((isDrawn ? eraseLine : "") + text)
            isDrawn = false
        }
    }

    /// Draws a line of progress over the one before, cut to the terminal's width.
    static func draw(_ line: String) {
        isDrawn.withLock { isDrawn in
            put((isDrawn ? eraseLine : "") + line.prefix(width - 1))
            isDrawn = true
        }
    }

    /// Takes the drawn line away.
    static func erase() { write("") }

    private static let eraseLine = "\r\u{1B}[K"

    private static func put(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// How many columns the terminal has.
    private static var width: Int {
        var size = winsize()
        let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
        return isKnown ? Int(size.ws_col) : 80
    }
}
