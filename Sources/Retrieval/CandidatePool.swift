import BlockStorage

/// A block that is reranked.
struct PooledBlock: Sendable {
    /// Its first scores.
    private(set) var candidate: Candidate
    /// Its first scores added.
    private(set) var fused: Float
    /// The cosines of its segments with the question, if it has concepts.
    private(set) var similarities: [Float]?
    /// Its landmark, if there is one.
    let landmark: [Float]?
    /// Its text and terms.
    let content: AnalyzedBlock
    /// The best cosine by a better encoder than the store's, if one was asked.
    private var refinedCosine: Float?

    /// A block with what the store says of it.
    init(
        candidate: Candidate,
        fused: Float,
        similarities: [Float]?,
        landmark: [Float]?,
        content: AnalyzedBlock
    ) {
        self.candidate = candidate
        self.fused = fused
        self.similarities = similarities
        self.landmark = landmark
        self.content = content
    }

    /// The best of its cosines with the question, by the best encoder that was asked.
    var bestCosine: Float? { refinedCosine ?? similarities?.max() ?? candidate.dense }

    /// Takes the cosines of its segments, which the store does not keep.
    mutating func take(segments cosines: [Float]) { similarities = cosines }

    /// Adds up its scores anew.
    mutating func fuse(by fusion: Fusion) {
        fused = fusion.block(
            lexical: candidate.lexical,
            dense: candidate.dense,
            concept: similarities?.max()
        )
    }

    /// Takes cosines that are on the scale of the store's, and the best one as it was.
    mutating func refine(block: Float, segments: [Float], bestCosine: Float) {
        candidate = Candidate(block: candidate.block, lexical: candidate.lexical, dense: block)
        similarities = segments
        refinedCosine = bestCosine
    }
}

/// The blocks that are reranked, best first.
struct CandidatePool {
    var blocks: [PooledBlock] = []
    let workspace: SearchWorkspace

    /// Decodes and analyzes the best candidates.
    ///
    /// - Parameters:
    ///   - ranked: The candidates with their fused scores and segments' cosines, best first.
    ///   - workspace: What analyzes them.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if the store cannot be read.
    init(
        _ ranked: [(candidate: Candidate, fused: Float, similarities: [Float]?)],
        workspace: SearchWorkspace,
        in transaction: borrowing ReadTransaction
    ) throws {
        self.workspace = workspace
        blocks.reserveCapacity(ranked.count)
        for (candidate, fused, similarities) in ranked {
            guard let content = try workspace.block(candidate.block, in: transaction) else {
                continue
            }
            let isWhole = similarities?.count == content.record.segments.count
            blocks.append(
                PooledBlock(
                    candidate: candidate,
                    fused: fused,
                    similarities: isWhole ? similarities : nil,
                    landmark: try transaction.landmark(ofBlock: candidate.block),
                    content: content
                )
            )
        }
    }

    /// Puts the best blocks first.
    mutating func sort() {
        blocks.sort { left, right in
            left.fused != right.fused
                ? left.fused > right.fused : left.candidate.block < right.candidate.block
        }
    }

    /// The BM25 score of a part of each block's terms.
    ///
    /// - Parameters:
    ///   - terms: The question's terms.
    ///   - bm25: The weights.
    ///   - parts: For a block, the parts of its terms and the length that each counts as.
    /// - Returns: For each block a score for each of its parts.
    func lexicalScores(
        _ terms: [WeightedTerm],
        bm25: BM25,
        parts: (AnalyzedBlock) -> [(range: Range<Int>, length: Float)]
    ) -> [[Float]] {
        var scores: [[Float]] = []
        workspace.withCounter(of: terms) { counter in
            for block in blocks {
                scores.append(
                    parts(block.content).map { part in
                        counter.count(in: block.content.terms[part.range])
                        var score: Float = 0
                        for (term, frequency) in zip(terms, counter.frequencies)
                        where frequency > 0 {
                            let saturated = bm25.saturated(frequency, length: part.length)
                            score += term.weight * term.rarity * saturated
                        }
                        return score
                    }
                )
            }
        }
        return scores
    }

    /// The largest share of the terms' rarity that one block covers.
    func coverage(of terms: [WeightedTerm]) -> Float {
        let total = terms.reduce(0) { $0 + $1.rarity }
        guard total > 0 else { return 0 }
        var best: Float = 0
        workspace.withCounter(of: terms) { counter in
            for block in blocks {
                counter.count(in: block.content.terms[...])
                var covered: Float = 0
                for (term, frequency) in zip(terms, counter.frequencies) where frequency > 0 {
                    covered += term.rarity
                }
                best = max(best, covered)
            }
        }
        return best / total
    }
}
