/// A segment of a stored document, as answers and summaries quote it.
package struct SourceSegment: Sendable, Equatable {
    /// The id of its document.
    package var document: String
    /// Where the document came from.
    package var uri: String
    /// Where it lies in the decoded text of the document, in bytes.
    package var byteRange: Range<Int>
    /// Its outline path, outermost heading first.
    package var path: [String]
    /// What it is, such as `sentence` or `heading`.
    package var kind: String
    /// Its bytes, UTF-8.
    package var bytes: [UInt8]
    /// Its concept, of length 1.
    package var vector: [Float]
    /// The store's id of its block.
    package var block: UInt64

    /// A segment.
    package init(
        document: String,
        uri: String,
        byteRange: Range<Int>,
        path: [String],
        kind: String,
        bytes: [UInt8],
        vector: [Float],
        block: UInt64
    ) {
        self.document = document
        self.uri = uri
        self.byteRange = byteRange
        self.path = path
        self.kind = kind
        self.bytes = bytes
        self.vector = vector
        self.block = block
    }

    /// The segment without the white space around it; the citation cuts to what is quoted.
    package var trimmed: SourceSegment {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let leading = bytes.prefix { isSpace($0) }.count
        guard leading < bytes.count else { return self }
        let trailing = bytes.reversed().prefix { isSpace($0) }.count
        var copy = self
        copy.bytes = Array(bytes[leading..<(bytes.count - trailing)])
        copy.byteRange = (byteRange.lowerBound + leading)..<(byteRange.upperBound - trailing)
        return copy
    }

    /// Its text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
