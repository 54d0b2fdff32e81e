/// A block as it is stored: consecutive segments of one document, with their text.
public struct BlockRecord: Sendable, Equatable {
    /// The block's id: sequential in the order of commits, never used again.
    public let id: UInt64
    /// The number of its document.
    public let document: UInt32
    /// Where it lies in the decoded text of the document, in bytes.
    public let byteRange: Range<Int>
    /// The distinct outline paths of its segments, outermost heading first.
    public let paths: [[String]]
    /// Its segments, which tile it.
    public let segments: [SegmentRecord]
    /// Its text, UTF-8.
    public let bytes: [UInt8]
    /// How many tokens of the encoder it has.
    public let tokenCount: Int
    /// How many terms it has, counted with repetition: its length for BM25.
    public let termCount: Int
    /// How many different terms it has.
    public let distinctTermCount: Int
    /// Whether the segments' vectors are stored.
    public let hasConcepts: Bool
    /// Whether a landmark is stored.
    public let hasLandmark: Bool

    /// The text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Where a segment lies in `bytes`.
    ///
    /// - Precondition: `index` is that of a segment.
    public func localRange(ofSegment index: Int) -> Range<Int> {
        (index == 0 ? 0 : segments[index - 1].end)..<segments[index].end
    }

    /// Where a segment lies in the decoded text of the document, in bytes.
    ///
    /// - Precondition: `index` is that of a segment.
    public func byteRange(ofSegment index: Int) -> Range<Int> {
        let local = localRange(ofSegment: index)
        return (byteRange.lowerBound + local.lowerBound)..<(byteRange.lowerBound + local.upperBound)
    }

    /// The text of a segment.
    ///
    /// - Precondition: `index` is that of a segment.
    public func text(ofSegment index: Int) -> String {
        String(decoding: bytes[localRange(ofSegment: index)], as: UTF8.self)
    }

    /// The outline path of a segment, outermost heading first.
    ///
    /// - Precondition: `index` is that of a segment.
    public func path(ofSegment index: Int) -> [String] {
        paths[segments[index].pathIndex]
    }
}

/// What is stored of one segment beside its text.
public struct SegmentRecord: Sendable, Equatable {
    /// Where it ends, in bytes from the start of its block; it starts where the last one ended.
    public let end: Int
    /// What it is, such as `sentence` or `heading`.
    public let kind: String
    /// Its outline path, as an index into the block's paths.
    public let pathIndex: Int
    /// The router's probability of a boundary before it.
    public let boundary: Float
    /// How badly the memory predicted it.
    public let surprise: Float

    /// A segment from its parts.
    public init(end: Int, kind: String, pathIndex: Int, boundary: Float, surprise: Float) {
        self.end = end
        self.kind = kind
        self.pathIndex = pathIndex
        self.boundary = boundary
        self.surprise = surprise
    }
}

/// The fixed part of a block's record, which is read without decoding the rest.
public struct BlockHeader: Sendable, Equatable {
    /// The block's id.
    public let id: UInt64
    /// The number of its document.
    public let document: UInt32
    /// Where it lies in the decoded text of the document, in bytes.
    public let byteRange: Range<Int>
    /// How many tokens of the encoder it has.
    public let tokenCount: Int
    /// How many terms it has, counted with repetition.
    public let termCount: Int
    /// How many different terms it has.
    public let distinctTermCount: Int
    /// Whether the segments' vectors are stored.
    public let hasConcepts: Bool
    /// Whether a landmark is stored.
    public let hasLandmark: Bool
}
