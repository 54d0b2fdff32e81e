import BlockStorage

/// The work of a `LexicalScan`, and the best blocks so far.
struct LexicalPass {
    private let terms: [TermPostings]
    private let units: [Float]
    private let scale: ScoreScale
    private let groups: [GroupLengths]
    /// By group: the positions that are in the scope.
    let parts: [[Range<Int>]]
    /// [terms, groups]: the index of a term's record in a group, -1 where there is none.
    private var places: [Int32]
    private var scorer: GroupScorer
    private var candidates: [UInt16] = []
    private var queue: [(term: Int, record: PostingRecord, bound: Int32)] = []
    /// What the terms of the queue may add at most that come after so many.
    private var rests: [Int32] = []
    /// The blocks with the highest sums.
    private(set) var best: TopList<(block: UInt64, sum: Int32)>

    init(
        _ terms: [TermPostings],
        scale: ScoreScale,
        count: Int,
        scope: BlockScope,
        groups: [GroupLengths]
    ) {
        self.terms = terms
        self.scale = scale
        self.groups = groups
        parts = groups.map { scope.positions(in: $0.blocks) }
        units = terms.map { scale.units($0.weight) }
        places = [Int32](repeating: -1, count: terms.count * groups.count)
        for (term, postings) in terms.enumerated() {
            var index = 0
            for (place, record) in postings.records.enumerated() {
                while groups[index].group < record.group { index += 1 }
                places[term * groups.count + index] = Int32(place)
            }
        }
        scorer = GroupScorer(scale: scale)
        best = TopList(capacity: count)
    }

    /// What a block's sum has to reach to be among the best.
    var threshold: Int32 {
        guard let lowest = best.lowestKey else { return 1 }
        // A sum has up to seven bits more than a key; a tie is decided when it is offered.
        return max(1, Int32(min(lowest, 0x1p30)) - 128)
    }

    private func record(_ term: Int, _ index: Int) -> PostingRecord? {
        let place = places[term * groups.count + index]
        return place < 0 ? nil : terms[term].records[Int(place)]
    }

    /// No block of a group has a higher sum.
    func bound(ofGroup index: Int) -> Int32 {
        var sum: Int32 = 0
        for term in terms.indices {
            guard let record = record(term, index) else { continue }
            sum = sum.addingClamped(scale.highest(units[term], record.bound))
        }
        return sum
    }

    // MARK: - Scoring

    /// Scores all blocks of a group and keeps the best of the scope.
    mutating func scoreAll(
        _ index: Int,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) {
        scorer.begin(groups[index])
        for term in terms.indices {
            guard let record = record(term, index) else { continue }
            guard scorer.add(record, weight: units[term]) else {
                throw transaction.damagedPostings(of: terms[term].bytes, group: record.group)
            }
        }
        selectCandidates(index, atLeast: threshold)
        offerCandidates(index)
    }

    /// Keeps the best blocks of a group and the scope, scoring those alone that may be among the best.
    mutating func scoreBest(
        _ index: Int,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) {
        queue.removeAll(keepingCapacity: true)
        for term in terms.indices {
            guard let record = record(term, index) else { continue }
            queue.append((term, record, scale.highest(units[term], record.bound)))
        }
        queue.sort { $0.bound != $1.bound ? $0.bound > $1.bound : $0.term < $1.term }
        rests.removeAll(keepingCapacity: true)
        rests.append(0)
        for (_, _, bound) in queue.reversed() { rests.append(bound.addingClamped(rests.last ?? 0)) }
        rests.reverse()
        let threshold = threshold
        let essentialCount = rests.firstIndex { $0 < threshold } ?? queue.count
        scorer.begin(groups[index])
        for (term, record, _) in queue[..<essentialCount] {
            guard scorer.add(record, weight: units[term]) else {
                throw transaction.damagedPostings(of: terms[term].bytes, group: record.group)
            }
        }
        selectCandidates(index, atLeast: threshold - rests[essentialCount])
        for place in essentialCount..<queue.count {
            guard !candidates.isEmpty else { return }
            let (term, record, _) = queue[place]
            guard scorer.add(record, weight: units[term], to: candidates) else {
                throw transaction.damagedPostings(of: terms[term].bytes, group: record.group)
            }
            candidates.removeAll { scorer.sums[Int($0)] < threshold - rests[place + 1] }
        }
        offerCandidates(index)
    }

    private mutating func selectCandidates(
        _ index: Int,
        atLeast threshold: Int32
    ) {
        candidates.removeAll(keepingCapacity: true)
        for part in parts[index] {
            scorer.select(part, atLeast: threshold, into: &candidates)
        }
    }

    private mutating func offerCandidates(_ index: Int) {
        let firstBlock = groups[index].blocks.lowerBound
        for position in candidates {
            let (block, sum) = (firstBlock + UInt64(position), scorer.sums[Int(position)])
            guard best.accepts(Float(sum), block: block) else { continue }
            best.offer((block, sum), key: Float(sum), block: block)
        }
    }

    // MARK: - After scoring

    /// Counts the scores of the scope in the group that was scored last, in full.
    func measure(_ index: Int, into moments: inout ScoreMoments) {
        for part in parts[index] {
            scorer.measure(part, groups[index], into: &moments)
        }
    }

    /// The sum of a block of the group that was scored last, in full.
    func sum(ofBlock block: UInt64) -> Int32 {
        scorer.sums[Int(block % ReadTransaction.postingGroupSize)]
    }

    /// The sum of any block.
    mutating func score(
        ofBlock block: UInt64,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int32 {
        guard let index = groups.firstIndex(where: { $0.blocks.contains(block) }) else { return 0 }
        let position = UInt16(block - groups[index].blocks.lowerBound)
        scorer.beginBlock(position, groups[index])
        for term in terms.indices {
            guard let record = record(term, index) else { continue }
            guard scorer.add(record, weight: units[term], to: position) else {
                throw transaction.damagedPostings(of: terms[term].bytes, group: record.group)
            }
        }
        return scorer.sums[Int(position)]
    }
}

extension BlockScope {
    /// The parts of the scope inside a group's blocks, from the group's first.
    fileprivate func positions(in blocks: Range<UInt64>) -> [Range<Int>] {
        parts(in: blocks).map {
            Int($0.lowerBound - blocks.lowerBound)..<Int($0.upperBound - blocks.lowerBound)
        }
    }
}

extension Int32 {
    /// The sum of two numbers that are not negative, or the largest number if that is less.
    fileprivate func addingClamped(_ other: Int32) -> Int32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
