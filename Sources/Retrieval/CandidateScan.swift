import BlockStorage
internal import CKernels

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

    /// Counts scores by their sum and that of their squares.
    package mutating func add(count: Int, sum: Double, squares: Double) {
        self.count += count
        self.sum += sum
        self.squares += squares
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

/// The blocks that a store's landmarks and postings nominate; the postings are passed over 4,096 blocks
/// at a time.
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
    ///   - routedBlockCount: From how many blocks on lists of landmarks are used.
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
        routedBlockCount: Int,
        table: TermTable,
        in transaction: borrowing ReadTransaction
    ) throws {
        let terms = terms.filter { $0.textCount > 0 }.map { (term: $0, bytes: table[$0.number]) }
        let dense = try question.map { question in
            try LandmarkScan(
                count,
                to: question,
                scope: scope,
                method: .suiting(scope, routedBlockCount: routedBlockCount, in: transaction),
                in: transaction
            )
        }
        var pass = ScanPass(count: count, neighbours: dense?.neighbours ?? [])
        for group in try transaction.postingGroups() {
            let firstBlock = UInt64(group) * ReadTransaction.postingGroupSize
            let bounds = firstBlock..<(firstBlock + ReadTransaction.postingGroupSize)
            let parts = scope.parts(in: bounds)
            pass.begin(lengths: try transaction.termCounts(group: group))
            guard !parts.isEmpty else { continue }
            for (term, bytes) in terms {
                try pass.score(term, bytes, group: group, bm25, transaction)
            }
            for part in parts { pass.take(part, firstBlock: firstBlock) }
            pass.takeNeighbours(in: bounds)
        }
        candidates = try pass.union(question: question, in: transaction)
        lexical = pass.lexicalMoments
        self.dense = dense?.moments ?? ScoreMoments()
    }
}

/// The scores of one group of 4,096 blocks, and what is kept of those before.
private struct ScanPass {
    private let size = Int(ReadTransaction.postingGroupSize)
    private var lengths: [UInt32] = []
    private var lexical: [Float]
    private var postings = PostingList()
    private var bestLexical: TopList<Candidate>
    /// The blocks that the landmarks nominate, ascending.
    private let neighbours: [LandmarkScan.Neighbour]
    private var nextNeighbour = 0
    private var bestDense: [Candidate] = []
    private(set) var lexicalMoments = ScoreMoments()

    init(count: Int, neighbours: [LandmarkScan.Neighbour]) {
        self.neighbours = neighbours.sorted { $0.block < $1.block }
        lexical = [Float](repeating: 0, count: size)
        bestLexical = TopList(capacity: count)
    }

    mutating func begin(lengths: [UInt32]) {
        self.lengths = lengths
        for index in 0..<size { lexical[index] = 0 }
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

    /// Counts the blocks of `part` and keeps the best.
    mutating func take(_ part: Range<UInt64>, firstBlock: UInt64) {
        for block in part {
            let index = Int(block - firstBlock)
            guard index < lengths.count, lengths[index] > 0 else { continue }
            let score = lexical[index]
            lexicalMoments.add(score)
            if score > 0, bestLexical.accepts(score, block: block) {
                let candidate = Candidate(block: block, lexical: score, dense: nil)
                bestLexical.offer(candidate, key: score, block: block)
            }
        }
    }

    /// Gives those blocks of a group that the landmarks nominate their lexical scores.
    mutating func takeNeighbours(in bounds: Range<UInt64>) {
        while nextNeighbour < neighbours.count,
            neighbours[nextNeighbour].block < bounds.upperBound
        {
            let neighbour = neighbours[nextNeighbour]
            nextNeighbour += 1
            let isHere = bounds.contains(neighbour.block)
            bestDense.append(
                Candidate(
                    block: neighbour.block,
                    lexical: isHere ? lexical[Int(neighbour.block - bounds.lowerBound)] : 0,
                    dense: neighbour.similarity
                )
            )
        }
    }

    /// Both lists by ascending block, each block once, with the cosines of the landmarks.
    func union(
        question: [Float]?,
        in transaction: borrowing ReadTransaction
    ) throws -> [Candidate] {
        var union: [Candidate] = []
        let unvisited = neighbours[nextNeighbour...].map {
            Candidate(block: $0.block, lexical: 0, dense: $0.similarity)
        }
        let all = bestDense + unvisited + bestLexical.elements
        for candidate in all.sorted(by: { $0.block < $1.block }) {
            if candidate.block == union.last?.block {
                if union.last?.dense == nil { union[union.count - 1] = candidate }
            } else {
                union.append(candidate)
            }
        }
        guard let question else { return union }
        return try union.map { candidate in
            guard candidate.dense == nil else { return candidate }
            return Candidate(
                block: candidate.block,
                lexical: candidate.lexical,
                dense: try transaction.withLandmark(ofBlock: candidate.block) {
                    kernels_dot_f32(question, $0, question.count)
                }
            )
        }
    }
}
