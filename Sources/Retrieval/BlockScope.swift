import BlockStorage

/// The blocks in which a question is looked up, as ascending ranges that do not touch.
package struct BlockScope: Sendable, Equatable {
    /// The ranges.
    package let ranges: [Range<UInt64>]

    /// All blocks but `hidden`, which ascend.
    package init(allBut hidden: [Range<UInt64>]) {
        var ranges: [Range<UInt64>] = []
        var start: UInt64 = 0
        for range in hidden where range.upperBound > start {
            if range.lowerBound > start { ranges.append(start..<range.lowerBound) }
            start = range.upperBound
        }
        ranges.append(start..<UInt64.max)
        self.ranges = ranges
    }

    /// The blocks of `ranges`, in any order.
    package init(_ ranges: [Range<UInt64>]) {
        var merged: [Range<UInt64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                let end = max(last.upperBound, range.upperBound)
                merged[merged.count - 1] = last.lowerBound..<end
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    /// How many of the blocks before `end` there are.
    package func count(before end: UInt64) -> Int {
        ranges.reduce(0) { $0 + $1.clamped(to: 0..<end).count }
    }

    /// Whether a block is in the scope.
    ///
    /// - Complexity: O(log ranges).
    package func contains(_ block: UInt64) -> Bool {
        !parts(in: block..<(block + 1)).isEmpty
    }

    /// The parts of the scope inside `bounds`, ascending.
    ///
    /// - Complexity: O(log ranges + parts).
    package func parts(in bounds: Range<UInt64>) -> [Range<UInt64>] {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= bounds.lowerBound {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var parts: [Range<UInt64>] = []
        while low < ranges.count, ranges[low].lowerBound < bounds.upperBound {
            parts.append(ranges[low].clamped(to: bounds))
            low += 1
        }
        return parts
    }
}

extension BlockScope {
    /// The scope of a question: complete documents that its filters let pass.
    ///
    /// - Throws: `RetrievalError.unknownDocument` if a document of its filter is not in the store.
    static func of(
        _ query: RetrievalQuery,
        in transaction: borrowing ReadTransaction
    ) throws -> BlockScope {
        let fields = query.metadata
        guard query.documents != nil || !fields.isEmpty else {
            return BlockScope(allBut: try transaction.hiddenBlocks())
        }
        func passes(_ document: DocumentRecord) -> Bool {
            fields.allSatisfy { field in
                document.metadata.contains { $0.name == field.name && $0.value == field.value }
            }
        }
        var ranges: [Range<UInt64>] = []
        if let ids = query.documents {
            for id in ids.sorted() {
                guard let document = try transaction.document(id: id), document.state == .complete
                else { throw RetrievalError.unknownDocument(id: id) }
                if passes(document) { ranges += document.blockRanges }
            }
        } else {
            try transaction.forEachDocument { document in
                if passes(document) { ranges += document.blockRanges }
            }
        }
        return BlockScope(ranges)
    }
}
