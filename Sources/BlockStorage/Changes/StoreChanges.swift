public import Serialization
import Tensors

/// What one commit does to a store, gathered in memory in the order of a stream.
///
/// The outcome depends on the order of the calls alone, not on how they are spread over commits.
///
///     var changes = StoreChanges()
///     changes.beginDocument(NewDocument(id: "a", uri: "file:a.txt"))
///     changes.addBlock(block, to: "a")
///     changes.endDocument("a", lengthBytes: 5, digest: digest)
///     try store.commit(changes)
///     changes.removeAll()
///
/// - Concurrency: Belongs to one task; blocks are compressed as they are added.
public struct StoreChanges: ~Copyable {
    /// What happened to a document.
    enum Event {
        case begun(NewDocument)
        case blocks(Range<Int>, document: String)
        case memory(document: String, tensor: MemoryTensor)
        case ended(document: String, lengthBytes: Int, digest: ContentDigest)
        case failed(document: String, reason: String)
        case deleted(document: String)
    }

    /// A block with all that does not depend on what is in the store.
    struct PendingBlock {
        /// The record, but for its digest and its document's number.
        var record: [UInt8]
        /// The record of its concepts.
        var concepts: [UInt8]?
        /// Its landmark.
        var landmark: [Float]?
        /// Where it lies in its document.
        var byteRange: Range<Int>
        /// Its tokens.
        var tokenCount: Int
        /// Its terms, counted with repetition.
        var termCount: UInt32
        /// The dimensions of its concepts.
        var conceptWidth: Int?
    }

    /// What happened, in order.
    private(set) var events: [Event] = []
    /// All blocks, in order.
    private(set) var blocks: [PendingBlock] = []
    /// The blocks' terms.
    private(set) var terms = TermIndex()
    /// The checkpoints reached.
    private(set) var checkpoints: [CheckpointRecord] = []
    private let compressor = Compressor()
    private var recordByteCount = 0

    /// No changes.
    public init() {}

    /// Whether there is nothing to commit.
    public var isEmpty: Bool { events.isEmpty && checkpoints.isEmpty }

    /// About how many bytes of memory the changes take.
    public var byteCount: Int {
        let stateBytes = checkpoints.reduce(0) { sum, checkpoint in
            checkpoint.states.reduce(sum + checkpoint.position.count) { $0 + $1.bytes.count }
        }
        return recordByteCount + terms.byteCount + stateBytes
    }

    /// Forgets all changes, after they were committed.
    public mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        terms.removeAll()
        checkpoints.removeAll()
        recordByteCount = 0
    }

    /// Begins a document, in place of any that has its id.
    public mutating func beginDocument(_ document: NewDocument) {
        record(.begun(document), byteCount: 256)
    }

    /// Adds the next block of a document that was begun, in this commit or an earlier one.
    public mutating func addBlock(_ block: NewBlock, to document: String) {
        addBlock(block, to: document) { block.terms.forEach($0) }
    }

    /// Adds the next block of a document with the terms with which `forEachTerm` calls its argument, in
    /// place of its own.
    package mutating func addBlock(
        _ block: NewBlock,
        to document: String,
        forEachTerm: (_ body: (UnsafeRawBufferPointer, UInt32) -> Void) -> Void
    ) {
        let index = blocks.count
        let (termCount, distinctCount) = terms.add(block: UInt32(index), forEachTerm)
        let pending = PendingBlock(
            record: BlockCoder.record(
                of: block,
                termCount: termCount,
                distinctTermCount: distinctCount,
                compressor: compressor
            ),
            concepts: block.concepts.map(ConceptRows.record),
            landmark: block.landmark,
            byteRange: block.startByte..<(block.startByte + block.bytes.count),
            tokenCount: block.tokenCount,
            termCount: termCount,
            conceptWidth: block.concepts?.width
        )
        recordByteCount +=
            pending.record.count + (pending.concepts?.count ?? 0)
            + (pending.landmark?.count ?? 0) * MemoryLayout<Float>.size + 256
        blocks.append(pending)
        if case .blocks(let range, let last)? = events.last, last.hasBytes(of: document) {
            events[events.count - 1] = .blocks(range.lowerBound..<(index + 1), document: document)
        } else {
            events.append(.blocks(index..<(index + 1), document: document))
        }
    }

    /// Sets a tensor of a document's memory, in place of any of its name.
    public mutating func setMemory(_ tensor: MemoryTensor, of document: String) {
        record(
            .memory(document: document, tensor: tensor),
            byteCount: tensor.tensor.elements.count * MemoryLayout<Float>.size + 256
        )
    }

    /// Ends a document: queries see it from then on.
    ///
    /// - Parameters:
    ///   - document: The document's id.
    ///   - lengthBytes: The length of its decoded text, which its blocks tile.
    ///   - digest: The digest of its decoded text.
    public mutating func endDocument(_ document: String, lengthBytes: Int, digest: ContentDigest) {
        record(
            .ended(document: document, lengthBytes: lengthBytes, digest: digest),
            byteCount: 128
        )
    }

    /// Gives a document up: its blocks and memory are deleted, and the reason is kept.
    public mutating func failDocument(_ document: String, reason: String) {
        record(.failed(document: document, reason: reason), byteCount: 128 + reason.utf8.count)
    }

    /// Deletes a document with all that belongs to it, if it is there.
    public mutating func deleteDocument(_ document: String) {
        record(.deleted(document: document), byteCount: 128)
    }

    /// Sets where a pipeline stands in a source once these changes are committed.
    public mutating func setCheckpoint(_ checkpoint: CheckpointRecord) {
        checkpoints.removeAll { $0.key == checkpoint.key }
        checkpoints.append(checkpoint)
    }

    private mutating func record(_ event: Event, byteCount: Int) {
        events.append(event)
        recordByteCount += byteCount
    }
}
