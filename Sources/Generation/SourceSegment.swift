/// A segment of a document, as answers and summaries quote it.
public struct SourceSegment: Sendable, Equatable {
    /// The id of its document.
    public var document: String
    /// Where the document came from.
    public var uri: String
    /// Where it lies in the decoded text of the document, in bytes.
    public var byteRange: Range<Int>
    /// Its outline path, outermost heading first.
    public var path: [String]
    /// What it is, such as `sentence` or `heading`.
    public var kind: String
    /// Its bytes, UTF-8.
    public var bytes: [UInt8]
    /// Its concept, of length 1; empty if there is none.
    public var vector: [Float]

    /// A segment.
    public init(
        document: String,
        uri: String = "",
        byteRange: Range<Int>,
        path: [String] = [],
        kind: String = "sentence",
        bytes: [UInt8],
        vector: [Float] = []
    ) {
        self.document = document
        self.uri = uri
        self.byteRange = byteRange
        self.path = path
        self.kind = kind
        self.bytes = bytes
        self.vector = vector
    }

    /// Its text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Its text on one line, without the bullet of a list.
    public var line: String {
        var words = text.split(whereSeparator: \.isWhitespace)
        if words.count > 1, ["*", "-", "+", "•", "–", ">"].contains(words[0]) {
            words.removeFirst()
        }
        return words.joined(separator: " ")
    }

    /// The segment without the white space around it; the citation cuts to what is quoted.
    var trimmed: SourceSegment {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let leading = bytes.prefix { isSpace($0) }.count
        guard leading < bytes.count else { return self }
        let trailing = bytes.reversed().prefix { isSpace($0) }.count
        var copy = self
        copy.bytes = Array(bytes[leading..<(bytes.count - trailing)])
        copy.byteRange = (byteRange.lowerBound + leading)..<(byteRange.upperBound - trailing)
        return copy
    }
}
