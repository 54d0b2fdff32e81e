/// The numbers that the format fixes; `FORMAT.md` explains them.
enum StoreLayout {
    /// The version of the format that this program reads and writes.
    static let formatVersion: UInt32 = 5
    /// Landmark rows in a group.
    static let landmarkGroupSize: UInt64 = 256
    /// Blocks in the shortest run of codes, and the most rows in a part of one.
    static let runSize: UInt64 = 16_384
    /// Runs of one length that become one of the next.
    static let runFanOut: UInt64 = 4
    /// Blocks in the longest run.
    static let longestRun: UInt64 = 262_144
    /// Rows for each list of a new run.
    static let rowsPerList = 64
    /// Blocks whose postings and lengths share a group.
    static let postingGroupSize: UInt64 = 4096
    /// A longer term is cut and ends in its digest.
    static let maximumTermBytes = 255
    /// A longer document id or checkpoint name is cut in its key and ends in its digest.
    static let maximumNameBytes = 480
    /// The most bytes that one block or memory tensor may have, so that a forged length is harmless.
    static let maximumRecordBytes = 1 << 30
}

/// The named databases of a store, and of what language models have read into it.
enum Table: Int, CaseIterable {
    case meta, documents, documentIDs, unfinished, blocks, concepts, landmarks, postings, lengths
    case memories, checkpoints, codes, runs
    case readings, tokens, states

    /// Those of a store.
    static let ofStore = allCases.filter { $0.rawValue <= runs.rawValue }
    /// Those of its folder `attention`.
    static let ofAttention: [Table] = [.meta, .readings, .tokens, .blocks, .landmarks, .states]

    /// Its name in LMDB.
    var name: String {
        self == .documentIDs ? "document-ids" : String(describing: self)
    }
}

/// The keys of a store: big-endian, so that LMDB's byte order is numeric order.
enum StoreKey {
    /// The key of a block or of a group of landmarks.
    static func wide(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// The key of a part of a run.
    static func run(firstBlock: UInt64, blockCount: UInt64, part: UInt32) -> [UInt8] {
        wide(firstBlock) + narrow(UInt32(blockCount)) + narrow(part)
    }

    /// The key of a document or of a group of lengths.
    static func narrow(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// The key of a term in a group of blocks.
    static func posting(group: UInt32, term: some Collection<UInt8>) -> [UInt8] {
        narrow(group) + term
    }

    /// The key of a memory's tensor.
    static func memory(document: UInt32, name: String) -> [UInt8] {
        narrow(document) + shortened(Array(name.utf8), to: StoreLayout.maximumNameBytes)
    }

    /// The key of a document's id, whose UTF-8 may be empty as a key may not.
    static func documentID(_ id: [UInt8]) -> [UInt8] {
        [1] + shortened(id, to: StoreLayout.maximumNameBytes)
    }

    /// The key of a pipeline's checkpoint in a source.
    static func checkpoint(pipeline: String, source: String) -> [UInt8] {
        shortened(
            Array(pipeline.utf8) + [0] + Array(source.utf8),
            to: StoreLayout.maximumNameBytes
        )
    }

    /// The number in a key that `wide` made, or nil for any other.
    static func wideNumber(_ key: UnsafeRawBufferPointer) -> UInt64? {
        guard key.count == 8 else { return nil }
        return UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
    }

    /// The number that a key of at least four bytes begins with.
    static func narrowNumber(_ key: UnsafeRawBufferPointer) -> UInt32? {
        guard key.count >= 4 else { return nil }
        return UInt32(bigEndian: key.loadUnaligned(as: UInt32.self))
    }
}
