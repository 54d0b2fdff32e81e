import Serialization

/// What the events of a commit amount to when they are read, in order, against the store.
///
/// Pending block `i` gets the id `firstBlock + i` even if its document is dropped again in the same
/// commit, so that ids do not depend on where the commits fall.
struct CommitPlan {
    /// A document that the commit touches.
    struct Document {
        /// What it will be, or nil if it is deleted.
        var record: DocumentRecord?
        /// The tensors that its memory gains, by the bytes of their names.
        var memories: [[UInt8]: MemoryTensor] = [:]
    }

    /// What the store was after the block that completed a run was added.
    struct Crossing {
        /// One past the last block of the run.
        let endBlock: UInt64
        /// Stored blocks that had gone by then.
        let deletedBlocks: [Range<UInt64>]
        /// The document of each pending block so far, or nil if it had been dropped.
        let blockDocuments: [UInt32?]
    }

    /// The documents touched, by the bytes of their ids: strings would be equal by canonical
    /// equivalence, and keys are not.
    private(set) var documents: [[UInt8]: Document] = [:]
    /// Stored documents whose records go.
    private(set) var deletedDocuments: [UInt32] = []
    /// Stored documents whose memories go.
    private(set) var clearedMemories: [UInt32] = []
    /// Stored blocks that go, ascending once planned.
    private(set) var deletedBlocks: [Range<UInt64>] = []
    /// The document of each pending block, or nil if the block is dropped.
    private(set) var blockDocuments: [UInt32?] = []
    /// The runs that pending blocks complete, ascending.
    private(set) var crossings: [Crossing] = []
    /// The id of the first pending block.
    let firstBlock: UInt64
    /// The statistics of the store, with numbers and ids handed out, but blocks not yet counted.
    private(set) var statistics: StoreStatistics

    private let firstDocument: UInt32

    /// Reads the events of `changes`.
    ///
    /// - Throws: `StoreError` if they do not fit the store.
    init(
        _ changes: borrowing StoreChanges,
        _ transaction: borrowing Transaction,
        settings: StoreSettings
    ) throws(StoreError) {
        statistics = try MetaRecords.statistics(transaction)
        firstBlock = statistics.nextBlock
        firstDocument = statistics.nextDocument
        let (nextBlock, overflow) = firstBlock.addingReportingOverflow(UInt64(changes.blocks.count))
        guard !overflow, nextBlock < UInt64(UInt32.max) * StoreLayout.postingGroupSize else {
            throw .limitReached("block ids")
        }
        statistics.nextBlock = nextBlock
        blockDocuments.reserveCapacity(changes.blocks.count)
        for event in changes.events {
            switch event {
            case .begun(let document): try begin(document, transaction)
            case .blocks(let range, let id):
                for index in range {
                    try CommitPlan.check(width: changes.blocks[index].landmark?.count, settings)
                    try CommitPlan.check(width: changes.blocks[index].conceptWidth, settings)
                }
                try add(changes.blocks[range], to: id, transaction)
            case .memory(let id, let tensor):
                try updateOpen(id, transaction) { document, _ in
                    document.memories[Array(tensor.name.utf8)] = tensor
                }
            case .ended(let id, let lengthBytes, let digest):
                try end(id, lengthBytes: lengthBytes, digest: digest, transaction)
            case .failed(let id, let reason): try fail(id, reason: reason, transaction)
            case .deleted(let id): try delete(id, transaction)
            }
        }
        deletedBlocks.sort { $0.lowerBound < $1.lowerBound }
    }

    /// Whether a document's record was there before this commit.
    func isStored(_ number: UInt32) -> Bool { number < firstDocument }

    /// Sets what the statistics say of blocks.
    mutating func count(blocks: Int, terms: Int, bytes: Int) {
        statistics.blockCount = max(0, statistics.blockCount + blocks)
        statistics.termCount = max(0, statistics.termCount + terms)
        statistics.textBytes = max(0, statistics.textBytes + bytes)
    }
}

// MARK: - Events

extension CommitPlan {
    private mutating func begin(
        _ new: NewDocument,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        try delete(new.id, transaction)
        let number = statistics.nextDocument
        guard number < .max else { throw .limitReached("document numbers") }
        statistics.nextDocument += 1
        statistics.documentCount += 1
        let record = DocumentRecord(
            number: number,
            id: new.id,
            uri: new.uri,
            title: new.title,
            metadata: new.metadata,
            state: .reading,
            lengthBytes: 0,
            digest: nil,
            tokenCount: 0,
            blockRanges: []
        )
        documents[Array(new.id.utf8)] = Document(record: record)
    }

    private mutating func add(
        _ blocks: ArraySlice<StoreChanges.PendingBlock>,
        to id: String,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        let firstID = firstBlock + UInt64(blockDocuments.count)
        var length = 0
        var number: UInt32 = 0
        try updateOpen(id, transaction) { _, record in
            (length, number) = (record.lengthBytes, record.number)
        }
        var tokenCount = 0
        for index in blocks.indices {
            // Field by field: a copy of the whole counts references of all of them.
            let bytes = blocks[index].byteRange
            guard bytes.lowerBound == length else {
                throw .outOfPlace(document: id, expected: length, found: bytes.lowerBound)
            }
            length = bytes.upperBound
            tokenCount += blocks[index].tokenCount
            blockDocuments.append(number)
            let endBlock = firstBlock + UInt64(blockDocuments.count)
            if endBlock.isMultiple(of: StoreLayout.runSize) {
                crossings.append(
                    Crossing(
                        endBlock: endBlock,
                        deletedBlocks: deletedBlocks,
                        blockDocuments: blockDocuments
                    )
                )
            }
        }
        let endID = firstID + UInt64(blocks.count)
        try updateOpen(id, transaction) { _, record in
            record.lengthBytes = length
            record.tokenCount += tokenCount
            if let last = record.blockRanges.last, last.upperBound == firstID {
                record.blockRanges[record.blockRanges.count - 1] = last.lowerBound..<endID
            } else {
                record.blockRanges.append(firstID..<endID)
            }
        }
    }

    private mutating func end(
        _ id: String,
        lengthBytes: Int,
        digest: ContentDigest,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        var storedLength = 0
        try updateOpen(id, transaction) { _, record in
            storedLength = record.lengthBytes
            record.state = .complete
            record.digest = digest
        }
        guard storedLength == lengthBytes else {
            throw .outOfPlace(document: id, expected: storedLength, found: lengthBytes)
        }
    }

    private mutating func fail(
        _ id: String,
        reason: String,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        var dropped: DocumentRecord?
        try updateOpen(id, transaction) { document, record in
            dropped = record
            record.state = .failed(reason: reason)
            record.lengthBytes = 0
            record.tokenCount = 0
            record.blockRanges = []
            document.memories = [:]
        }
        if let dropped { dropContent(of: dropped) }
    }

    private mutating func delete(
        _ id: String,
        _ transaction: borrowing Transaction
    ) throws(StoreError) {
        let key = Array(id.utf8)
        guard let record = try load(id, transaction).record else { return }
        documents[key] = Document(record: nil)
        dropContent(of: record)
        if isStored(record.number) { deletedDocuments.append(record.number) }
        statistics.documentCount = max(0, statistics.documentCount - 1)
    }

    private mutating func dropContent(of record: DocumentRecord) {
        for range in record.blockRanges {
            let stored = range.clamped(to: 0..<firstBlock)
            if !stored.isEmpty { deletedBlocks.append(stored) }
            let pendingEnd = firstBlock + UInt64(blockDocuments.count)
            for block in range.clamped(to: firstBlock..<pendingEnd) {
                blockDocuments[Int(block - firstBlock)] = nil
            }
        }
        if isStored(record.number) { clearedMemories.append(record.number) }
    }

    /// Runs `body` on a document that is being read.
    private mutating func updateOpen(
        _ id: String,
        _ transaction: borrowing Transaction,
        _ body: (inout Document, inout DocumentRecord) -> Void
    ) throws(StoreError) {
        let key = Array(id.utf8)
        if documents[key] == nil { documents[key] = try load(id, transaction) }
        guard
            let place = documents.index(forKey: key),
            documents.values[place].record?.state == .reading,
            // Taken out, so that what it holds is changed in place.
            var record = documents.values[place].record.take()
        else { throw .documentNotOpen(id: id) }
        body(&documents.values[place], &record)
        documents.values[place].record = record
    }

    private func load(
        _ id: String,
        _ transaction: borrowing Transaction
    ) throws(StoreError) -> Document {
        if let planned = documents[Array(id.utf8)] { return planned }
        return Document(record: try transaction.document(id: id))
    }

    private static func check(width: Int?, _ settings: StoreSettings) throws(StoreError) {
        if let width, width != settings.vectorWidth {
            throw .wrongWidth(expected: settings.vectorWidth, found: width)
        }
    }
}
