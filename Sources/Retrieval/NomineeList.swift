import BlockStorage

/// Rows that are nominated to be multiplied in full: the best by an estimate, and some more that are nearly as
/// good as the last of them.
struct NomineeList {
    private var bins: ScoreBins
    private var nominees: [(row: ScannedRow, estimate: Float)] = []
    private let capacity: Int
    /// More are not kept, however many are alike.
    private let mostCount: Int

    /// An empty list of the best `capacity` rows or more.
    init(capacity: Int) {
        self.capacity = capacity
        mostCount = 4 * capacity + 4096
        bins = ScoreBins(capacity: capacity)
    }

    /// An estimate below this one is not among the best.
    var floor: Float { bins.floor }

    /// Adds a row.
    ///
    /// - Complexity: O(1), taken over many.
    @inline(__always)
    mutating func append(_ row: ScannedRow, estimate: Float) {
        guard bins.add(estimate) else { return }
        nominees.append((row, estimate))
        if nominees.count == mostCount { keepBest() }
    }

    /// Drops all but the best, of equal ones those that come later.
    private mutating func keepBest() {
        nominees.sort {
            $0.estimate != $1.estimate ? $0.estimate > $1.estimate : $0.row < $1.row
        }
        nominees.removeSubrange(capacity...)
        bins = ScoreBins(capacity: capacity)
        for nominee in nominees { _ = bins.add(nominee.estimate) }
    }

    /// What the best `count` estimates are not below.
    func threshold(ofBest count: Int) -> Float { bins.threshold(ofBest: count) }

    /// The rows whose estimates are in a range and not below the floor: of lower ones only some are here.
    func rows(in estimates: Range<Float>) -> [ScannedRow] {
        nominees.filter { $0.estimate >= floor && estimates.contains($0.estimate) }.map(\.row)
    }
}

/// A row that a scan has come to: that of a block, or one of a run, whose block is looked up when all are
/// nominated.
struct ScannedRow: Comparable {
    /// A block, or a position and 2³² times its run plus the uppermost bit.
    private let bits: UInt64
    private static let isPosition: UInt64 = 1 << 63

    /// That of a block; ids of blocks stay below 2⁴⁴.
    init(block: UInt64) { bits = block }

    /// One of a run.
    init(position: Int, run: Int) {
        bits = ScannedRow.isPosition | UInt64(run) << 32 | UInt64(position)
    }

    private init(bits: UInt64) { self.bits = bits }

    /// Blocks come in their order, then rows of runs in theirs.
    static func < (left: ScannedRow, right: ScannedRow) -> Bool { left.bits < right.bits }

    /// The row a few positions on.
    func advanced(by count: Int) -> ScannedRow { ScannedRow(bits: bits + UInt64(count)) }

    /// The run and the position there, if it is one of a run.
    var place: (run: Int, position: Int)? {
        guard bits >= ScannedRow.isPosition else { return nil }
        return (
            Int((bits & ~ScannedRow.isPosition) >> 32), Int(bits & UInt64(UInt32.max))
        )
    }

    /// The block.
    func block(in runs: [CodeRun]) -> UInt64 {
        guard let (run, position) = place else { return bits }
        return runs[run].block(at: position)
    }
}
