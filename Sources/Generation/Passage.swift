/// A part of a stored document that a model is shown, and may cite by its number.
public struct Passage: Sendable, Equatable {
    /// A stretch of it that can be cited alone: about a sentence.
    public struct Segment: Sendable, Equatable {
        /// Where it lies in the document's decoded text, in bytes.
        public let byteRange: Range<Int>
        /// Its text.
        public let bytes: [UInt8]

        /// A segment from its parts.
        public init(byteRange: Range<Int>, bytes: [UInt8]) {
            self.byteRange = byteRange
            self.bytes = bytes
        }
    }

    /// The number by which it is cited, from 1.
    public var number: Int
    /// The id of its document.
    public let document: String
    /// Where the document came from.
    public let uri: String
    /// What the document is about: its title, or its id where it has none.
    public let scope: String
    /// The headings above it, outermost first: the aspect that it tells of.
    public let path: [String]
    /// The store's number of its block.
    public let block: UInt64
    /// Its segments, which tile it; at least one.
    public let segments: [Segment]

    /// A passage from its parts.
    ///
    /// - Precondition: There is a segment.
    public init(
        number: Int = 0,
        document: String,
        uri: String,
        scope: String,
        path: [String],
        block: UInt64,
        segments: [Segment]
    ) {
        precondition(!segments.isEmpty, "a passage has a segment")
        self.number = number
        self.document = document
        self.uri = uri
        self.scope = scope
        self.path = path
        self.block = block
        self.segments = segments
    }

    /// Where it lies in the document's decoded text, in bytes.
    public var byteRange: Range<Int> {
        segments[0].byteRange.lowerBound..<segments[segments.count - 1].byteRange.upperBound
    }

    /// Its text on one line.
    var line: String {
        String(decoding: segments.flatMap(\.bytes), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
