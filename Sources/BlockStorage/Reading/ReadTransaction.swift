import Serialization

/// A snapshot of a store, inside the closure of `Store.read`.
///
/// - Concurrency: Belongs to one thread. Whatever it returns outlives it, except what a method says
///   lies in the map.
public struct ReadTransaction: ~Copyable {
    let transaction: Transaction
    let decompressor = Decompressor()
    /// What shaped the store.
    public let settings: StoreSettings

    init(_ transaction: consuming Transaction, settings: StoreSettings) {
        self.transaction = transaction
        self.settings = settings
    }

    /// Which snapshot this is: what lies in the map stays there as long as it is the same.
    package var snapshot: SnapshotID { transaction.snapshot }

    /// How much the store holds.
    public func statistics() throws(StoreError) -> StoreStatistics {
        try MetaRecords.statistics(transaction)
    }

    /// How much each table holds.
    public func tableSizes() throws(StoreError) -> [TableSize] {
        var sizes: [TableSize] = []
        for table in Table.ofStore { sizes.append(try transaction.size(of: table)) }
        return sizes
    }

    /// Where a pipeline stands in a source, or nil.
    public func checkpoint(
        pipeline: String,
        source: String
    ) throws(StoreError) -> CheckpointRecord? {
        let checkpoint = try transaction.sealed(
            StoreKey.checkpoint(pipeline: pipeline, source: source),
            of: .checkpoints,
            as: "\(pipeline) \(source)",
            CheckpointCoder.checkpoint
        )
        guard checkpoint?.pipeline == pipeline, checkpoint?.source == source else { return nil }
        return checkpoint
    }

    /// All checkpoints, in the order of their pipelines' and sources' names.
    public func checkpoints() throws(StoreError) -> [CheckpointRecord] {
        var checkpoints: [CheckpointRecord] = []
        try forEach(in: .checkpoints) { _, record throws(StoreError) in
            checkpoints.append(
                try transaction.decodeSealed(
                    record,
                    of: .checkpoints,
                    as: "number \(checkpoints.count + 1)",
                    CheckpointCoder.checkpoint
                )
            )
        }
        return checkpoints
    }

    /// Runs `body` for every entry of a table whose key is at least `start`, in the keys' order.
    func forEach(
        in table: Table,
        from start: [UInt8] = [],
        _ body: (_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer)
            throws(StoreError) -> Void
    ) throws(StoreError) {
        let cursor = try transaction.cursor(table)
        var entry = start.isEmpty ? try cursor.first() : try cursor.seek(start)
        while let (key, record) = entry {
            try body(key, record)
            entry = try cursor.next()
        }
    }
}
