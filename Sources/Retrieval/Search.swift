import BlockStorage
internal import Text

/// One question to one snapshot of a store.
struct Search {
    let query: RetrievalQuery
    let configuration: RetrieverConfiguration
    let workspace: SearchWorkspace
    let bm25: BM25
    /// The question's unit vector, or nil.
    let question: [Float]?
    /// What makes the vectors that the store does not keep, or nil.
    let segmentEncoder: (any SegmentEncoder)?
    /// What looks at the likeliest blocks anew, or nil.
    let refiner: (any BlockRefiner)?

    /// Finds the best segments.
    ///
    /// - Parameter transaction: The snapshot.
    /// - Returns: The segments, best first, and whether they are relevant.
    /// - Throws: `RetrievalError` for a filter that does not fit, `StoreError` if the store cannot be
    ///   read.
    func run(in transaction: borrowing ReadTransaction) throws -> RetrievalResult {
        let terms = try questionTerms(transaction)
        let scan = try CandidateScan(
            terms: terms,
            question: question,
            bm25: bm25,
            count: max(configuration.candidateCount, query.limit),
            scope: try .of(query, in: transaction),
            routedBlockCount: configuration.routedBlockCount,
            workspace: workspace,
            in: transaction
        )
        let expectedSpread = bm25.expectedSpread(of: terms)
        let fusion = Fusion(
            lexical: scan.lexical,
            dense: scan.dense,
            expectedLexicalSpread: expectedSpread,
            weights: configuration.weights
        )
        var pool = try pool(of: scan, fusion, transaction)
        if let segmentEncoder, let question {
            pool.encodeSegments(by: segmentEncoder, question: question, fusion: fusion)
        }
        if let refiner {
            try pool.refine(
                first: configuration.refinedCount,
                by: refiner,
                question: query.text,
                fusion: fusion
            )
        }
        let relevance = relevance(of: pool, terms)
        let scores = try blockScores(pool, terms, fusion, expectedSpread, transaction)
        return RetrievalResult(
            hits: hits(pool, scores, terms, fusion),
            relevance: relevance,
            isRelevant: !pool.blocks.isEmpty && relevance >= threshold
        )
    }

    /// The best blocks by the question's terms alone.
    ///
    /// - Throws: As `run`.
    func lexicalScan(
        scoresOf blocks: [UInt64],
        measuredGroupCount: Int,
        in transaction: borrowing ReadTransaction
    ) throws -> LexicalScan {
        try LexicalScan(
            terms: try workspace.postings(of: try questionTerms(transaction), in: transaction),
            bm25: bm25,
            count: query.limit,
            scoresOf: blocks,
            scope: try .of(query, in: transaction),
            groups: workspace.directory.groups,
            measuredGroupCount: measuredGroupCount,
            in: transaction
        )
    }

    /// The relevance that is needed; without a vector, what the terms' coverage adds to it.
    private var threshold: Float {
        question == nil ? configuration.coverageWeight / 2 : configuration.relevanceThreshold
    }

    // MARK: - The question

    /// The question's different terms in their order, weighed by their frequency in it.
    private func questionTerms(
        _ transaction: borrowing ReadTransaction
    ) throws -> [WeightedTerm] {
        var frequencies: [(term: Int, count: Float)] = []
        var text = query.text
        text.withUTF8 { utf8 in
            workspace.analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) { term in
                let number = workspace.number(of: term)
                if let index = frequencies.firstIndex(where: { $0.term == number }) {
                    frequencies[index].count += 1
                } else {
                    frequencies.append((number, 1))
                }
            }
        }
        return try frequencies.map { term, count in
            weighted(
                term,
                count,
                textCount: try workspace.blockCount(ofTerm: term, in: transaction)
            )
        }
    }

    private func weighted(_ term: Int, _ weight: Float, textCount: Int) -> WeightedTerm {
        WeightedTerm(
            number: term,
            weight: weight,
            textCount: textCount,
            rarity: bm25.inverseDocumentFrequency(textCount)
        )
    }

    /// The terms that say what the question is about.
    private func evidence(of terms: [WeightedTerm]) -> [WeightedTerm] {
        terms.filter { !workspace.analyzer.isInterrogative(workspace.table[$0.number]) }
    }

    // MARK: - Blocks

    /// The best candidates by their first scores and that of their best segment.
    private func pool(
        of scan: CandidateScan,
        _ fusion: Fusion,
        _ transaction: borrowing ReadTransaction
    ) throws -> CandidatePool {
        var best = TopList<(candidate: Candidate, fused: Float, similarities: [Float]?)>(
            capacity: max(configuration.candidateCount, query.limit)
        )
        for candidate in scan.candidates {
            let similarities = try question.flatMap {
                try ConceptReranker.similarities(
                    ofBlock: candidate.block,
                    to: $0,
                    in: transaction
                )
            }
            let fused = fusion.block(
                lexical: candidate.lexical,
                dense: candidate.dense,
                concept: similarities?.max()
            )
            best.offer((candidate, fused, similarities), key: fused, block: candidate.block)
        }
        return try CandidatePool(best.elements, workspace: workspace, in: transaction)
    }

    /// The scores of the pool's blocks after feedback and smoothing.
    private func blockScores(
        _ pool: CandidatePool,
        _ terms: [WeightedTerm],
        _ fusion: Fusion,
        _ expectedSpread: Float,
        _ transaction: borrowing ReadTransaction
    ) throws -> [Float] {
        var scores = pool.blocks.map(\.fused)
        if configuration.feedback.blockCount > 0 {
            let feedback = RelevanceFeedback(configuration: configuration.feedback, pool: pool)
            let added = try feedback.considered().map { term, weight in
                let count = try workspace.estimatedBlockCount(ofTerm: term, in: transaction)
                return weighted(term, weight, textCount: count)
            }
            let extended = feedback.extended(evidence(of: terms), by: added)
            // The spread of the extended question's scores is not measured but scaled.
            let spread = bm25.expectedSpread(of: extended)
            let scale = spread > 0 && expectedSpread > 0 ? expectedSpread / spread : 0
            let lexical = pool.lexicalScores(extended, bm25: bm25) {
                [($0.terms.indices, Float($0.record.termCount))]
            }
            for (index, block) in pool.blocks.enumerated() {
                scores[index] = fusion.block(
                    lexical: (lexical[index].first ?? 0) * scale,
                    dense: block.candidate.dense,
                    concept: block.similarities?.max() ?? block.candidate.dense
                )
            }
        }
        return ClusterSmoothing.smoothed(
            scores,
            landmarks: pool.blocks.map(\.landmark),
            by: configuration.clustering
        )
    }

    /// The best cosine plus the weighted share of the question's terms that one block covers.
    private func relevance(of pool: CandidatePool, _ terms: [WeightedTerm]) -> Float {
        let cosine = pool.blocks.reduce(Float(0)) { max($0, $1.bestCosine ?? 0) }
        let evidence = evidence(of: terms)
        return cosine + configuration.coverageWeight * pool.coverage(of: evidence)
    }

    // MARK: - Segments

    private func hits(
        _ pool: CandidatePool,
        _ scores: [Float],
        _ terms: [WeightedTerm],
        _ fusion: Fusion
    ) -> [Hit] {
        SegmentSelection.choose(
            segments(pool, scores, terms, fusion),
            documents: pool.blocks.map {
                ($0.content.document.number, $0.content.document.blockCount)
            },
            penalty: configuration.repetitionPenalty,
            limit: query.limit
        ).compactMap { segment, score in
            hit(segment, score, pool.blocks[segment.block], scores[segment.block])
        }
    }

    /// All segments that may be hits: a block's best one has the block's score, the others less.
    private func segments(
        _ pool: CandidatePool,
        _ scores: [Float],
        _ terms: [WeightedTerm],
        _ fusion: Fusion
    ) -> [ScoredSegment] {
        let segmentCount = pool.blocks.reduce(0) { $0 + $1.content.segmentEnds.count }
        let termCount = pool.blocks.reduce(0) {
            $0 + $1.content.terms.count - $1.content.headingEnd
        }
        let bm25 = BM25(
            saturation: configuration.saturation,
            lengthShare: configuration.lengthShare,
            textCount: self.bm25.textCount,
            averageLength: Float(termCount) / Float(max(segmentCount, 1))
        )
        let lexical = pool.lexicalScores(terms, bm25: bm25) { block in
            block.segmentEnds.indices.map { index in
                let range = block.termRange(ofSegment: index)
                return (range, Float(range.count))
            }
        }
        var segments: [ScoredSegment] = []
        for (place, block) in pool.blocks.enumerated() {
            let eligible = SegmentSelection.eligible(in: block.content)
            let own = eligible.map { index in
                fusion.lexical(lexical[place][index]) + fusion.dense(block.similarities?[index])
            }
            let best = own.max() ?? 0
            for (index, score) in zip(eligible, own) {
                segments.append(
                    ScoredSegment(
                        block: place,
                        index: index,
                        score: scores[place] + score - best,
                        lexical: lexical[place][index],
                        concept: block.similarities?[index]
                    )
                )
            }
        }
        return segments
    }

    private func hit(
        _ segment: ScoredSegment,
        _ score: Float,
        _ block: PooledBlock,
        _ blockScore: Float
    ) -> Hit? {
        let record = block.content.record
        guard let range = SegmentSelection.trimmedRange(ofSegment: segment.index, in: record)
        else { return nil }
        let start = record.byteRange.lowerBound
        return Hit(
            block: record.id,
            segmentIndex: segment.index,
            documentNumber: block.content.document.number,
            document: block.content.document.id,
            uri: block.content.document.uri,
            byteRange: (start + range.lowerBound)..<(start + range.upperBound),
            path: record.path(ofSegment: segment.index),
            kind: record.segments[segment.index].kind,
            bytes: Array(record.bytes[range]),
            score: score,
            parts: Hit.Parts(
                blockLexical: block.candidate.lexical,
                blockDense: block.candidate.dense,
                block: blockScore,
                lexical: segment.lexical,
                concept: segment.concept
            )
        )
    }
}
