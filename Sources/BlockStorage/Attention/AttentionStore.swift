import Serialization

/// What language models have read of documents: tokens, and keys and values in blocks by layer.
///
/// A folder `attention` in the store's: an LMDB environment of its own, so that a model reads while
/// the store is being written, and a store need not know of it. Deleting the folder loses what was
/// read and nothing else.
///
/// - Concurrency: Safe to share. Any number of processes may read beside one that writes.
package final class AttentionStore: Sendable {
    /// The folder.
    package let path: String

    let environment: Environment
    let packing = PackedRecord()
    private let mode: StoreMode
    private let entry: OpenStore
    private let writerLock: WriterLock?

    private static let formatKey = Array("format".utf8)

    /// Opens what has been read into the store at `store`.
    ///
    /// - Parameters:
    ///   - store: The store's folder, which need not hold anything else.
    ///   - mode: Whether to read only, or to write too and make the folders where there are none.
    /// - Throws: `StoreError.noAttention` if nothing has been read, or why it cannot be used.
    package convenience init(ofStoreAt store: String, mode: StoreMode) throws(StoreError) {
        let path = "\(store)/\(StoreFolder.attention)"
        if mode == .readOnly {
            do {
                try StoreFolder.check(path, mode: mode)
            } catch .missing {
                guard StoreFolder.exists(store) else { throw .missing(path: store) }
                throw .noAttention(path: store)
            } catch .notAStore(_, let reason) {
                throw .damagedAttention(path: path, key: "folder", detail: reason)
            }
        } else {
            try StoreFolder.check(store, mode: mode)
            try StoreFolder.check(path, mode: mode)
        }
        try self.init(path: path, mode: mode)
    }

    private init(path: String, mode: StoreMode) throws(StoreError) {
        self.path = path
        self.mode = mode
        entry = try OpenStore(folder: path)
        writerLock = mode == .readOnly ? nil : try WriterLock(folder: path)
        do throws(StoreError) {
            environment = try Environment(
                path: path,
                isReadOnly: mode == .readOnly,
                mapSizeBytes: 1 << 30,
                tables: Table.ofAttention
            )
            try StoreFolder.checkSize(path, environment, mode: mode)
            let isMade = mode == .readWrite(create: true)
            guard try environment.openTables(create: isMade), environment.hasAllTables else {
                throw .notAStore(path: path, reason: "it lacks tables")
            }
        } catch .notAStore(_, let reason) {
            throw .damagedAttention(path: path, key: "file", detail: reason)
        } catch .damaged(_, let table, let key, let detail) {
            throw .damagedAttention(path: path, key: "\(table) \(key)", detail: detail)
        }
        try checkFormat()
    }

    private func checkFormat() throws(StoreError) {
        let expected = AttentionLayout.formatVersion
        let found = try read { transaction throws(StoreError) in
            try transaction.value(Self.formatKey, of: .meta).map { record in
                SealedRecord.payload(of: record).flatMap { payload -> UInt32? in
                    guard payload.count == 4 else { return nil }
                    return UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self))
                }
            }
        }
        switch found {
        case expected??: return
        case let version??: throw .otherFormat(path: path, found: version, expected: expected)
        case .some(nil): throw damaged("format", "its digest does not hold")
        case nil:
            guard mode != .readOnly else { throw damaged("format", "missing") }
            try environment.write { transaction throws(StoreError) in
                var writer = ByteWriter()
                writer.write(expected)
                try transaction.put(
                    SealedRecord.seal(writer.bytes),
                    at: Self.formatKey,
                    in: .meta
                )
            }
        }
    }

    /// Runs `body` on a snapshot; what a record lacks is told in the words of this folder.
    func read<Result>(
        _ body: (borrowing Transaction) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        do {
            return try environment.read { transaction in try body(transaction) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw damaged("transaction", "\(error)")
        }
    }

    func damaged(_ key: String, _ detail: String) -> StoreError {
        .damagedAttention(path: path, key: key, detail: detail)
    }

    /// How much room each table takes.
    package func tableSizes() throws(StoreError) -> [TableSize] {
        try read { transaction throws(StoreError) in
            var sizes: [TableSize] = []
            for table in Table.ofAttention { sizes.append(try transaction.size(of: table)) }
            return sizes
        }
    }

    // MARK: - Readings

    /// All readings, in the order that they were begun in.
    package func readings() throws(StoreError) -> [AttentionReading] {
        try read { transaction throws(StoreError) in
            var readings: [AttentionReading] = []
            let cursor = try transaction.cursor(.readings)
            var entry = try cursor.first()
            while let (key, record) = entry {
                guard key.count == 4, let payload = SealedRecord.payload(of: record) else {
                    throw damaged("reading \(readings.count + 1)", "its digest does not hold")
                }
                let number = UInt32(bigEndian: key.loadUnaligned(as: UInt32.self))
                var reader = ByteReader(Array(payload))
                do throws(SerializationError) {
                    readings.append(try AttentionReading(number: number, from: &reader))
                    try reader.expectEnd()
                } catch {
                    throw damaged("reading \(number)", error.problem)
                }
                entry = try cursor.next()
            }
            return readings
        }
    }

    /// Begins a reading.
    ///
    /// - Returns: The reading with its number.
    package func begin(_ reading: AttentionReading) throws(StoreError) -> AttentionReading {
        let last = try readings().last?.number ?? 0
        guard last < .max else { throw .limitReached("4294967295 readings") }
        var begun = reading
        begun.number = last + 1
        try write { [begun] transaction throws(StoreError) in
            try transaction.put(
                SealedRecord.seal(begun.payload),
                at: StoreKey.narrow(begun.number),
                in: .readings
            )
        }
        return begun
    }

    /// Deletes readings and all that belongs to them.
    package func delete(_ numbers: [UInt32]) throws(StoreError) {
        guard !numbers.isEmpty else { return }
        try write { transaction throws(StoreError) in
            try Self.delete(numbers, in: transaction)
        }
    }

    /// Keeps what has become of a reading in the place of others, which are deleted with it.
    package func replace(
        _ numbers: [UInt32],
        by reading: AttentionReading
    ) throws(StoreError) {
        try write { transaction throws(StoreError) in
            try Self.delete(numbers, in: transaction)
            try transaction.put(
                SealedRecord.seal(reading.payload),
                at: StoreKey.narrow(reading.number),
                in: .readings
            )
        }
    }

    private static func delete(
        _ numbers: [UInt32],
        in transaction: borrowing Transaction
    ) throws(StoreError) {
        for number in numbers {
            let prefix = StoreKey.narrow(number)
            for table in Table.ofAttention where table != .meta {
                let cursor = try transaction.cursor(table)
                var entry = try cursor.seek(prefix)
                while let (key, _) = entry, key.starts(with: prefix) {
                    try cursor.delete()
                    entry = try cursor.next()
                }
            }
        }
    }

    /// Runs `body` in one durable transaction.
    func write(
        _ body: (borrowing Transaction) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard mode != .readOnly else { throw .readOnly(path: path) }
        try environment.write(body)
        StoreFolder.extend(path, toBytes: environment.usedBytes)
        environment.releaseResidentPages()
    }
}

extension AttentionStore {
    /// The names of the tables.
    package static var tableNames: [String] { Table.ofAttention.map(\.name) }

    /// Runs `body` with every key and record of a table as they lie in the map, in the order of the
    /// keys, for comparisons and tests of damage.
    package func forEachRecord(
        of table: String,
        _ body: (_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) {
        guard let table = Table.ofAttention.first(where: { $0.name == table }) else { return }
        try read { transaction throws(StoreError) in
            let cursor = try transaction.cursor(table)
            var entry = try cursor.first()
            while let (key, record) = entry {
                body(key, record)
                entry = try cursor.next()
            }
        }
    }
}
