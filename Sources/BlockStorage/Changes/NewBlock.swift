public import Tensors

/// A block to be stored.
public struct NewBlock: Sendable {
    /// Where its text begins in the decoded text of its document, in bytes.
    public var startByte: Int
    /// Its text, UTF-8.
    public var bytes: [UInt8]
    /// The distinct outline paths of its segments, outermost heading first.
    public var paths: [[String]]
    /// Its segments, which tile it.
    public var segments: [SegmentRecord]
    /// How many tokens of the encoder it has.
    public var tokenCount: Int
    /// The segments' vectors, [segments, vectorWidth], if there are any.
    public var concepts: Tensor<Float>?
    /// The vector by which it is found, [vectorWidth], if there is one.
    public var landmark: [Float]?
    /// Every term in it, for BM25.
    public var terms: BlockTerms

    /// A block to be stored.
    ///
    /// - Precondition: The ends of `segments` ascend to the count of `bytes`, every path index is
    ///   one of `paths`, and `concepts` has a row for each segment.
    public init(
        startByte: Int,
        bytes: [UInt8],
        paths: [[String]],
        segments: [SegmentRecord],
        tokenCount: Int,
        concepts: Tensor<Float>? = nil,
        landmark: [Float]? = nil,
        terms: BlockTerms = BlockTerms()
    ) {
        var end = 0
        for segment in segments {
            precondition(segment.end >= end, "segments' ends ascend")
            precondition(paths.indices.contains(segment.pathIndex), "a segment's path is in paths")
            end = segment.end
        }
        precondition(end == bytes.count, "segments tile their block")
        precondition(startByte >= 0 && tokenCount >= 0, "offsets and counts are not negative")
        precondition(
            concepts.map { $0.rowCount == segments.count } ?? true,
            "each segment has a concept"
        )
        self.startByte = startByte
        self.bytes = bytes
        self.paths = paths
        self.segments = segments
        self.tokenCount = tokenCount
        self.concepts = concepts
        self.landmark = landmark
        self.terms = terms
    }
}

/// The terms of one block in any order, repeated as often as they occur or with a frequency.
public struct BlockTerms: Sendable, Equatable {
    /// All terms' bytes, one after another.
    package private(set) var bytes: [UInt8] = []
    /// Where each term ends in `bytes`.
    package private(set) var ends: [Int] = []
    /// How often each occurs.
    package private(set) var frequencies: [UInt32] = []

    /// No terms.
    public init() {}

    /// Adds a term, any sequence of bytes but the empty one, which is ignored.
    public mutating func add(_ term: some Sequence<UInt8>, frequency: UInt32 = 1) {
        let start = bytes.count
        bytes.append(contentsOf: term)
        guard bytes.count > start, frequency > 0 else {
            bytes.removeSubrange(start...)
            return
        }
        ends.append(bytes.count)
        frequencies.append(frequency)
    }

    /// Adds a term's UTF-8.
    public mutating func add(_ term: String, frequency: UInt32 = 1) {
        add(term.utf8, frequency: frequency)
    }

    /// Runs `body` with each term and how often it occurs.
    func forEach(_ body: (UnsafeRawBufferPointer, UInt32) -> Void) {
        bytes.withUnsafeBytes { all in
            var start = 0
            for (end, frequency) in zip(ends, frequencies) {
                body(UnsafeRawBufferPointer(rebasing: all[start..<end]), frequency)
                start = end
            }
        }
    }
}
