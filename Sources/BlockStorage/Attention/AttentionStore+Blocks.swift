import Serialization

/// What becomes of a reading in one transaction.
package struct AttentionChanges: Sendable {
    /// The reading as it is behind them.
    package var reading: AttentionReading
    /// The keys and values of new blocks, by layer; nil where only landmarks are kept.
    package var blocks: [[[UInt8]?]]
    /// The new blocks' landmarks by layer, [new blocks, width].
    package var landmarks: [[Float]]
    /// What each layer needs to go on.
    package var states: [[UInt8]]

    /// Changes of a reading.
    package init(
        reading: AttentionReading,
        blocks: [[[UInt8]?]],
        landmarks: [[Float]],
        states: [[UInt8]]
    ) {
        self.reading = reading
        self.blocks = blocks
        self.landmarks = landmarks
        self.states = states
    }
}

extension AttentionStore {
    /// Keeps what a model has read since the last commit, or on an error none of it.
    ///
    /// - Returns: The reading, with what its blocks take counted.
    package func commit(_ changes: AttentionChanges) throws(StoreError) -> AttentionReading {
        var reading = changes.reading
        let newCount = changes.blocks.first?.count ?? 0
        let firstBlock = reading.blockCount - newCount
        var records: [(key: [UInt8], record: [UInt8])] = []
        for index in 0..<newCount {
            for (layer, blocks) in changes.blocks.enumerated() {
                guard let block = blocks[index] else { continue }
                let key = AttentionLayout.block(
                    reading.number,
                    index: firstBlock + index,
                    layer: layer
                )
                records.append((key, packing.record(of: block)))
            }
        }
        reading.keptBytes += records.reduce(0) { $0 + $1.record.count }
        try write { [reading] transaction throws(StoreError) in
            for (key, record) in records { try transaction.put(record, at: key, in: .blocks) }
            for (layer, rows) in changes.landmarks.enumerated() where !rows.isEmpty {
                try put(rows, from: firstBlock, layer: layer, of: reading, in: transaction)
            }
            for (layer, state) in changes.states.enumerated() {
                try put(state: state, layer: layer, of: reading, in: transaction)
            }
            try transaction.put(
                SealedRecord.seal(reading.payload),
                at: StoreKey.narrow(reading.number),
                in: .readings
            )
        }
        return reading
    }

    /// The keys and values of a block of a layer, as they were kept; nil if they were not.
    package func block(
        _ index: Int,
        layer: Int,
        of reading: AttentionReading,
        limit: Int
    ) throws(StoreError) -> [UInt8]? {
        try read { transaction throws(StoreError) in
            let key = AttentionLayout.block(reading.number, index: index, layer: layer)
            guard let record = try transaction.value(key, of: .blocks) else {
                guard index >= reading.keptCount else {
                    throw damaged("block \(index), layer \(layer)", "missing")
                }
                return nil
            }
            guard let bytes = packing.bytes(of: record, limit: limit) else {
                throw damaged("block \(index), layer \(layer)", "its digest does not hold")
            }
            return bytes
        }
    }

    // MARK: - Landmarks

    /// Calls `body` with a layer's landmarks as they lie in the map, a group after another.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - reading: The reading.
    ///   - checked: How many groups were found sound before, and need no second look.
    ///   - body: Gets the first block of a group and its rows, [rows, width].
    /// - Throws: `StoreError.damagedAttention` if a group is missing or damaged.
    package func forEachLandmarkGroup(
        layer: Int,
        of reading: AttentionReading,
        checked: Int,
        _ body: (_ firstBlock: Int, _ rows: UnsafeBufferPointer<Float>) -> Void
    ) throws(StoreError) {
        let (size, width) = (AttentionLayout.groupSize, reading.layout.landmarkWidth)
        try read { transaction throws(StoreError) in
            for group in 0..<((reading.blockCount + size - 1) / size) {
                let count = min(size, reading.blockCount - group * size)
                let key = AttentionLayout.part(reading.number, layer: layer, part: group)
                guard let record = try transaction.value(key, of: .landmarks),
                    record.count >= AttentionLayout.groupHeaderSize + count * width * 4,
                    let start = record.baseAddress,
                    group < checked || SealedRecord.payload(of: record) != nil
                else {
                    throw damaged(
                        "landmarks \(group), layer \(layer)",
                        "missing or their digest does not hold"
                    )
                }
                let rows = (start + AttentionLayout.groupHeaderSize)
                    .assumingMemoryBound(to: Float.self)
                body(group * size, UnsafeBufferPointer(start: rows, count: count * width))
            }
        }
    }

    private func put(
        _ rows: [Float],
        from firstBlock: Int,
        layer: Int,
        of reading: AttentionReading,
        in transaction: borrowing Transaction
    ) throws(StoreError) {
        let (size, width) = (AttentionLayout.groupSize, reading.layout.landmarkWidth)
        let header = AttentionLayout.groupHeaderSize
        let end = firstBlock + rows.count / width
        var next = firstBlock
        while next < end {
            let group = next / size
            let groupEnd = min(end, (group + 1) * size)
            let key = AttentionLayout.part(reading.number, layer: layer, part: group)
            var record = [UInt8](repeating: 0, count: header)
            if next > group * size {
                let old = try transaction.value(key, of: .landmarks)
                let kept = header + (next - group * size) * width * 4
                guard let old, old.count >= kept, SealedRecord.payload(of: old) != nil else {
                    throw damaged("landmarks \(group), layer \(layer)", "missing")
                }
                record = Array(old.prefix(kept))
            }
            let part = rows[((next - firstBlock) * width)..<((groupEnd - firstBlock) * width)]
            part.withUnsafeBytes { record += $0 }
            record += repeatElement(
                0,
                count: max(0, AttentionLayout.leastGroupBytes - record.count)
            )
            SealedRecord.reseal(&record)
            try transaction.put(record, at: key, in: .landmarks)
            next = groupEnd
        }
    }

    // MARK: - States

    /// What a layer needs to go on.
    package func state(layer: Int, of reading: AttentionReading) throws(StoreError) -> [UInt8] {
        try read { transaction throws(StoreError) in
            var state: [UInt8] = []
            var part = 0
            while true {
                let key = AttentionLayout.part(reading.number, layer: layer, part: part)
                guard let record = try transaction.value(key, of: .states) else { break }
                guard let payload = SealedRecord.payload(of: record) else {
                    throw damaged("state of layer \(layer)", "its digest does not hold")
                }
                state += payload
                part += 1
            }
            guard part > 0 else { throw damaged("state of layer \(layer)", "missing") }
            return state
        }
    }

    private func put(
        state: [UInt8],
        layer: Int,
        of reading: AttentionReading,
        in transaction: borrowing Transaction
    ) throws(StoreError) {
        var part = 0
        func key() -> [UInt8] { AttentionLayout.part(reading.number, layer: layer, part: part) }
        for start in stride(from: 0, to: state.count, by: AttentionLayout.partBytes) {
            let end = min(start + AttentionLayout.partBytes, state.count)
            try transaction.put(
                SealedRecord.seal(Array(state[start..<end])),
                at: key(),
                in: .states
            )
            part += 1
        }
        while try transaction.delete(key(), from: .states) { part += 1 }
    }
}
