import BlockStorage
internal import CKernels

/// The postings of a term in one group.
struct GroupPostings {
    /// The term's index among the question's.
    let term: Int
    /// What the term in full is worth, in units.
    let weight: Float
    let record: PostingRecord
}

/// The scores of one group of 4,096 blocks after another.
struct GroupScorer {
    /// Blocks in a group.
    static let size = Int(ReadTransaction.postingGroupSize)

    private let scale: ScoreScale
    /// The scores of the group's blocks, in units.
    private(set) var sums = [Int32](repeating: 0, count: size)
    private let run = PostingRun()
    /// Positions that were selected; one more than there can be.
    private var selected = [UInt16](repeating: 0, count: size + 1)

    init(scale: ScoreScale) {
        self.scale = scale
    }

    /// Scores all blocks of a group.
    ///
    /// - Returns: The postings that are malformed, if any are.
    mutating func score(
        _ postings: ArraySlice<GroupPostings>,
        _ lengths: GroupLengths
    ) -> GroupPostings? {
        var scoring = scoring(lengths)
        return sums.withUnsafeMutableBufferPointer { [run] sums in
            sums.update(repeating: 0)
            scoring.sums = sums.baseAddress
            for posting in postings {
                scoring.weight = posting.weight
                var cursor = PostingCursor(posting.record)
                while cursor.next(run) {
                    scoring.count = run.count
                    kernels_score_postings(&scoring)
                }
                guard cursor.isSound else { return posting }
            }
            return nil
        }
    }

    /// Scores one block of a group; the others' scores mean nothing then.
    ///
    /// - Returns: The postings that are malformed as far as they were decoded, if any are.
    mutating func score(
        _ position: UInt16,
        _ postings: ArraySlice<GroupPostings>,
        _ lengths: GroupLengths
    ) -> GroupPostings? {
        var scoring = scoring(lengths)
        scoring.count = 1
        return sums.withUnsafeMutableBufferPointer { [run] sums in
            sums[Int(position)] = 0
            scoring.sums = sums.baseAddress
            for posting in postings {
                var cursor = PostingCursor(posting.record)
                cursor.skip(to: position)
                guard cursor.next(run) else {
                    guard cursor.isSound else { return posting }
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
            return nil
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
