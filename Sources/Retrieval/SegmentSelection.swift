import BlockStorage

/// A segment of a pooled block with what speaks for it.
package struct ScoredSegment: Sendable, Equatable {
    /// The place of its block in the pool.
    package let block: Int
    /// Its place among the segments of its block.
    package let index: Int
    /// Its score among all segments.
    package let score: Float
    /// Its BM25 score.
    package let lexical: Float
    /// The cosine of its concept.
    package let concept: Float?

    /// A segment with its scores.
    package init(block: Int, index: Int, score: Float, lexical: Float, concept: Float?) {
        self.block = block
        self.index = index
        self.score = score
        self.lexical = lexical
        self.concept = concept
    }
}

/// Chooses the best segments in turn, each later one of a document paying for those before it.
///
/// So the first hits come from many documents, the documents stand in the order of their best
/// block, and in a single document the order is that of the scores.
package enum SegmentSelection {
    /// Chooses at most `limit` segments.
    ///
    /// - Parameters:
    ///   - segments: All segments.
    ///   - documents: The document of each block of the pool.
    ///   - penalty: What each chosen segment takes from the others of its document.
    ///   - limit: How many to choose.
    /// - Returns: The segments, best first, with the score that each had when it was chosen.
    package static func choose(
        _ segments: [ScoredSegment],
        documents: [UInt32],
        penalty: Float,
        limit: Int
    ) -> [(segment: ScoredSegment, score: Float)] {
        var queues: [UInt32: [ScoredSegment]] = [:]
        for segment in segments { queues[documents[segment.block], default: []].append(segment) }
        let numbers = queues.keys.sorted()
        var sorted = numbers.map { (queues[$0] ?? []).sorted { precedes($0, $1) } }
        for index in sorted.indices { sorted[index].reverse() }
        var paid = [Float](repeating: 0, count: sorted.count)
        var chosen: [(segment: ScoredSegment, score: Float)] = []
        while chosen.count < limit {
            var best: (queue: Int, segment: ScoredSegment, score: Float)?
            for queue in sorted.indices {
                guard let next = sorted[queue].last else { continue }
                let score = next.score - paid[queue]
                if let best, score < best.score { continue }
                if let best, score == best.score, !precedes(next, best.segment, byScore: false) {
                    continue
                }
                best = (queue, next, score)
            }
            guard let best else { break }
            sorted[best.queue].removeLast()
            paid[best.queue] += penalty
            chosen.append((best.segment, best.score))
        }
        return chosen
    }

    private static func precedes(
        _ left: ScoredSegment,
        _ right: ScoredSegment,
        byScore: Bool = true
    ) -> Bool {
        if byScore, left.score != right.score { return left.score > right.score }
        return left.block != right.block ? left.block < right.block : left.index < right.index
    }

    /// The segments of a block that may be hits: not blank, and no heading where there is more.
    static func eligible(in record: BlockRecord) -> [Int] {
        let filled = record.segments.indices.filter {
            trimmedRange(ofSegment: $0, in: record) != nil
        }
        let bodies = filled.filter { record.segments[$0].kind != "heading" }
        return bodies.isEmpty ? filled : bodies
    }

    /// Where a segment's text lies in its block without surrounding space, or nil if it is blank.
    static func trimmedRange(ofSegment index: Int, in record: BlockRecord) -> Range<Int>? {
        let range = record.localRange(ofSegment: index)
        let bytes = record.bytes[range]
        guard
            let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return nil }
        return first..<(last + 1)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
