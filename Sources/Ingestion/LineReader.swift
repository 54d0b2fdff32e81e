import Serialization

/// The lines of a stream, with their numbers and offsets, and the digest of all before them.
final class LineReader {
    /// The longest line that is read.
    static let maximumLineBytes = 64 << 20

    private let stream: any ByteStream
    private let path: String
    private var digester = ContentDigester()
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// How many lines have been taken.
    private(set) var lineCount = 0
    /// Where the next line begins.
    private(set) var offset = 0

    init(_ stream: any ByteStream, path: String) {
        self.stream = stream
        self.path = path
    }

    /// The digest of all lines taken so far.
    var digest: ContentDigest { digester.digest() }

    /// The next line without its end, or nil after the last.
    func next() throws(IngestionError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                return take(upTo: end, ended: true)
            }
            searched = buffer.count
            guard buffer.count - start <= Self.maximumLineBytes else {
                throw .lineTooLong(
                    path: path,
                    line: lineCount + 1,
                    limitBytes: Self.maximumLineBytes
                )
            }
            if isAtEnd {
                return start < buffer.count ? take(upTo: buffer.count, ended: false) : nil
            }
            let before = buffer.count
            try stream.read(upTo: 1 << 16, into: &buffer)
            isAtEnd = buffer.count == before
        }
    }

    private func take(upTo end: Int, ended: Bool) -> [UInt8] {
        let next = ended ? end + 1 : end
        let line = Array(buffer[start..<end])
        buffer.withUnsafeBytes { digester.update(.init(rebasing: $0[start..<next])) }
        offset += next - start
        lineCount += 1
        start = next
        if start > 1 << 20 || start == buffer.count {
            buffer.removeFirst(start)
            start = 0
        }
        return line.last == 0x0D ? line.dropLast() : line
    }
}
