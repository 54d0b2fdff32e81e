/// Writes the postings and term counts of a commit.
enum PostingWriter {
    /// Removes deleted blocks from their groups and appends added ones, group by group.
    static func write(
        _ changes: borrowing StoreChanges,
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        var added = SortedPostings(changes, plan)
        for span in BlockSpan.spans(of: plan, groupSize: StoreLayout.postingGroupSize) {
            let group = UInt32(span.group)
            let key = StoreKey.narrow(group)
            let stored = try transaction.lengths(group: group)
            var lengths = stored ?? BlockLengths()
            let firstBlock = span.group * StoreLayout.postingGroupSize
            for block in span.deleted.joined() { lengths[Int(block - firstBlock)] = nil }
            if !span.deleted.isEmpty { try remove(allBut: lengths, group: group, transaction) }
            for block in span.added {
                let index = Int(block - plan.firstBlock)
                guard plan.blockDocuments[index] != nil else { continue }
                lengths[Int(block - firstBlock)] = changes.blocks[index].termCount
            }
            if !lengths.isEmpty {
                lengths.seal()
                try transaction.put(lengths.record, at: key, in: .lengths)
            } else if stored != nil {
                try transaction.delete(key, from: .lengths)
            }
            try added.append(
                to: group,
                lengths: lengths,
                isNew: stored == nil,
                upTo: span.added.upperBound,
                changes,
                transaction
            )
        }
    }

    /// Removes the postings of a group's blocks that are not in `lengths`.
    private static func remove(
        allBut lengths: BlockLengths,
        group: UInt32,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        let isLive = (0..<Int(StoreLayout.postingGroupSize)).map { lengths[$0] != nil }
        let prefix = StoreKey.narrow(group)
        var coder = PostingCoder(lengths: lengths)
        let cursor = try transaction.cursor(.postings)
        var entry = try cursor.seek(prefix)
        while let (key, record) = entry, key.starts(with: prefix) {
            var removedCount = 0
            coder.begin()
            let isSound = PostingRecord(group: group, record: record)?.forEach { block, frequency in
                if isLive[Int(block)] {
                    coder.append(position: block, frequency: frequency)
                } else {
                    removedCount += 1
                }
            }
            guard isSound == true else {
                throw transaction.damaged(.postings, "group \(group)", "an entry is malformed")
            }
            if coder.isEmpty {
                try cursor.delete()
            } else if removedCount > 0 {
                coder.finish()
                try cursor.replace(coder.bytes, at: Array(key))
            }
            entry = try cursor.next()
        }
    }
}

/// The postings of a commit by term, from which groups take theirs in ascending order.
private struct SortedPostings {
    /// The pairs of each term, ascending by block; terms one after another.
    private var pairs: [TermIndex.Pair] = []
    /// Where the pairs of each term end.
    private var ends: [Int] = []
    /// The next pair of each term.
    private var positions: [Int] = []
    /// The terms in the order of their bytes.
    private let order: [Int]
    private let firstBlock: UInt64
    private var key: [UInt8] = []

    init(_ changes: borrowing StoreChanges, _ plan: CommitPlan) {
        firstBlock = plan.firstBlock
        order = changes.terms.sortedTerms()
        ends = [Int](repeating: 0, count: changes.terms.termCount)
        let isKept = plan.blockDocuments.map { $0 != nil }
        for pair in changes.terms.pairs where isKept[Int(pair.block)] {
            ends[Int(pair.term)] += 1
        }
        var end = 0
        for term in ends.indices {
            positions.append(end)
            end += ends[term]
            ends[term] = end
        }
        var next = positions
        pairs = [TermIndex.Pair](
            repeating: TermIndex.Pair(term: 0, block: 0, frequency: 0),
            count: end
        )
        for pair in changes.terms.pairs where isKept[Int(pair.block)] {
            pairs[next[Int(pair.term)]] = pair
            next[Int(pair.term)] += 1
        }
    }

    /// Appends the postings of all pending blocks before `endBlock` that no group has taken yet.
    ///
    /// `lengths` are those of the group, its new blocks among them. With `isNew` the group has no postings, so that all keys come after all others.
    mutating func append(
        to group: UInt32,
        lengths: BlockLengths,
        isNew: Bool,
        upTo endBlock: UInt64,
        _ changes: borrowing StoreChanges,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        guard endBlock > firstBlock else { return }
        let limit = endBlock - firstBlock
        let groupStart = UInt64(group) * StoreLayout.postingGroupSize
        let prefix = StoreKey.narrow(group)
        let cursor = try transaction.cursor(.postings)
        var coder = PostingCoder(lengths: lengths)
        for term in order {
            var position = positions[term]
            let end = ends[term]
            guard position < end, UInt64(pairs[position].block) < limit else { continue }
            key.removeAll(keepingCapacity: true)
            key.append(contentsOf: prefix)
            changes.terms.withTerm(term) { key.append(contentsOf: $0) }
            coder.begin()
            if !isNew, let stored = try cursor.value(at: key) {
                let next = firstBlock + UInt64(pairs[position].block) - groupStart
                guard coder.begin(with: stored, before: UInt16(next)) else {
                    throw transaction.damaged(.postings, "group \(group)", "an entry is malformed")
                }
            }
            while position < end, UInt64(pairs[position].block) < limit {
                let block = firstBlock + UInt64(pairs[position].block) - groupStart
                coder.append(position: UInt16(block), frequency: pairs[position].frequency)
                position += 1
            }
            positions[term] = position
            coder.finish()
            if isNew {
                try cursor.append(coder.bytes, at: key)
            } else {
                try cursor.replace(coder.bytes, at: key)
            }
        }
    }
}
