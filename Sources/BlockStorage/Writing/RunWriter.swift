import Serialization

/// Keeps the runs of codes: begins one whenever 16,384 blocks are complete, merges four of a length,
/// and marks what is deleted.
///
/// What a run holds depends on the changes before its last block alone: of the commit's later ones
/// nothing is seen but afterwards, as if they had come in a commit of their own.
enum RunWriter {
    /// Writes the runs that a commit completes, and marks its deleted blocks in those there are.
    ///
    /// Comes before the commit's landmarks and codes are written.
    static func write(
        _ changes: borrowing StoreChanges,
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) {
        for crossing in plan.crossings {
            try begin(at: crossing, changes, plan, transaction, width: width)
            var size = StoreLayout.runSize
            while size < StoreLayout.longestRun {
                size *= StoreLayout.runFanOut
                guard crossing.endBlock.isMultiple(of: size) else { break }
                let range = (crossing.endBlock - size)..<crossing.endBlock
                try merge(range, at: crossing, plan, transaction, width: width)
            }
        }
        try markDeleted(plan, transaction, width: width)
    }

    // MARK: - New runs

    /// Makes the last 16,384 blocks before a crossing a run.
    private static func begin(
        at crossing: CommitPlan.Crossing,
        _ changes: borrowing StoreChanges,
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) {
        let range = (crossing.endBlock - StoreLayout.runSize)..<crossing.endBlock
        let gathered = GatheredCodes(capacity: range.count, width: width)
        let isGone = GoneBlocks(crossing, plan, in: range)
        let size = StoreLayout.landmarkGroupSize
        for number in (range.lowerBound / size)..<(range.upperBound / size) {
            let key = StoreKey.wide(number)
            let record = try transaction.value(key, of: .codes)
            var group: CodeGroup?
            if let record {
                guard let view = CodeGroup(number: number, record: record, width: width) else {
                    throw transaction.damaged(.codes, "\(number)", "it is no group of codes")
                }
                group = view
            }
            for row in 0..<Int(size) {
                let block = number * size + UInt64(row)
                guard !isGone[block] else { continue }
                if block >= plan.firstBlock {
                    let landmark = changes.blocks[Int(block - plan.firstBlock)].landmark
                    if let landmark { gathered.append(landmark, block: block - range.lowerBound) }
                } else if let group, group.isValid(row) {
                    gathered.append(row, of: group.tiles, block: block - range.lowerBound)
                }
            }
            if record != nil { try transaction.delete(key, from: .codes) }
        }
        guard gathered.count > 0 else { return }
        let tiles = gathered.tiles
        var clustering = CodeClustering(centroids: gathered.seeds(), scalarCount: width)
        // A fourth of the rows tells as well as all where lists lie roughly.
        for share in [4, 4, 1, 1] {
            clustering.step(rowCount: gathered.count / share) { tiles.decode($0 * share, into: $1) }
        }
        let writer = RunRecordWriter(
            blockRange: range,
            blocks: gathered.blocks,
            clustering: clustering,
            width: width
        )
        try writer.write(transaction) { [tiles] }
    }

    /// Merges the runs in `range` into one.
    private static func merge(
        _ range: Range<UInt64>,
        at crossing: CommitPlan.Crossing,
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) {
        let runs = try transaction.codeRuns(
            width: width,
            from: range.lowerBound,
            to: range.upperBound
        )
        let sizes = runs.map { (blockRange: $0.blockRange, rowCount: $0.rowCount) }
        let isGone = GoneBlocks(crossing, plan, in: range)
        let padded = CodeTiles.paddedWidth(width)
        var sources: [(part: Int, row: Int)] = []
        var blocks: [UInt32] = []
        var centroids: [Float] = []
        var parts: [CodeTiles] = []
        for run in runs {
            let rowsBefore = blocks.count
            for position in 0..<run.rowCount where run.isLive(position) {
                let block = run.block(at: position)
                guard range.contains(block), !isGone[block] else { continue }
                sources.append(
                    (parts.count + position / CodeRun.partRows, position % CodeRun.partRows)
                )
                blocks.append(UInt32(block - range.lowerBound))
            }
            parts += run.parts
            // A run of which nothing is left might have been deleted in a commit before.
            guard blocks.count > rowsBefore else { continue }
            var centroid = [Float](repeating: 0, count: padded)
            for list in 0..<run.lists.count {
                centroid.withUnsafeMutableBufferPointer { buffer in
                    guard let base = buffer.baseAddress else { return }
                    run.lists.centroids.decode(list, into: base)
                }
                for index in width..<padded { centroid[index] = 0 }
                centroids += centroid
            }
        }
        if !blocks.isEmpty {
            var clustering = CodeClustering(centroids: centroids, scalarCount: width)
            clustering.step(rowCount: blocks.count) { row, values in
                parts[sources[row].part].decode(sources[row].row, into: values)
            }
            let writer = RunRecordWriter(
                blockRange: range,
                blocks: blocks,
                sources: sources,
                clustering: clustering,
                width: width
            )
            // Each change may move what was read before it.
            try writer.write(transaction) { () throws(StoreError) in
                try rows(of: sizes, transaction, width: width)
            }
        }
        for (blockRange, rowCount) in sizes {
            try delete(blockRange, rowCount: rowCount, transaction)
        }
    }

    /// The parts of runs, by their blocks and row counts.
    private static func rows(
        of runs: [(blockRange: Range<UInt64>, rowCount: Int)],
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) -> [CodeTiles] {
        var parts: [CodeTiles] = []
        for (blockRange, rowCount) in runs {
            for part in 0..<RunRecord.partCount(rowCount: rowCount) {
                let key = StoreKey.run(
                    firstBlock: blockRange.lowerBound,
                    blockCount: UInt64(blockRange.count),
                    part: RunKey.firstRows + UInt32(part)
                )
                let count = RunRecord.rows(ofPart: part, rowCount: rowCount).count
                guard
                    let record = try transaction.value(key, of: .runs),
                    let tiles = CodeTiles(partOf: record, rowCount: count, width: width)
                else {
                    throw transaction.damaged(
                        .runs,
                        "from block \(blockRange.lowerBound)",
                        "part \(part) is missing"
                    )
                }
                parts.append(tiles)
            }
        }
        return parts
    }

    // MARK: - Deletion

    /// Marks the blocks that a commit deletes or drops; a run of which none is left goes.
    private static func markDeleted(
        _ plan: CommitPlan,
        _ transaction: borrowing Transaction,
        width: Int
    ) throws(StoreError) {
        let end = plan.firstBlockOutsideRuns
        var gone = plan.deletedBlocks
        for (index, document) in plan.blockDocuments.enumerated() where document == nil {
            let block = plan.firstBlock + UInt64(index)
            gone.append(block..<(block + 1))
        }
        gone = gone.filter { $0.lowerBound < end }
        guard let first = gone.map(\.lowerBound).min() else { return }
        let start = first / StoreLayout.longestRun * StoreLayout.longestRun
        var updates: [(run: Range<UInt64>, rowCount: Int, record: [UInt8]?)] = []
        for run in try transaction.codeRuns(width: width, from: start)
        where gone.contains(where: { $0.overlaps(run.blockRange) }) {
            var isGone = [Bool](repeating: false, count: run.blockRange.count)
            for range in gone {
                for block in range.clamped(to: run.blockRange) {
                    isGone[Int(block - run.blockRange.lowerBound)] = true
                }
            }
            var live = RunRecordWriter.liveElements(of: run)
            var liveCount = run.liveCount
            for position in 0..<run.rowCount where run.isLive(position) {
                let block = Int(run.blocks[position])
                guard block < isGone.count, isGone[block] else { continue }
                live[position >> 4] &= ~(1 << UInt16(position & 15))
                liveCount -= 1
            }
            guard liveCount != run.liveCount else { continue }
            updates.append(
                (
                    run.blockRange, run.rowCount,
                    liveCount > 0 ? RunRecordWriter.record(live: live, count: liveCount) : nil
                )
            )
        }
        for (run, rowCount, record) in updates {
            guard let record else {
                try delete(run, rowCount: rowCount, transaction)
                continue
            }
            let key = StoreKey.run(
                firstBlock: run.lowerBound,
                blockCount: UInt64(run.count),
                part: RunKey.live
            )
            try transaction.put(record, at: key, in: .runs)
        }
    }

    private static func delete(
        _ run: Range<UInt64>,
        rowCount: Int,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        let partCount = UInt32(RunRecord.partCount(rowCount: rowCount))
        for part in 0..<(RunKey.firstRows + partCount) {
            let key = StoreKey.run(
                firstBlock: run.lowerBound,
                blockCount: UInt64(run.count),
                part: part
            )
            try transaction.delete(key, from: .runs)
        }
    }
}

extension CommitPlan {
    /// The first block that no run will hold when the commit is done.
    var firstBlockOutsideRuns: UInt64 {
        statistics.nextBlock / StoreLayout.runSize * StoreLayout.runSize
    }
}

/// The blocks of a range that had gone when a run was completed.
private struct GoneBlocks {
    private let firstBlock: UInt64
    private var isGone: [Bool]

    init(_ crossing: CommitPlan.Crossing, _ plan: CommitPlan, in range: Range<UInt64>) {
        firstBlock = range.lowerBound
        isGone = [Bool](repeating: false, count: range.count)
        for deleted in crossing.deletedBlocks {
            for block in deleted.clamped(to: range) { isGone[Int(block - firstBlock)] = true }
        }
        let pending = plan.firstBlock..<(plan.firstBlock + UInt64(crossing.blockDocuments.count))
        for block in pending.clamped(to: range) {
            let document = crossing.blockDocuments[Int(block - plan.firstBlock)]
            if document == nil { isGone[Int(block - firstBlock)] = true }
        }
    }

    subscript(block: UInt64) -> Bool { isGone[Int(block - firstBlock)] }
}
