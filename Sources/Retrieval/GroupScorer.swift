import BlockStorage
internal import CKernels

/// The postings of one of a question's terms.
package struct TermPostings: Sendable {
    /// What the term in full is worth in a score.
    let weight: Float
    /// Its bytes.
    let bytes: [UInt8]
    /// Its records, ascending by group.
    let records: [PostingRecord]
}

/// BM25 scores as whole numbers, so that a block's does not depend on the order of the terms.
struct ScoreScale {
    /// How many units a score of 1 has: a power of two for which the highest score is below 2^30.
    let unitsPerScore: Float
    /// With the slope: norm(length) = constant + slope · (length + 1).
    private let constant: Float
    private let slope: Float

    /// The scale of a question's scores, or nil if all are 0.
    init?(_ terms: [TermPostings], bm25: BM25) {
        let highest = terms.reduce(0) { $0 + Double($1.weight) }
        guard highest > 0, highest.isFinite else { return nil }
        unitsPerScore = Float(sign: .plus, exponent: 29 - Int(highest.exponent), significand: 1)
        slope = bm25.saturation * bm25.lengthShare / bm25.averageLength
        constant = bm25.saturation * (1 - bm25.lengthShare) - slope
    }

    /// A term's weight in units.
    func units(_ weight: Float) -> Float { weight * unitsPerScore }

    /// A sum of units as a score.
    func score(_ units: Float) -> Float { units / unitsPerScore }

    /// No posting within `bound` gives a term of a weight in units more than this.
    func highest(_ weight: Float, _ bound: ImpactBound) -> Int32 {
        var highest = weight
        if let frequency = bound.highestFrequency.map({ Float($0) }) {
            let norm = max(constant + slope * Float(bound.shortestLength + 1), 0)
            highest = weight * frequency / (frequency + norm)
        }
        // Three roundings may each have made it less by a part in 2^24.
        return Int32(min(highest * (1 + 0x1p-20) + 2, 0x1p30))
    }

    /// The norms of a group's blocks.
    func norms(_ lengths: UnsafePointer<UInt32>, count: Int, into norms: inout [Float]) {
        kernels_length_norms(lengths, count, constant, slope, &norms)
    }
}

/// The scores of one group of 4,096 blocks after another.
struct GroupScorer {
    private static let size = Int(ReadTransaction.postingGroupSize)

    let scale: ScoreScale
    /// The scores of the group's blocks, in units.
    private(set) var sums = [Int32](repeating: 0, count: size)
    private var norms = [Float](repeating: 0, count: size)
    private var run = PostingRun()
    /// Positions that were selected; one more than there can be.
    private var selected = [UInt16](repeating: 0, count: size + 1)

    init(scale: ScoreScale) {
        self.scale = scale
    }

    /// Begins a group, whose scores are 0.
    mutating func begin(_ lengths: GroupLengths) {
        scale.norms(lengths.stored, count: GroupScorer.size, into: &norms)
        sums.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }

    /// Adds what a term gives to all blocks of the group.
    ///
    /// - Returns: Whether the record is sound.
    mutating func add(_ record: PostingRecord, weight: Float) -> Bool {
        var cursor = PostingCursor(record)
        while cursor.next(&run) { scoreRun(from: 0, count: run.count, weight: weight) }
        return cursor.isSound
    }

    /// Adds what a term gives to some blocks, and perhaps to others.
    ///
    /// `positions` ascend.
    ///
    /// - Returns: Whether the record is sound as far as it was decoded.
    mutating func add(
        _ record: PostingRecord,
        weight: Float,
        to positions: [UInt16]
    ) -> Bool {
        var cursor = PostingCursor(record)
        var index = 0
        while index < positions.count {
            cursor.skip(to: positions[index])
            guard cursor.next(&run) else { break }
            scoreRun(from: 0, count: run.count, weight: weight)
            let last = run.positions[run.count - 1]
            while index < positions.count, positions[index] <= last { index += 1 }
        }
        return cursor.isSound
    }

    private mutating func scoreRun(from first: Int, count: Int, weight: Float) {
        run.positions.withUnsafeBufferPointer { positions in
            run.frequencies.withUnsafeBufferPointer { frequencies in
                norms.withUnsafeBufferPointer { norms in
                    sums.withUnsafeMutableBufferPointer { sums in
                        guard
                            let positions = positions.baseAddress,
                            let frequencies = frequencies.baseAddress
                        else { return }
                        var scoring = kernels_scoring(
                            positions: positions + first,
                            frequencies: frequencies + first,
                            count: count,
                            norms: norms.baseAddress,
                            weight: weight,
                            sums: sums.baseAddress
                        )
                        kernels_score_postings(&scoring)
                    }
                }
            }
        }
    }

    /// Begins one block of a group, whose score is 0; the others' scores mean nothing.
    mutating func beginBlock(_ position: UInt16, _ lengths: GroupLengths) {
        var norm: [Float] = [0]
        scale.norms(lengths.stored + Int(position), count: 1, into: &norm)
        norms[Int(position)] = norm[0]
        sums[Int(position)] = 0
    }

    /// Adds what a term gives to the block that was begun.
    ///
    /// - Returns: Whether the record is sound as far as it was decoded.
    mutating func add(_ record: PostingRecord, weight: Float, to position: UInt16) -> Bool {
        var cursor = PostingCursor(record)
        cursor.skip(to: position)
        if cursor.next(&run), let index = run.positions[..<run.count].firstIndex(of: position) {
            scoreRun(from: index, count: 1, weight: weight)
        }
        return cursor.isSound
    }

    /// Appends the blocks of a part of the group that score at least `threshold`, ascending.
    mutating func select(
        _ part: Range<Int>,
        atLeast threshold: Int32,
        into positions: inout [UInt16]
    ) {
        let count = sums.withUnsafeBufferPointer { sums in
            selected.withUnsafeMutableBufferPointer { selected in
                guard let sums = sums.baseAddress else { return 0 }
                return kernels_select_sums(
                    sums + part.lowerBound,
                    part.count,
                    threshold,
                    selected.baseAddress
                )
            }
        }
        let first = UInt16(part.lowerBound)
        for index in 0..<count { positions.append(selected[index] + first) }
    }

    /// Counts the scores of a part of the group.
    func measure(_ part: Range<Int>, _ lengths: GroupLengths, into moments: inout ScoreMoments) {
        sums.withUnsafeBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            let found = kernels_measure_sums(
                sums + part.lowerBound,
                lengths.stored + part.lowerBound,
                part.count
            )
            let unit = 1 / Double(scale.unitsPerScore)
            moments.add(
                count: Int(found.count),
                sum: found.sum * unit,
                squares: found.squares * unit * unit
            )
        }
    }
}
