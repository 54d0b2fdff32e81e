import Serialization

/// The records of the meta table: the format's version, the settings, the statistics.
enum MetaRecords {
    private static let formatKey = Array("format".utf8)
    private static let settingsKey = Array("settings".utf8)
    private static let statisticsKey = Array("statistics".utf8)

    /// Checks that a store is of this format and has the settings `wanted`; a new one gets them.
    ///
    /// - Returns: The store's settings.
    static func agree(
        _ environment: Environment,
        wanted: StoreSettings?,
        create: Bool
    ) throws(StoreError) -> StoreSettings {
        if let stored = try storedSettings(environment) {
            if let wanted { try compare(stored, with: wanted, path: environment.path) }
            return stored
        }
        guard create, let wanted else {
            throw .notAStore(path: environment.path, reason: "it has no format version")
        }
        try environment.write { transaction throws(StoreError) in
            var format = ByteWriter()
            format.write(StoreLayout.formatVersion)
            try transaction.put(SealedRecord.seal(format.bytes), at: formatKey, in: .meta)
            try transaction.put(record(of: wanted), at: settingsKey, in: .meta)
            try write(StoreStatistics(), to: transaction)
        }
        return wanted
    }

    /// The settings of a store, or nil if it has no format version.
    private static func storedSettings(
        _ environment: Environment
    ) throws(StoreError) -> StoreSettings? {
        let result: Result<StoreSettings?, StoreError>
        do {
            result = .success(
                try environment.read { transaction in
                    let version = try transaction.sealed(formatKey, of: .meta, as: "format") {
                        (reader: inout ByteReader) throws(SerializationError) in
                        try reader.read(UInt32.self)
                    }
                    guard let version else { return nil }
                    guard version == StoreLayout.formatVersion else {
                        throw StoreError.otherFormat(
                            path: environment.path,
                            found: version,
                            expected: StoreLayout.formatVersion
                        )
                    }
                    return try settings(transaction)
                }
            )
        } catch let error as StoreError {
            result = .failure(error)
        } catch {
            result = .failure(
                .notAStore(path: environment.path, reason: String(describing: error))
            )
        }
        return try result.get()
    }

    private static func settings(
        _ transaction: borrowing Transaction
    ) throws(StoreError) -> StoreSettings {
        let settings = try transaction.sealed(settingsKey, of: .meta, as: "settings") {
            (reader: inout ByteReader) throws(SerializationError) in
            let encoder = try reader.readString()
            let width = try reader.read(UInt32.self)
            guard (1...65_536).contains(width) else {
                throw .malformed(offset: reader.offset - 4, expected: "a vector's width")
            }
            var chain: [String: String] = [:]
            for _ in 0..<(try BlockCoder.readCount(&reader)) {
                let name = try reader.readString()
                chain[name] = try reader.readString()
            }
            return StoreSettings(encoder: encoder, vectorWidth: Int(width), chain: chain)
        }
        guard let settings else { throw transaction.damaged(.meta, "settings", "missing") }
        return settings
    }

    private static func record(of settings: StoreSettings) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(settings.encoder)
        writer.write(UInt32(settings.vectorWidth))
        writer.writeCount(settings.chain.count)
        for (name, value) in settings.chain.sorted(by: { $0.key < $1.key }) {
            writer.write(name)
            writer.write(value)
        }
        return SealedRecord.seal(writer.bytes)
    }

    private static func compare(
        _ stored: StoreSettings,
        with given: StoreSettings,
        path: String
    ) throws(StoreError) {
        guard stored.encoder == given.encoder else {
            throw .otherEncoder(path: path, stored: stored.encoder, given: given.encoder)
        }
        guard stored.vectorWidth == given.vectorWidth else {
            throw .otherSetting(
                path: path,
                name: "vector width",
                stored: String(stored.vectorWidth),
                given: String(given.vectorWidth)
            )
        }
        for name in Set(stored.chain.keys).union(given.chain.keys).sorted()
        where stored.chain[name] != given.chain[name] {
            throw .otherSetting(
                path: path,
                name: name,
                stored: stored.chain[name] ?? "nothing",
                given: given.chain[name] ?? "nothing"
            )
        }
    }
}

// MARK: - Statistics

extension MetaRecords {
    /// Reads the statistics.
    static func statistics(
        _ transaction: borrowing Transaction
    ) throws(StoreError) -> StoreStatistics {
        let statistics = try transaction.sealed(statisticsKey, of: .meta, as: "statistics") {
            (reader: inout ByteReader) throws(SerializationError) in
            StoreStatistics(
                nextBlock: try reader.read(),
                nextDocument: try reader.read(),
                documentCount: Int(try reader.read(UInt32.self)),
                blockCount: Int(clamping: try reader.read(UInt64.self)),
                termCount: Int(clamping: try reader.read(UInt64.self)),
                textBytes: Int(clamping: try reader.read(UInt64.self))
            )
        }
        guard let statistics else { throw transaction.damaged(.meta, "statistics", "missing") }
        return statistics
    }

    /// Writes the statistics.
    static func write(
        _ statistics: StoreStatistics,
        to transaction: borrowing Transaction
    ) throws(StoreError) {
        var writer = ByteWriter()
        writer.write(statistics.nextBlock)
        writer.write(statistics.nextDocument)
        writer.write(UInt32(clamping: statistics.documentCount))
        writer.write(UInt64(statistics.blockCount))
        writer.write(UInt64(statistics.termCount))
        writer.write(UInt64(statistics.textBytes))
        try transaction.put(SealedRecord.seal(writer.bytes), at: statisticsKey, in: .meta)
    }
}

/// How much a store holds.
public struct StoreStatistics: Sendable, Equatable {
    /// The id that the next block gets.
    public internal(set) var nextBlock: UInt64 = 0
    /// The number that the next document gets.
    public internal(set) var nextDocument: UInt32 = 0
    /// How many documents there are, in whatever state.
    public internal(set) var documentCount = 0
    /// How many blocks there are.
    public internal(set) var blockCount = 0
    /// How many terms they have, counted with repetition.
    public internal(set) var termCount = 0
    /// The bytes of their texts.
    public internal(set) var textBytes = 0
}
