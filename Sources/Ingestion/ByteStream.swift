// Either module may be taken for the owner of the declarations of <sys/stat.h>.
import CDispatch
import Glibc
import Synchronization

/// A sequence of bytes that is read once, from its beginning.
protocol ByteStream: AnyObject {
    /// Appends up to `count` further bytes to `buffer`; at the end appends none.
    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError)

    /// How many bytes of the file itself have been read, compressed ones where it is compressed.
    var fileOffset: Int { get }
}

/// The bytes of a file or of standard input.
final class FileStream: ByteStream {
    private let descriptor: Int32
    private let path: String
    private let isOwned: Bool
    /// The most bytes that are asked for at once.
    private let maximumRead: Int
    private let interruption: ReadInterruption?
    private(set) var fileOffset = 0

    /// Opens a file; `-` is standard input.
    init(
        path: String,
        maximumRead: Int = .max,
        interruption: ReadInterruption? = nil
    ) throws(IngestionError) {
        self.path = path
        self.maximumRead = maximumRead
        self.interruption = interruption
        isOwned = path != "-"
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw FileStream.failure(path, errno) }
    }

    deinit { if isOwned { close(descriptor) } }

    /// Whether it is a file on disk, not a pipe or a terminal.
    var isRegularFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError) {
        if let interruption, !isRegularFile {
            try interruption.wait(for: descriptor, path: path)
        }
        let start = buffer.count
        let count = min(count, maximumRead)
        buffer.append(contentsOf: repeatElement(0, count: count))
        let (got, code) = buffer.withUnsafeMutableBytes { bytes in
            while true {
                let got = Glibc.read(descriptor, bytes.baseAddress?.advanced(by: start), count)
                if got >= 0 || errno != EINTR { return (got, errno) }
            }
        }
        buffer.removeLast(count - max(0, got))
        guard got >= 0 else { throw FileStream.failure(path, code) }
        fileOffset += got
    }

    /// The error that a code of the operating system stands for.
    static func failure(_ path: String, _ code: Int32) -> IngestionError {
        if code == ENOENT || code == ENOTDIR { return .notFound(path: path) }
        return .unreadable(
            path: path,
            reason: String(cString: strerror(code)),
            isPermission: code == EACCES || code == EPERM
        )
    }
}

/// Ends the waiting for a pipe or a terminal that gives nothing, from another thread.
public final class ReadInterruption: Sendable {
    private let isSet = Atomic(false)

    /// An interruption that has not come.
    public init() {}

    /// Interrupts: reading from a pipe or a terminal gives nothing more, now and later.
    public func interrupt() { isSet.store(true, ordering: .relaxed) }

    /// Waits until there is something to read, looking for the interruption ten times a second.
    ///
    /// - Throws: `IngestionError.interrupted`.
    func wait(for descriptor: Int32, path: String) throws(IngestionError) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        repeat {
            if isSet.load(ordering: .relaxed) { throw .interrupted(path: path) }
        } while poll(&waiting, 1, 100) == 0
    }
}

/// Bytes that were read already to see what they are, then the rest of their stream.
final class PrefixedStream: ByteStream {
    private var prefix: ArraySlice<UInt8>
    private let rest: any ByteStream

    init(prefix: [UInt8], rest: any ByteStream) {
        self.prefix = prefix[...]
        self.rest = rest
    }

    var fileOffset: Int { rest.fileOffset }

    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError) {
        guard !prefix.isEmpty else { return try rest.read(upTo: count, into: &buffer) }
        buffer.append(contentsOf: prefix.prefix(count))
        prefix = prefix.dropFirst(count)
    }
}

/// Bytes in memory.
final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var fileOffset: Int { 0 }

    func read(upTo count: Int, into buffer: inout [UInt8]) throws(IngestionError) {
        buffer.append(contentsOf: rest.prefix(count))
        rest = rest.dropFirst(count)
    }
}
