package import BlockStorage

/// The best blocks by the terms of a question: BM25 over the postings, 4,096 blocks at a time.
///
/// Sixteen groups spread over the store are scored first, which measures how scores lie; then the
/// others in the order of the highest score that their postings' bounds allow. Once that is less than
/// what the best blocks have, nothing is left to find. In each of them the frequent terms are left alone
/// where the rare ones have lifted no block enough. A store of up to sixteen groups is scored whole.
///
/// - Source: Ding and Suel 2011, "Faster top-k document retrieval using block-max indexes", for the
///   bounds; Mackenzie, Petri and Moffat 2021, "Anytime ranking on document-ordered indexes", for
///   ranges of documents visited by their bounds; Turtle and Flood 1995, "Query evaluation: strategies
///   and optimizations", for terms that alone lift nothing.
package struct LexicalScan {
    /// A block and its BM25 score.
    package struct Match: Sendable, Equatable {
        /// The block.
        package let block: UInt64
        /// Its score.
        package let score: Float
    }

    /// How many groups are scored first.
    package static let measuredGroupCount = 16

    /// The blocks with the highest scores, best first; none scores 0.
    package private(set) var best: [Match] = []
    /// The scores of the blocks asked for, in their order.
    package private(set) var scores: [Float]
    /// How the scores of the blocks in the scope lie, in the groups that were scored first.
    package private(set) var moments = ScoreMoments()

    /// Scores the blocks of `scope`.
    ///
    /// - Parameters:
    ///   - terms: The postings of the question's terms.
    ///   - bm25: The weights of terms in blocks.
    ///   - count: How many blocks are nominated.
    ///   - blocks: Blocks whose scores are wanted besides, ascending.
    ///   - scope: The blocks that are scored.
    ///   - groups: The store's groups, ascending.
    ///   - measuredGroupCount: How many groups are scored first.
    ///   - transaction: The snapshot, or another of the same.
    /// - Throws: `StoreError` if a record is malformed.
    /// - Complexity: O(groups · (4,096 + terms) + postings of the terms) in fixed memory, but for
    ///   O(groups · terms) bounds; as a rule much less.
    package init(
        terms: [TermPostings],
        bm25: BM25,
        count: Int,
        scoresOf blocks: [UInt64],
        scope: BlockScope,
        groups: [GroupLengths],
        measuredGroupCount: Int = LexicalScan.measuredGroupCount,
        in transaction: borrowing ReadTransaction
    ) throws {
        scores = [Float](repeating: 0, count: blocks.count)
        guard let scale = ScoreScale(terms, bm25: bm25) else { return }
        let terms = terms.sorted { $0.count < $1.count }
        var pass = LexicalPass(terms, scale: scale, count: count, scope: scope, groups: groups)
        let visited = groups.indices.filter { !pass.parts[$0].isEmpty }
        let measured = EvenSpread.places(measuredGroupCount, of: visited.count)
        var wanted = blocks.map { (block: $0, sum: Int32?.none) }
        for (number, place) in measured.enumerated() {
            let index = visited[place]
            let next = number + 1 < measured.count ? visited[measured[number + 1]] : nil
            try pass.scoreAll(index, next: next, transaction)
            pass.measure(index, into: &moments)
            let bounds = groups[index].blocks
            let first = wanted.partitioningIndex { $0.block >= bounds.lowerBound }
            for place in first..<wanted.count {
                guard wanted[place].block < bounds.upperBound else { break }
                wanted[place].sum = pass.sum(ofBlock: wanted[place].block)
            }
        }
        var rest = Set(visited.indices).subtracting(measured).map { place in
            (index: visited[place], bound: pass.bound(ofGroup: visited[place]))
        }
        rest.sort { $0.bound != $1.bound ? $0.bound > $1.bound : $0.index < $1.index }
        for (number, (index, bound)) in rest.enumerated() {
            guard bound >= pass.threshold else { break }
            let next = number + 1 < rest.count ? rest[number + 1].index : nil
            try pass.scoreBest(index, next: next, transaction)
        }
        for (place, (block, sum)) in wanted.enumerated() {
            scores[place] = scale.score(try sum ?? pass.score(ofBlock: block, transaction))
        }
        best = pass.best
    }
}

extension GroupLengths {
    /// The ids that the group's blocks have.
    var blocks: Range<UInt64> {
        let first = UInt64(group) * ReadTransaction.postingGroupSize
        return first..<(first + ReadTransaction.postingGroupSize)
    }
}

extension Array {
    /// The first index from which on `isSecond` holds, which it does for none before.
    func partitioningIndex(_ isSecond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
