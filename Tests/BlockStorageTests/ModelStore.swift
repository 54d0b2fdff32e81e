import BlockStorage
import Serialization
import Tensors
import Testing

/// What a caller does to a store.
enum Action {
    case begin(NewDocument)
    case add(NewBlock, to: String)
    case remember(MemoryTensor, of: String)
    case end(String)
    case fail(String)
    case delete(String)
    case checkpoint(CheckpointRecord)
}

/// What a store should hold, kept in dictionaries.
struct ModelStore {
    struct Document {
        let number: UInt32
        let new: NewDocument
        var state = DocumentState.reading
        var blocks: [(id: UInt64, block: NewBlock)] = []
        var memories: [String: MemoryTensor] = [:]

        var bytes: [UInt8] { blocks.flatMap(\.block.bytes) }
    }

    var documents: [String: Document] = [:]
    var checkpoints: [String: CheckpointRecord] = [:]
    var nextBlock: UInt64 = 0
    var nextDocument: UInt32 = 0

    /// Does an action here, and notes it in `changes`.
    mutating func apply(_ action: Action, to changes: inout StoreChanges) {
        switch action {
        case .begin(let new):
            changes.beginDocument(new)
            documents[new.id] = Document(number: nextDocument, new: new)
            nextDocument += 1
        case .add(let block, let id):
            changes.addBlock(block, to: id)
            documents[id]?.blocks.append((nextBlock, block))
            nextBlock += 1
        case .remember(let memory, let id):
            changes.setMemory(memory, of: id)
            documents[id]?.memories[memory.name] = memory
        case .end(let id):
            let bytes = documents[id]?.bytes ?? []
            changes.endDocument(id, lengthBytes: bytes.count, digest: ContentDigest(of: bytes))
            documents[id]?.state = .complete
        case .fail(let id):
            changes.failDocument(id, reason: "bad")
            documents[id]?.state = .failed(reason: "bad")
            documents[id]?.blocks = []
            documents[id]?.memories = [:]
        case .delete(let id):
            changes.deleteDocument(id)
            documents[id] = nil
        case .checkpoint(let checkpoint):
            changes.setCheckpoint(checkpoint)
            checkpoints[checkpoint.source] = checkpoint
        }
    }

    /// Expects a store to hold exactly this.
    func expectHeld(by store: Store) throws {
        try store.read { transaction throws in
            let expected = documents.values.sorted { $0.number < $1.number }
            let found = try transaction.documents(unfinished: true)
            #expect(found.map(\.id) == expected.map(\.new.id))
            for (record, document) in zip(found, expected) {
                try expect(record, is: document, transaction)
            }
            let visible = expected.filter { $0.state == .complete }.map(\.new.id)
            #expect(try transaction.documents().map(\.id) == visible)
            try expectPostings(transaction)
            let blocks = documents.values.flatMap(\.blocks)
            let statistics = try transaction.statistics()
            #expect(statistics.nextBlock == nextBlock)
            #expect(statistics.blockCount == blocks.count)
            #expect(statistics.textBytes == blocks.reduce(0) { $0 + $1.block.bytes.count })
            let hidden = documents.values.filter { $0.state == .reading }.flatMap { $0.blocks }
            #expect(try transaction.hiddenBlocks().flatMap { $0 } == hidden.map(\.id).sorted())
            for (source, checkpoint) in checkpoints {
                #expect(try transaction.checkpoint(pipeline: "p", source: source) == checkpoint)
            }
        }
        let verification = try store.verify()
        #expect(verification.problems == [])
    }

    private func expect(
        _ record: DocumentRecord,
        is document: Document,
        _ transaction: borrowing ReadTransaction
    ) throws {
        #expect(record.number == document.number)
        #expect(record.uri == document.new.uri)
        #expect(record.title == document.new.title)
        #expect(record.metadata == document.new.metadata)
        #expect(record.state == document.state)
        #expect(record.blockRanges.flatMap { $0 } == document.blocks.map(\.id))
        #expect(record.lengthBytes == document.bytes.count)
        for (id, block) in document.blocks {
            let stored = try #require(try transaction.block(id))
            #expect(stored.bytes == block.bytes)
            #expect(stored.segments == block.segments)
            #expect(stored.paths == block.paths)
            #expect(stored.byteRange.lowerBound == block.startByte)
            #expect(stored.tokenCount == block.tokenCount)
            #expect(try transaction.landmark(ofBlock: id) == block.landmark)
            let concepts = try transaction.concepts(ofBlock: id)
            #expect(concepts?.rowCount == block.concepts?.rowCount)
        }
        let memories = try transaction.memories(ofDocument: document.number)
        #expect(memories == document.memories.values.sorted { $0.name < $1.name })
    }

    private func expectPostings(_ transaction: borrowing ReadTransaction) throws {
        var postings: [[UInt8]: [UInt64: UInt32]] = [:]
        for (id, block) in documents.values.flatMap(\.blocks) {
            for (term, frequency) in block.terms.entries {
                postings[term, default: [:]][id, default: 0] += frequency
            }
        }
        for (term, blocks) in postings {
            let found = try transaction.postings(of: term)
            let expected = blocks.sorted { $0.key < $1.key }
            #expect(found.blocks == expected.map(\.key))
            #expect(found.frequencies == expected.map(\.value))
        }
        let size = transaction.tableSize(of: "postings")
        let groups = postings.values.map { Set($0.keys.map { $0 / 4096 }).count }
        #expect(size == groups.reduce(0, +))
    }
}

extension BlockTerms {
    /// Each term added, with its frequency.
    var entries: [([UInt8], UInt32)] {
        var start = 0
        return zip(ends, frequencies).map { end, frequency in
            defer { start = end }
            return (Array(bytes[start..<end]), frequency)
        }
    }
}
