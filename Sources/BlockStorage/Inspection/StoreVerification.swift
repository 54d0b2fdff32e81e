import Serialization

/// What reading a whole store back found.
public struct StoreVerification: Sendable, Equatable {
    /// Documents whose texts were put together and compared with their digests.
    public internal(set) var documentCount = 0
    /// Blocks decoded.
    public internal(set) var blockCount = 0
    /// Bytes of text decoded.
    public internal(set) var textBytes = 0
    /// Vectors of segments read.
    public internal(set) var conceptCount = 0
    /// Landmarks read.
    public internal(set) var landmarkCount = 0
    /// Terms of all blocks, counted with repetition.
    public internal(set) var termCount = 0
    /// Pairs of a term and a block read.
    public internal(set) var postingCount = 0
    /// Tensors of memories decoded.
    public internal(set) var memoryCount = 0
    /// Checkpoints decoded.
    public internal(set) var checkpointCount = 0
    /// How many problems there are.
    public internal(set) var problemCount = 0
    /// The first hundred problems, each as what is wrong where.
    public internal(set) var problems: [String] = []

    /// Whether all is well.
    public var isSound: Bool { problemCount == 0 }

    /// Notes a problem.
    mutating func report(_ problem: String) {
        problemCount += 1
        if problems.count < 100 { problems.append(problem) }
    }

    /// Notes a problem unless `condition` holds.
    mutating func expect(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { report(problem()) }
    }

    /// Runs `body` and notes what it throws.
    mutating func attempt<Result>(
        _ body: (inout StoreVerification) throws(StoreError) -> Result
    ) -> Result? {
        do {
            return try body(&self)
        } catch {
            report(error.problem)
            return nil
        }
    }
}

extension Store {
    /// Reads everything back and checks every digest and every reference between tables.
    ///
    /// Each document's text is put together from its blocks and compared with the document's digest;
    /// blocks are compared with their concepts, landmarks and postings.
    ///
    /// - Throws: `StoreError` if no snapshot can be taken; damage is reported instead.
    /// - Complexity: O(size of the store), in memory for 4,096 blocks' term counts.
    public func verify() throws -> StoreVerification {
        try read { transaction in
            var verification = StoreVerification()
            transaction.verifyDocuments(&verification)
            transaction.verifyVectors(&verification)
            transaction.verifyCodes(&verification)
            transaction.verifyPostings(&verification)
            transaction.verifyMemories(&verification)
            transaction.verifyStatistics(&verification)
            return verification
        }
    }
}

extension ReadTransaction {
    /// Checks memories and checkpoints.
    fileprivate func verifyMemories(_ verification: inout StoreVerification) {
        let decompressor = decompressor
        verifyEach(.memories, &verification) { key, record, verification throws(StoreError) in
            let name = StoreKey.name(of: key, in: .memories)
            _ = try transaction.decodeSealed(record, of: .memories, as: name) {
                (reader) throws(SerializationError) in
                try MemoryCoder.memory(&reader, decompressor: decompressor)
            }
            verification.memoryCount += 1
            let number = StoreKey.narrowNumber(key) ?? .max
            let isOwned = try transaction.value(StoreKey.narrow(number), of: .documents) != nil
            verification.expect(isOwned, "memories \(name): there is no such document")
        }
        verifyEach(.checkpoints, &verification) { key, record, verification throws(StoreError) in
            let name = StoreKey.name(of: key, in: .checkpoints)
            let checkpoint = try transaction.decodeSealed(
                record,
                of: .checkpoints,
                as: name,
                CheckpointCoder.checkpoint
            )
            verification.checkpointCount += 1
            verification.expect(
                key.elementsEqual(checkpoint.key),
                "checkpoints \(name): it is that of another source"
            )
        }
    }

    /// Compares the statistics with what was counted.
    fileprivate func verifyStatistics(_ verification: inout StoreVerification) {
        _ = verification.attempt { verification throws(StoreError) in
            let statistics = try statistics()
            let tables = try tableSizes()
            let counted = [
                (
                    "documents", statistics.documentCount,
                    tables[Table.documents.rawValue].entryCount
                ),
                ("blocks", statistics.blockCount, verification.blockCount),
                ("terms", statistics.termCount, verification.termCount),
                ("bytes of text", statistics.textBytes, verification.textBytes),
                ("block records", tables[Table.blocks.rawValue].entryCount, statistics.blockCount),
            ]
            for (name, stated, found) in counted {
                verification.expect(
                    stated == found,
                    "meta statistics: \(stated) \(name), and \(found) were found"
                )
            }
        }
    }

    /// Runs `body` for each entry of a table and notes what it throws.
    func verifyEach(
        _ table: Table,
        _ verification: inout StoreVerification,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, inout StoreVerification)
            throws(StoreError) -> Void
    ) {
        _ = verification.attempt { verification throws(StoreError) in
            try forEach(in: table) { key, record throws(StoreError) in
                _ = verification.attempt { verification throws(StoreError) in
                    try body(key, record, &verification)
                }
            }
        }
    }
}
