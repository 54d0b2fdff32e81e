import BlockStorage

/// The blocks that a store's terms and its landmarks nominate for a question.
struct CandidateScan {
    /// The candidates: the best by terms and the best by landmarks, by ascending block.
    let candidates: [Candidate]
    /// How the lexical scores of the blocks with terms lie.
    let lexical: ScoreMoments
    /// How the dense scores of the blocks with landmarks lie.
    let dense: ScoreMoments

    /// Scans the blocks of `scope`.
    ///
    /// - Parameters:
    ///   - terms: The question's terms.
    ///   - question: The question's unit vector, or nil.
    ///   - bm25: The weights of terms in blocks.
    ///   - count: How many blocks the terms and the landmarks each nominate.
    ///   - scope: The blocks that may be nominated.
    ///   - routedBlockCount: From how many blocks on lists of landmarks are used.
    ///   - workspace: What finds the terms' postings.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if the store cannot be read.
    init(
        terms: [WeightedTerm],
        question: [Float]?,
        bm25: BM25,
        count: Int,
        scope: BlockScope,
        routedBlockCount: Int,
        workspace: SearchWorkspace,
        in transaction: borrowing ReadTransaction
    ) throws {
        let byLandmark = try question.map { question in
            try LandmarkScan(
                count,
                to: question,
                scope: scope,
                method: .suiting(scope, routedBlockCount: routedBlockCount, in: transaction),
                directory: workspace.landmarks,
                in: transaction
            )
        }
        let nearest = (byLandmark?.neighbours ?? []).sorted { $0.block < $1.block }
        let byTerms = try LexicalScan(
            terms: try workspace.postings(of: terms, in: transaction),
            bm25: bm25,
            count: count,
            scoresOf: nearest.map(\.block),
            scope: scope,
            groups: workspace.directory.groups,
            in: transaction
        )
        lexical = byTerms.moments
        dense = byLandmark?.moments ?? ScoreMoments()
        var union = zip(nearest, byTerms.scores).map { neighbour, score in
            Candidate(block: neighbour.block, lexical: score, dense: neighbour.similarity)
        }
        let known = Set(nearest.map(\.block))
        for match in byTerms.best where !known.contains(match.block) {
            let similarity = try question.flatMap {
                try LandmarkScan.similarity(ofBlock: match.block, to: $0, in: transaction)
            }
            union.append(Candidate(block: match.block, lexical: match.score, dense: similarity))
        }
        candidates = union.sorted { $0.block < $1.block }
    }
}
