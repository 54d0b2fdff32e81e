import BlockStorage

/// The work of a `LexicalScan`, and the best blocks so far.
struct LexicalPass {
    private let terms: [TermPostings]
    private let scale: ScoreScale
    private let groups: [GroupLengths]
    /// By group: the positions that are in the scope.
    let parts: [[Range<Int>]]
    /// The postings of all terms, by group.
    private let postings: [GroupPostings]
    /// Where each group's begin in `postings`; then their count.
    private let starts: [Int]
    private var scorer: GroupScorer
    private var sums: BestSums

    /// A pass over the postings of `terms`, of which rarer ones had better come first.
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
        parts = groups.map { group in
            let blocks = group.blocks
            return scope.parts(in: blocks).map {
                Int($0.lowerBound - blocks.lowerBound)..<Int($0.upperBound - blocks.lowerBound)
            }
        }
        (postings, starts) = LexicalPass.grouped(terms, scale: scale, groups: groups)
        scorer = GroupScorer(scale: scale)
        sums = BestSums(count: count)
    }

    /// All postings by group, and where each group's begin.
    private static func grouped(
        _ terms: [TermPostings],
        scale: ScoreScale,
        groups: [GroupLengths]
    ) -> (postings: [GroupPostings], starts: [Int]) {
        var postings: [GroupPostings] = []
        postings.reserveCapacity(terms.reduce(0) { $0 + $1.records.count })
        let weights = terms.map { scale.units($0.weight) }
        var next = terms.map { _ in 0 }
        let starts = groups.map { group in
            let start = postings.count
            for (term, list) in terms.enumerated() where next[term] < list.records.count {
                let record = list.records[next[term]]
                guard record.group == group.group else { continue }
                next[term] += 1
                postings.append(
                    GroupPostings(
                        term: term,
                        weight: weights[term],
                        highest: scale.highest(weights[term], record.bound),
                        record: record
                    )
                )
            }
            return start
        }
        return (postings, starts + [postings.count])
    }

    private func postings(ofGroup index: Int) -> ArraySlice<GroupPostings> {
        postings[starts[index]..<starts[index + 1]]
    }

    /// What a block's sum has to reach to be among the best.
    var threshold: Int32 { sums.threshold }

    /// The blocks with the highest scores, best first.
    var best: [LexicalScan.Match] {
        sums.sorted().map { place, sum in
            let (index, position) = place.quotientAndRemainder(dividingBy: GroupScorer.size)
            let block = groups[index].blocks.lowerBound + UInt64(position)
            return LexicalScan.Match(block: block, score: scale.score(sum))
        }
    }

    /// No block of a group has a higher sum.
    func bound(ofGroup index: Int) -> Int {
        postings(ofGroup: index).reduce(0) { $0 + Int($1.highest) }
    }

    /// Scores all blocks of a group and keeps the best of the scope.
    ///
    /// The records of the group that comes `next` are asked for meanwhile.
    mutating func scoreAll(
        _ index: Int,
        next: Int?,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) {
        try score(index, next: next, threshold: 0, transaction)
    }

    /// Keeps the best blocks of a group and the scope, without scoring all if there are none.
    ///
    /// The records of the group that comes `next` are asked for meanwhile.
    mutating func scoreBest(
        _ index: Int,
        next: Int?,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) {
        try score(index, next: next, threshold: sums.threshold, transaction)
    }

    private mutating func score(
        _ index: Int,
        next: Int?,
        threshold: Int32,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) {
        if let next {
            for posting in postings(ofGroup: next) { posting.record.prefetch() }
        }
        do {
            guard
                try scorer.score(
                    postings(ofGroup: index),
                    groups[index],
                    threshold: threshold
                )
            else { return }
        } catch {
            throw damaged(error.postings, transaction)
        }
        scorer.offer(parts[index], firstPlace: index * GroupScorer.size, to: &sums)
    }

    /// Counts the scores of the scope in the group that was scored last, which is to have been all.
    func measure(_ index: Int, into moments: inout ScoreMoments) {
        scorer.measure(parts[index], groups[index], into: &moments)
    }

    /// The sum of a block of the group that was scored last.
    func sum(ofBlock block: UInt64) -> Int32 {
        scorer.sums[Int(block % ReadTransaction.postingGroupSize)]
    }

    /// The sum of any block; that of no other is known afterwards.
    mutating func score(
        ofBlock block: UInt64,
        _ transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int32 {
        let index = groups.partitioningIndex { $0.blocks.upperBound > block }
        guard index < groups.count, groups[index].blocks.contains(block) else { return 0 }
        let position = UInt16(block - groups[index].blocks.lowerBound)
        do {
            try scorer.score(position, postings(ofGroup: index), groups[index])
        } catch {
            throw damaged(error.postings, transaction)
        }
        return scorer.sums[Int(position)]
    }

    private func damaged(
        _ postings: GroupPostings,
        _ transaction: borrowing ReadTransaction
    ) -> StoreError {
        transaction.damagedPostings(of: terms[postings.term].bytes, group: postings.record.group)
    }
}
