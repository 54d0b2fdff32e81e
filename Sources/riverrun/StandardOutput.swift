import Diagnostics
import Foundation
import Synchronization

/// Standard output, written in large pieces.
final class StandardOutput: Sendable {
    private static let bufferBytes = 1 << 16

    private let buffer = Mutex<[UInt8]>([])

    /// Writes bytes, sooner or later.
    func write(_ bytes: [UInt8]) throws(OutputError) {
        let full = buffer.withLock { buffer -> [UInt8]? in
            buffer.append(contentsOf: bytes)
            guard buffer.count >= Self.bufferBytes else { return nil }
            defer { buffer.removeAll(keepingCapacity: true) }
            return buffer
        }
        if let full { try writeNow(full) }
    }

    /// Writes text, sooner or later.
    func write(_ text: String) throws(OutputError) {
        try write(Array(text.utf8))
    }

    /// Writes all that has not been written yet.
    func flush() throws(OutputError) {
        let rest = buffer.withLock { buffer in
            defer { buffer.removeAll() }
            return buffer
        }
        try writeNow(rest)
    }

    private func writeNow(_ bytes: [UInt8]) throws(OutputError) {
        var offset = 0
        while offset < bytes.count {
            let (written, code) = bytes.withUnsafeBytes { all in
                let rest = all[offset...]
                let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress
                return (Foundation.write(STDOUT_FILENO, base, rest.count), errno)
            }
            if written >= 0 {
                offset += written
            } else if code == EPIPE {
                throw .closed
            } else if code != EINTR {
                throw .failed(reason: String(cString: strerror(code)))
            }
        }
    }
}

/// What can go wrong in writing results.
enum OutputError: DiagnosticError, Equatable {
    /// The reader of the pipe has gone.
    case closed
    /// The operating system refuses to write.
    case failed(reason: String)

    var problem: String {
        switch self {
        case .closed: "nobody reads the output any more; stopped"
        case .failed(let reason): "cannot write the output: \(reason)"
        }
    }

    var mend: String? {
        switch self {
        case .closed: nil
        case .failed: "check the disk that it goes to"
        }
    }

    var exitCode: ExitCode { .ioError }
}
