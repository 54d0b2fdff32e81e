import BlockStorage

/// One pass over the postings of a question's terms, 4,096 blocks at a time.
struct LexicalScan {
    /// A block and its BM25 score.
    struct Match: Sendable, Equatable {
        let block: UInt64
        let score: Float
    }

    /// The blocks with the highest scores, best first; none scores 0.
    let best: [Match]
    /// The scores of the blocks asked for, in their order.
    let scores: [Float]
    /// How the scores of all blocks in the scope lie.
    let moments: ScoreMoments

    /// Scores the blocks of `scope`.
    ///
    /// - Parameters:
    ///   - terms: The question's terms.
    ///   - bm25: The weights of terms in blocks.
    ///   - count: How many blocks are nominated.
    ///   - blocks: Blocks of the scope whose scores are wanted besides, ascending.
    ///   - scope: The blocks that are scored.
    ///   - table: The table that numbers the terms.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if the store cannot be read.
    /// - Complexity: O(blocks + postings of the terms) time in fixed memory.
    init(
        terms: [WeightedTerm],
        bm25: BM25,
        count: Int,
        scoresOf blocks: [UInt64],
        scope: BlockScope,
        table: TermTable,
        in transaction: borrowing ReadTransaction
    ) throws {
        let terms = terms.filter { $0.textCount > 0 }.map { (term: $0, bytes: table[$0.number]) }
        var pass = LexicalPass(count: count)
        var scores: [Float] = []
        scores.reserveCapacity(blocks.count)
        for group in try transaction.postingGroups() {
            let firstBlock = UInt64(group) * ReadTransaction.postingGroupSize
            let endBlock = firstBlock + ReadTransaction.postingGroupSize
            let parts = scope.parts(in: firstBlock..<endBlock)
            guard !parts.isEmpty else { continue }
            pass.begin(lengths: try transaction.termCounts(group: group))
            for (term, bytes) in terms {
                try pass.score(term, bytes, group: group, bm25, transaction)
            }
            for part in parts { pass.take(part, firstBlock: firstBlock) }
            while scores.count < blocks.count, blocks[scores.count] < endBlock {
                let block = blocks[scores.count]
                scores.append(block < firstBlock ? 0 : pass.scores[Int(block - firstBlock)])
            }
        }
        while scores.count < blocks.count { scores.append(0) }
        best = pass.best.elements
        self.scores = scores
        moments = pass.moments
    }
}

/// The scores of one group of 4,096 blocks, and what is kept of those before.
private struct LexicalPass {
    private var lengths: [UInt32] = []
    private var postings = PostingList()
    private(set) var scores: [Float]
    private(set) var best: TopList<LexicalScan.Match>
    private(set) var moments = ScoreMoments()

    init(count: Int) {
        scores = [Float](repeating: 0, count: Int(ReadTransaction.postingGroupSize))
        best = TopList(capacity: count)
    }

    mutating func begin(lengths: [UInt32]) {
        self.lengths = lengths
        for index in scores.indices { scores[index] = 0 }
    }

    mutating func score(
        _ term: WeightedTerm,
        _ bytes: [UInt8],
        group: UInt32,
        _ bm25: BM25,
        _ transaction: borrowing ReadTransaction
    ) throws {
        postings.removeAll()
        try transaction.appendPostings(of: bytes, group: group, to: &postings)
        let weight = term.weight * term.rarity
        let firstBlock = UInt64(group) * ReadTransaction.postingGroupSize
        for (block, frequency) in zip(postings.blocks, postings.frequencies) {
            let index = Int(block - firstBlock)
            let length = index < lengths.count ? Float(lengths[index]) : 0
            scores[index] += weight * bm25.saturated(Float(frequency), length: length)
        }
    }

    /// Counts the blocks of `part` that have terms and keeps the best.
    mutating func take(_ part: Range<UInt64>, firstBlock: UInt64) {
        for block in part {
            let index = Int(block - firstBlock)
            guard index < lengths.count, lengths[index] > 0 else { continue }
            let score = scores[index]
            moments.add(score)
            guard score > 0, best.accepts(score, block: block) else { continue }
            let match = LexicalScan.Match(block: block, score: score)
            best.offer(match, key: score, block: block)
        }
    }
}
