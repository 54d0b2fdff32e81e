extension ReadTransaction {
    /// All groups of codes that no run holds, by ascending block, as they lie in the map.
    ///
    /// The digests are not looked at; `verify` does that.
    ///
    /// - Returns: Groups that are valid until the transaction ends.
    /// - Complexity: O(groups), of which there are at most 64.
    package func codeGroups() throws(StoreError) -> [CodeGroup] {
        var groups: [CodeGroup] = []
        try forEach(in: .codes) { key, record throws(StoreError) in
            groups.append(try codeGroup(StoreKey.wideNumber(key) ?? .max, record))
        }
        return groups
    }

    /// All runs of codes by ascending block, as they lie in the map.
    ///
    /// The digests are not looked at, but positions and lists are: no list ends beyond its run.
    ///
    /// - Returns: Runs that are valid until the transaction ends.
    /// - Complexity: O(parts of runs).
    package func codeRuns() throws(StoreError) -> [CodeRun] {
        try transaction.codeRuns(width: settings.vectorWidth)
    }

    /// The rows of a group of landmarks as they lie in the map, [256, width], 64-byte aligned.
    ///
    /// - Throws: `StoreError` if the group is not there.
    package func landmarkRows(
        ofGroup number: UInt64
    ) throws(StoreError) -> UnsafePointer<Float> {
        guard let base = try landmarkRecord(number)?.baseAddress else {
            throw transaction.damaged(.landmarks, "\(number)", "it is missing")
        }
        return (base + LandmarkGroup.headerSize).assumingMemoryBound(to: Float.self)
    }

    /// Runs `body` with each group of landmarks that has blocks of a range, ascending, as they lie in
    /// the map.
    ///
    /// The digests are not looked at, so that a scan reads each row once; `verify` does.
    package func forEachLandmarkGroup(
        in blocks: Range<UInt64>,
        _ body: (LandmarkGroup) -> Void
    ) throws(StoreError) {
        let cursor = try transaction.cursor(.landmarks)
        let size = StoreLayout.landmarkGroupSize
        var entry = try cursor.seek(StoreKey.wide(blocks.lowerBound / size))
        while let (key, record) = entry {
            let number = StoreKey.wideNumber(key) ?? .max
            guard number < (blocks.upperBound + size - 1) / size else { return }
            body(try landmarkGroup(number, record))
            entry = try cursor.next()
        }
    }

    /// Runs `body` with the landmark of a block as it lies in the map, [width], 64-byte aligned.
    ///
    /// - Returns: What `body` returns, or nil if the block has no landmark.
    package func withLandmark<Result>(
        ofBlock id: UInt64,
        _ body: (UnsafePointer<Float>) -> Result
    ) throws(StoreError) -> Result? {
        let size = StoreLayout.landmarkGroupSize
        guard let record = try landmarkRecord(id / size) else { return nil }
        return LandmarkGroup.row(Int(id % size), of: record, width: settings.vectorWidth).map(body)
    }

    /// The record of a group of landmarks, if there is one.
    private func landmarkRecord(
        _ number: UInt64
    ) throws(StoreError) -> UnsafeRawBufferPointer? {
        guard let record = try transaction.value(StoreKey.wide(number), of: .landmarks) else {
            return nil
        }
        guard record.count == LandmarkGroup.recordSize(width: settings.vectorWidth) else {
            throw transaction.damaged(.landmarks, "\(number)", "it has another size")
        }
        return record
    }

    /// A view of a group's record.
    func codeGroup(
        _ number: UInt64,
        _ record: UnsafeRawBufferPointer
    ) throws(StoreError) -> CodeGroup {
        guard
            let group = CodeGroup(number: number, record: record, width: settings.vectorWidth)
        else { throw transaction.damaged(.codes, "\(number)", "it is no group of codes") }
        return group
    }
}

extension Transaction {
    /// The runs whose keys begin at `firstBlock` or later, ascending.
    func codeRuns(
        width: Int,
        from firstBlock: UInt64 = 0,
        to endBlock: UInt64 = .max
    ) throws(StoreError) -> [CodeRun] {
        var runs: [CodeRun] = []
        var records: [UnsafeRawBufferPointer] = []
        var range: Range<UInt64>?
        func finish() throws(StoreError) {
            guard let range else { return }
            guard let run = CodeRun(blockRange: range, records: records, width: width) else {
                throw damaged(.runs, "from block \(range.lowerBound)", "it is no run of codes")
            }
            runs.append(run)
        }
        let cursor = try cursor(.runs)
        var entry = try cursor.seek(StoreKey.wide(firstBlock))
        while let (bytes, record) = entry {
            guard let key = RunKey(bytes) else { throw damaged(.runs, "?", "it has another key") }
            guard key.firstBlock < endBlock else { break }
            if key.part == 0 {
                try finish()
                range = key.firstBlock..<key.endBlock
                records = []
            }
            guard range == key.firstBlock..<key.endBlock, Int(key.part) == records.count else {
                throw damaged(.runs, "from block \(key.firstBlock)", "a part is missing")
            }
            records.append(record)
            entry = try cursor.next()
        }
        try finish()
        return runs
    }
}
