import Serialization
package import Tensors

/// Vectors of a store's blocks by another encoder than the store's own, kept as they are made.
///
/// A folder in the store's, `concepts-` and the digest of the encoder's fingerprint: an LMDB
/// environment of its own, so that a question keeps vectors while the store is being written. Blocks
/// never change and their ids are never used again, so what is kept stays true; deleting the folder
/// loses nothing but time.
///
/// - Concurrency: Safe to share, and any number of processes may keep vectors at once.
package final class ConceptCache: Sendable {
    private let environment: Environment
    private let entry: OpenStore
    private let path: String

    /// Room for the vectors of about ten million blocks; the file is as long as what it holds.
    private static let mapSizeBytes = 1 << 36

    /// Opens the cache of the store at `path`, made where there is none.
    ///
    /// - Parameters:
    ///   - path: The store's folder.
    ///   - encoder: The fingerprint of the encoder.
    /// - Throws: `StoreError` if the folder cannot be written to or holds something else, or the cache
    ///   is open in this process.
    package init(ofStoreAt path: String, encoder: String) throws(StoreError) {
        let digest = ContentDigest(of: Array(encoder.utf8))
        self.path = "\(path)/concepts-\(digest)"
        try StoreFolder.check(self.path, mode: .readWrite(create: true))
        entry = try OpenStore(folder: self.path)
        environment = try Environment(
            path: self.path,
            isReadOnly: false,
            mapSizeBytes: ConceptCache.mapSizeBytes
        )
        try StoreFolder.checkSize(self.path, environment, mode: .readWrite(create: true))
        guard try environment.openTables(create: true) else {
            throw .notAStore(path: self.path, reason: "its database has other tables")
        }
    }

    /// The vectors of blocks, each [rows, width] or nil where none are kept.
    ///
    /// What is damaged is taken for missing: it is made anew.
    package func concepts(ofBlocks blocks: [UInt64], width: Int) throws -> [Tensor<Float>?] {
        try environment.read { transaction in
            try blocks.map { block in
                let record = try transaction.value(StoreKey.wide(block), of: .concepts)
                guard
                    let payload = record.flatMap(SealedRecord.payload),
                    let rows = ConceptRows(payload: payload), rows.width == width
                else { return nil }
                return rows.decoded()
            }
        }
    }

    /// Keeps the vectors of blocks, rounded as `rounded` says.
    package func keep(_ concepts: [(block: UInt64, rows: Tensor<Float>)]) throws(StoreError) {
        try environment.write { transaction throws(StoreError) in
            for (block, rows) in concepts {
                let record = ConceptRows.record(of: rows)
                try transaction.put(record, at: StoreKey.wide(block), in: .concepts)
            }
        }
        StoreFolder.extend(path, toBytes: environment.usedBytes)
    }

    /// Vectors as they will be once they have been kept.
    package static func rounded(_ concepts: Tensor<Float>) -> Tensor<Float> {
        ConceptRows.record(of: concepts).withUnsafeBytes { record in
            SealedRecord.payload(of: record).flatMap(ConceptRows.init)?.decoded() ?? concepts
        }
    }
}
