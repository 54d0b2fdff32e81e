import BlockStorage
internal import CKernels

/// The postings of a term in one group.
struct GroupPostings {
    /// The term's index among the question's.
    let term: Int
    /// What the term in full is worth, in units.
    let weight: Float
    /// What it gives a block at most, in units.
    let highest: Int32
    let record: PostingRecord
}

/// Postings that were found to be malformed.
struct MalformedPostings: Error {
    let postings: GroupPostings
}

/// The scores of one group of 4,096 blocks after another.
struct GroupScorer {
    /// Blocks in a group.
    static let size = Int(ReadTransaction.postingGroupSize)

    /// A list of so many postings costs more than to find the highest score.
    private static let longListCount = 64

    private let scale: ScoreScale
    /// The scores of the group's blocks, in units.
    private(set) var sums = [Int32](repeating: 0, count: size)
    private let run = PostingRun()
    /// Positions that were selected; one more than there can be.
    private var selected = [UInt16](repeating: 0, count: size + 1)

    init(scale: ScoreScale) {
        self.scale = scale
    }

    /// Scores all blocks of a group, or finds that none reaches `threshold`.
    ///
    /// Terms with few postings are to come first: long lists are left alone where what the others
    /// gave is too little.
    ///
    /// - Returns: Whether a block may reach the threshold, all being scored.
    /// - Throws: `MalformedPostings`.
    mutating func score(
        _ postings: ArraySlice<GroupPostings>,
        _ lengths: GroupLengths,
        threshold: Int32
    ) throws(MalformedPostings) -> Bool {
        var scoring = scoring(lengths)
        var rest = postings.reduce(0) { $0 + Int($1.highest) }
        return try sums.withUnsafeMutableBufferPointer {
            [run] sums throws(MalformedPostings) in
            sums.update(repeating: 0)
            scoring.sums = sums.baseAddress
            for posting in postings {
                if posting.record.count >= GroupScorer.longListCount, rest < threshold {
                    let highest = Int(kernels_highest_sum(sums.baseAddress))
                    guard highest + rest >= threshold else { return false }
                }
                rest -= Int(posting.highest)
                scoring.weight = posting.weight
                var cursor = PostingCursor(posting.record)
                while cursor.next(run) {
                    scoring.count = run.count
                    kernels_score_postings(&scoring)
                }
                guard cursor.isSound else { throw MalformedPostings(postings: posting) }
            }
            return true
        }
    }

    /// Scores one block of a group; the others' scores mean nothing then.
    ///
    /// - Throws: `MalformedPostings` where what was decoded is.
    mutating func score(
        _ position: UInt16,
        _ postings: ArraySlice<GroupPostings>,
        _ lengths: GroupLengths
    ) throws(MalformedPostings) {
        var scoring = scoring(lengths)
        scoring.count = 1
        try sums.withUnsafeMutableBufferPointer { [run] sums throws(MalformedPostings) in
            sums[Int(position)] = 0
            scoring.sums = sums.baseAddress
            for posting in postings {
                var cursor = PostingCursor(posting.record)
                cursor.skip(to: position)
                guard cursor.next(run) else {
                    guard cursor.isSound else { throw MalformedPostings(postings: posting) }
                    continue
                }
                guard let index = run.positions[..<run.count].firstIndex(of: position) else {
                    continue
                }
                scoring.weight = posting.weight
                scoring.positions = run.positions.baseAddress.map { UnsafePointer($0 + index) }
                scoring.frequencies = run.frequencies.baseAddress.map { UnsafePointer($0 + index) }
                kernels_score_postings(&scoring)
            }
        }
    }

    private func scoring(_ lengths: GroupLengths) -> kernels_scoring {
        kernels_scoring(
            positions: run.positions.baseAddress,
            frequencies: run.frequencies.baseAddress,
            count: 0,
            lengths: lengths.stored,
            constant: scale.constant,
            slope: scale.slope,
            weight: 0,
            sums: nil
        )
    }

    /// Offers the blocks of some parts of the group, whose places begin with `firstPlace`.
    mutating func offer(_ parts: [Range<Int>], firstPlace: Int, to best: inout BestSums) {
        let count = kernels_select_sums(sums, best.threshold, &selected)
        var part = parts[...]
        for position in selected[..<count].lazy.map(Int.init) {
            while let first = part.first, first.upperBound <= position { part.removeFirst() }
            guard let first = part.first else { return }
            guard first.lowerBound <= position else { continue }
            best.offer(sums[position], place: firstPlace + position)
        }
    }

    /// Counts the scores of some parts of the group.
    func measure(_ parts: [Range<Int>], _ lengths: GroupLengths, into moments: inout ScoreMoments) {
        let unit = 1 / Double(scale.unitsPerScore)
        for part in parts {
            let isWhole = part.count == GroupScorer.size
            let found = sums.withUnsafeBufferPointer { sums in
                kernels_measure_sums(sums.baseAddress.map { $0 + part.lowerBound }, part.count)
            }
            moments.add(
                count: isWhole ? lengths.blockCount : lengths.blockCount(in: part),
                sum: found.sum * unit,
                squares: found.squares * unit * unit
            )
        }
    }
}
