import BlockStorage

/// A block that may answer, with its first scores.
struct Candidate: Sendable, Equatable {
    let block: UInt64
    /// BM25 with the question's terms.
    let lexical: Float
    /// The cosine of its landmark, if it has one.
    let dense: Float?
}

/// How the scores of a store's blocks lie, gathered in one pass.
package struct ScoreMoments: Sendable, Equatable {
    /// How many scores were counted.
    package private(set) var count = 0
    private var sum = 0.0
    private var squares = 0.0

    /// No scores.
    package init() {}

    /// Counts one score.
    @inline(__always)
    package mutating func add(_ score: Float) {
        let score = Double(score)
        count += 1
        sum += score
        squares += score * score
    }

    /// The mean, 0 of none.
    package var mean: Float { count == 0 ? 0 : Float(sum / Double(count)) }

    /// The standard deviation, drawn towards `expected` as if that had been seen eight times.
    package func spread(expected: Float) -> Float {
        guard count > 0 else { return expected }
        let mean = sum / Double(count)
        let variance = max(squares / Double(count) - mean * mean, 0)
        let prior = Double(expected) * Double(expected)
        let strength = 8.0
        let mixed = (Double(count) * variance + strength * prior) / (Double(count) + strength)
        return Float(mixed.squareRoot())
    }
}

/// One pass over a store's landmarks and postings, 4,096 blocks at a time.
struct CandidateScan {
    /// The candidates: the best by terms and the best by landmarks, by ascending block.
    let candidates: [Candidate]
    /// How the lexical scores lie.
    let lexical: ScoreMoments
    /// How the dense scores lie.
    let dense: ScoreMoments

    /// Scans the blocks of `scope`.
    ///
    /// - Parameters:
    ///   - terms: The question's terms.
    ///   - question: The question's unit vector, or nil.
    ///   - bm25: The weights of terms in blocks.
    ///   - count: How many blocks the terms and the landmarks each nominate.
    ///   - scope: The blocks that may be nominated.
    ///   - table: The table that numbers the terms.
    ///   - transaction: The snapshot.
    /// - Throws: `StoreError` if the store cannot be read.
    /// - Complexity: O(blocks · width + postings of the terms) time; the memory is fixed, but for a
    ///   view of each group of landmarks.
    init(
        terms: [WeightedTerm],
        question: [Float]?,
        bm25: BM25,
        count: Int,
        scope: BlockScope,
        table: TermTable,
        in transaction: borrowing ReadTransaction
    ) throws {
        let terms = terms.filter { $0.textCount > 0 }.map { (term: $0, bytes: table[$0.number]) }
        var pass = ScanPass(count: count)
        let landmarks = question == nil ? [] : try transaction.landmarkGroups()
        var nextLandmarks = 0
        for group in try transaction.postingGroups() {
            let firstBlock = UInt64(group) * ReadTransaction.postingGroupSize
            let bounds = firstBlock..<(firstBlock + ReadTransaction.postingGroupSize)
            let parts = scope.parts(in: bounds)
            pass.begin(lengths: try transaction.termCounts(group: group))
            guard !parts.isEmpty else { continue }
            for (term, bytes) in terms {
                try pass.score(term, bytes, group: group, bm25, transaction)
            }
            while nextLandmarks < landmarks.count,
                landmarks[nextLandmarks].firstBlock < bounds.upperBound
            {
                let landmark = landmarks[nextLandmarks]
                nextLandmarks += 1
                guard landmark.firstBlock >= firstBlock, let question else { continue }
                pass.score(landmark, question, at: Int(landmark.firstBlock - firstBlock))
            }
            for part in parts { pass.take(part, firstBlock: firstBlock) }
        }
        candidates = pass.union
        (lexical, dense) = (pass.lexicalMoments, pass.denseMoments)
    }
}

/// The scores of one group of 4,096 blocks, and what is kept of those before.
private struct ScanPass {
    private let size = Int(ReadTransaction.postingGroupSize)
    private var lengths: [UInt32] = []
    private var lexical: [Float]
    /// NaN where there is no landmark.
    private var dense: [Float]
    private var postings = PostingList()
    private var products: [Float] = []
    private var bestLexical: TopList<Candidate>
    private var bestDense: TopList<Candidate>
    private(set) var lexicalMoments = ScoreMoments()
    private(set) var denseMoments = ScoreMoments()

    init(count: Int) {
        lexical = [Float](repeating: 0, count: size)
        dense = [Float](repeating: .nan, count: size)
        bestLexical = TopList(capacity: count)
        bestDense = TopList(capacity: count)
    }

    mutating func begin(lengths: [UInt32]) {
        self.lengths = lengths
        for index in 0..<size {
            lexical[index] = 0
            dense[index] = .nan
        }
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
            lexical[index] += weight * bm25.saturated(Float(frequency), length: length)
        }
    }

    mutating func score(_ group: LandmarkGroup, _ question: [Float], at offset: Int) {
        LandmarkScan.multiply(group, by: question, into: &products)
        for row in 0..<group.rowCount where group.isValid(row) {
            dense[offset + row] = products[row]
        }
    }

    /// Counts the blocks of `part` and keeps the best.
    mutating func take(_ part: Range<UInt64>, firstBlock: UInt64) {
        for block in part {
            let index = Int(block - firstBlock)
            let (lexical, dense) = (lexical[index], dense[index])
            let hasTerms = index < lengths.count && lengths[index] > 0
            let hasLandmark = !dense.isNaN
            guard hasTerms || hasLandmark else { continue }
            lexicalMoments.add(lexical)
            if hasLandmark { denseMoments.add(dense) }
            if lexical > 0, bestLexical.accepts(lexical, block: block) {
                bestLexical.offer(
                    Candidate(block: block, lexical: lexical, dense: hasLandmark ? dense : nil),
                    key: lexical,
                    block: block
                )
            }
            if hasLandmark, bestDense.accepts(dense, block: block) {
                bestDense.offer(
                    Candidate(block: block, lexical: lexical, dense: dense),
                    key: dense,
                    block: block
                )
            }
        }
    }

    /// Both lists by ascending block, each block once.
    var union: [Candidate] {
        var union: [Candidate] = []
        let all = bestLexical.elements + bestDense.elements
        for candidate in all.sorted(by: { $0.block < $1.block })
        where candidate.block != union.last?.block {
            union.append(candidate)
        }
        return union
    }
}
