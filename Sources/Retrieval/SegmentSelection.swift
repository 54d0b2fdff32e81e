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

/// Chooses the best segments in turn, each later one of a passage paying for those before it.
///
/// A chosen segment takes the penalty from the others of its block, and from the other blocks of its
/// document the penalty divided by their number: an abstract answers once, a book many times. So the
/// first hits come from many passages, and those stand in the order of their best segments.
package enum SegmentSelection {
    /// Chooses at most `limit` segments.
    ///
    /// - Parameters:
    ///   - segments: All segments.
    ///   - documents: For each block its document, and how many blocks that has.
    ///   - penalty: What each chosen segment takes from the others of its block.
    ///   - limit: How many to choose.
    /// - Returns: The segments, best first, with the score that each had when it was chosen.
    /// - Complexity: O(segments · log segments + limit · blocks).
    package static func choose(
        _ segments: [ScoredSegment],
        documents: [(number: UInt32, blockCount: Int)],
        penalty: Float,
        limit: Int
    ) -> [(segment: ScoredSegment, score: Float)] {
        // Each block's segments, the best one last.
        var queues = [[ScoredSegment]](repeating: [], count: documents.count)
        for segment in segments { queues[segment.block].append(segment) }
        for block in queues.indices { queues[block].sort { precedes($1, $0) } }
        var paid = [Float](repeating: 0, count: documents.count)
        var chosen: [(segment: ScoredSegment, score: Float)] = []
        while chosen.count < limit {
            // Of equal ones the first block's is taken.
            var best: (segment: ScoredSegment, score: Float)?
            for block in queues.indices {
                guard let next = queues[block].last else { continue }
                let score = next.score - paid[block]
                if let best, score <= best.score { continue }
                best = (next, score)
            }
            guard let best else { break }
            queues[best.segment.block].removeLast()
            let document = documents[best.segment.block]
            let share = penalty / Float(max(document.blockCount, 1))
            for block in queues.indices where documents[block].number == document.number {
                paid[block] += block == best.segment.block ? penalty : share
            }
            chosen.append(best)
        }
        return chosen
    }

    /// Whether a segment of the same block comes before another.
    private static func precedes(_ left: ScoredSegment, _ right: ScoredSegment) -> Bool {
        left.score != right.score ? left.score > right.score : left.index < right.index
    }

    /// The segments of a block that may be hits: not blank, and where there are such, with terms and no
    /// headings.
    static func eligible(in block: AnalyzedBlock) -> [Int] {
        let record = block.record
        let filled = record.segments.indices.filter {
            trimmedRange(ofSegment: $0, in: record) != nil
        }
        let bodies = filled.filter { record.segments[$0].kind != "heading" }
        let telling = bodies.filter { !block.termRange(ofSegment: $0).isEmpty }
        return telling.isEmpty ? (bodies.isEmpty ? filled : bodies) : telling
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
