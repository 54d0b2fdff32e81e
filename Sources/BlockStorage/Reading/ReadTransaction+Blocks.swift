import Serialization
package import Tensors

extension ReadTransaction {
    /// A block with its text, or nil.
    public func block(_ id: UInt64) throws(StoreError) -> BlockRecord? {
        guard let record = try transaction.value(StoreKey.wide(id), of: .blocks) else { return nil }
        return try decodeBlock(id, record)
    }

    /// What can be said of a block without decoding its text, or nil.
    public func blockHeader(_ id: UInt64) throws(StoreError) -> BlockHeader? {
        guard let record = try transaction.value(StoreKey.wide(id), of: .blocks) else { return nil }
        guard let header = BlockCoder.header(id: id, record: record) else {
            throw transaction.damaged(.blocks, "\(id)", "it is too short")
        }
        return header
    }

    /// Runs `body` for every block of a document in the order of the text, as long as it returns true.
    public func forEachBlock(
        of document: DocumentRecord,
        _ body: (BlockRecord) throws(StoreError) -> Bool
    ) throws(StoreError) {
        for range in document.blockRanges {
            for id in range {
                guard let block = try block(id) else {
                    throw transaction.damaged(.blocks, "\(id)", "it is missing")
                }
                guard try body(block) else { return }
            }
        }
    }

    /// Runs `body` with the quantized vectors of a block's segments as they lie in the map.
    ///
    /// - Returns: What `body` returns, or nil if the block has no vectors.
    package func withConcepts<Result>(
        ofBlock id: UInt64,
        _ body: (ConceptRows) -> Result
    ) throws(StoreError) -> Result? {
        guard let record = try transaction.value(StoreKey.wide(id), of: .concepts) else {
            return nil
        }
        guard
            let payload = SealedRecord.payload(of: record),
            let rows = ConceptRows(payload: payload)
        else { throw transaction.damaged(.concepts, "\(id)", "its digest does not hold") }
        return body(rows)
    }

    /// The vectors of a block's segments, [segments, vectorWidth], or nil.
    package func concepts(ofBlock id: UInt64) throws(StoreError) -> Tensor<Float>? {
        try withConcepts(ofBlock: id) { $0.decoded() }
    }

    /// The landmark of a block, or nil.
    package func landmark(ofBlock id: UInt64) throws(StoreError) -> [Float]? {
        let number = id / StoreLayout.landmarkGroupSize
        guard let record = try transaction.value(StoreKey.wide(number), of: .landmarks) else {
            return nil
        }
        let group = try landmarkGroup(number, record)
        let row = Int(id - group.firstBlock)
        guard row < group.rowCount, group.isValid(row) else { return nil }
        return Array(group.rows[(row * group.width)..<((row + 1) * group.width)])
    }

    /// A view of a group's record.
    func landmarkGroup(
        _ number: UInt64,
        _ record: UnsafeRawBufferPointer
    ) throws(StoreError) -> LandmarkGroup {
        let width = settings.vectorWidth
        guard let group = LandmarkGroup(number: number, record: record, width: width) else {
            throw transaction.damaged(.landmarks, "\(number)", "it is no group of landmarks")
        }
        return group
    }

    /// Decodes a block's record.
    func decodeBlock(
        _ id: UInt64,
        _ record: UnsafeRawBufferPointer
    ) throws(StoreError) -> BlockRecord {
        do {
            return try BlockCoder.block(id: id, record: record, decompressor: decompressor)
        } catch {
            throw transaction.damaged(.blocks, "\(id)", error.problem)
        }
    }
}
