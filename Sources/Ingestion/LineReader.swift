import Glibc
import Serialization

/// The lines of a stream, with their numbers and offsets, and the digest of all before them.
///
/// Memory: the longest line. A longer one than is read is passed over and told; the next one follows.
final class LineReader {
    private let stream: any ByteStream
    private let path: String
    private let maximumLineBytes: Int
    private var digester = ContentDigester()
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// How many lines have been taken.
    private(set) var lineCount = 0
    /// Where the next line begins.
    private(set) var offset = 0
    /// Whether the stream failed, so that there are no more lines.
    private(set) var hasFailed = false

    init(_ stream: any ByteStream, path: String, maximumLineBytes: Int) {
        self.stream = stream
        self.path = path
        self.maximumLineBytes = maximumLineBytes
    }

    /// The digest of all lines taken so far.
    var digest: ContentDigest { digester.digest() }

    /// The next line without its end, or nil after the last.
    ///
    /// - Throws: `IngestionError.lineTooLong` for a line that is passed over; what the stream throws,
    ///   after which there are no more lines.
    func next() throws(IngestionError) -> [UInt8]? {
        var searched = start
        while !hasFailed {
            if let end = endOfLine(from: searched) { return try take(upTo: end, through: end + 1) }
            searched = buffer.count
            if isAtEnd {
                return start < searched ? try take(upTo: searched, through: searched) : nil
            }
            if searched - start > maximumLineBytes {
                try passLine()
                throw tooLong
            }
            try readMore()
        }
        return nil
    }

    private var tooLong: IngestionError {
        .lineTooLong(path: path, line: lineCount, limitBytes: maximumLineBytes)
    }

    private func take(upTo end: Int, through next: Int) throws(IngestionError) -> [UInt8] {
        let isTooLong = end - start > maximumLineBytes
        let line = isTooLong ? [] : Array(buffer[start..<end])
        pass(upTo: next)
        lineCount += 1
        guard !isTooLong else { throw tooLong }
        return line.last == 0x0D ? line.dropLast() : line
    }

    /// Reads the rest of a line without keeping it.
    private func passLine() throws(IngestionError) {
        while true {
            let end = endOfLine(from: start)
            pass(upTo: end.map { $0 + 1 } ?? buffer.count)
            if end != nil || isAtEnd { break }
            try readMore()
        }
        lineCount += 1
    }

    private func endOfLine(from index: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard index < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + index, 0x0A, bytes.count - index)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private func readMore() throws(IngestionError) {
        let before = buffer.count
        do throws(IngestionError) {
            try stream.read(upTo: 1 << 16, into: &buffer)
        } catch {
            hasFailed = true
            throw error
        }
        isAtEnd = buffer.count == before
    }

    /// Drops what lies before `end`, and keeps its digest.
    private func pass(upTo end: Int) {
        buffer.withUnsafeBytes { digester.update(.init(rebasing: $0[start..<end])) }
        offset += end - start
        start = end
        guard start == buffer.count || start > 1 << 20 else { return }
        if start == buffer.count, buffer.capacity > 1 << 20 {
            buffer = []
        } else {
            buffer.removeFirst(start)
        }
        start = 0
    }
}
