import BlockStorage
internal import Text

/// A block that is reranked, decoded and analyzed.
struct PooledBlock: Sendable {
    /// Its first scores.
    let candidate: Candidate
    /// Its first scores added.
    let fused: Float
    /// The cosines of its segments with the question, if it has concepts.
    let similarities: [Float]?
    let record: BlockRecord
    let document: DocumentRecord
    /// Its landmark, if there is one.
    let landmark: [Float]?
    /// Its terms by their numbers in the pool's table: the headings', then each segment's.
    var terms: [UInt32] = []
    /// Where the headings' terms end.
    var headingEnd = 0
    /// Where each segment's terms end.
    var segmentEnds: [Int] = []

    /// Where the terms of a segment lie in `terms`.
    func termRange(ofSegment index: Int) -> Range<Int> {
        (index == 0 ? headingEnd : segmentEnds[index - 1])..<segmentEnds[index]
    }
}

/// The blocks that are reranked, best first, and the terms that occur in them.
struct CandidatePool {
    private(set) var blocks: [PooledBlock] = []
    private(set) var table = TermTable()

    /// Decodes and analyzes the best candidates.
    ///
    /// - Parameters:
    ///   - ranked: The candidates with their fused scores and segments' cosines, best first.
    ///   - analyzer: The analyzer that made the store's terms.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if the store cannot be read.
    init(
        _ ranked: [(candidate: Candidate, fused: Float, similarities: [Float]?)],
        analyzer: LexicalAnalyzer,
        in transaction: borrowing ReadTransaction
    ) throws {
        var documents: [UInt32: DocumentRecord] = [:]
        for (candidate, fused, similarities) in ranked {
            guard
                let record = try transaction.block(candidate.block),
                let document = try documents[record.document]
                    ?? transaction.document(number: record.document)
            else { continue }
            documents[record.document] = document
            var block = PooledBlock(
                candidate: candidate,
                fused: fused,
                similarities: similarities?.count == record.segments.count ? similarities : nil,
                record: record,
                document: document,
                landmark: try transaction.landmark(ofBlock: candidate.block)
            )
            analyze(&block, analyzer)
            blocks.append(block)
        }
    }

    private mutating func analyze(_ block: inout PooledBlock, _ analyzer: LexicalAnalyzer) {
        var terms: [UInt32] = []
        let (document, record) = (block.document, block.record)
        IndexedTerms.forEachHeading(title: document.title, paths: record.paths) { heading in
            var heading = heading
            heading.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) {
                    terms.append(UInt32(table.number(of: $0)))
                }
            }
        }
        block.headingEnd = terms.count
        record.bytes.withUnsafeBytes { bytes in
            for index in record.segments.indices {
                let range = record.localRange(ofSegment: index)
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(rebasing: bytes[range])) {
                    terms.append(UInt32(table.number(of: $0)))
                }
                block.segmentEnds.append(terms.count)
            }
        }
        block.terms = terms
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
        parts: (PooledBlock) -> [(range: Range<Int>, length: Float)]
    ) -> [[Float]] {
        var places = [Int32](repeating: -1, count: table.count)
        for (place, term) in terms.enumerated() {
            if let number = table.existingNumber(of: term.bytes) { places[number] = Int32(place) }
        }
        var frequencies = [Float](repeating: 0, count: terms.count)
        return blocks.map { block in
            parts(block).map { part in
                for index in frequencies.indices { frequencies[index] = 0 }
                for term in block.terms[part.range] where places[Int(term)] >= 0 {
                    frequencies[Int(places[Int(term)])] += 1
                }
                var score: Float = 0
                for (term, frequency) in zip(terms, frequencies) where frequency > 0 {
                    let saturated = bm25.saturated(frequency, length: part.length)
                    score += term.weight * term.rarity * saturated
                }
                return score
            }
        }
    }
}
