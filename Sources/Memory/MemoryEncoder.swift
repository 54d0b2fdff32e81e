import Serialization
import Tensors

/// Closes concepts into blocks, gives each its landmark, and carries a memory from block to block.
///
/// Sensory memory is an average of what was read last, short-term memory the block that is open, and
/// long-term memory the linear delta memory with a bounded queue of memory embeddings. Each document
/// begins with an empty memory, so its blocks do not depend on what was read before.
///
///     var encoder = MemoryEncoder(configuration: .init(width: 2, minimumPieces: 8))
///     let vectors: [[Float]] = [[1, 0], [1, 0], [0, 1], [0, 1]]
///     var blocks = vectors.compactMap { encoder.push(Concept(vector: $0[...], pieceCount: 5)) }
///     if let last = encoder.endDocument().block { blocks.append(last) }
///     blocks.map(\.segmentCount)  // [2, 2]
///     blocks.map(\.landmark)  // [[1, 0], [0, 1]]
///
/// - Source: He et al. 2024, arXiv:2405.06067 (HMT), for the three levels; without a trained backbone
///   the block's pooled concepts stand for its memory embedding.
public struct MemoryEncoder: Sendable {
    /// Documents of fewer segments keep no delta memory in the store: their concepts give it again.
    public static let minimumSegmentsKept = 64

    private let configuration: MemoryEncoderConfiguration
    private let noPath: [Float]
    private var sensory: SensoryMemory
    private var router: ConceptRouter
    private var delta: DeltaMemory
    private var queue: RecallQueue
    /// The pool of all closed blocks of the document.
    private var gist: AttentionPool
    private var open: OpenBlock
    /// Of the last segment, for the next one's in the same memory.
    private var vector: [Float]
    private var view: SensoryMemory.View
    private var leadingConcept: [Float]
    private var leadingContext: [Float]
    private var segmentCount = 0
    private var blockCount = 0

    /// The block that is not yet closed.
    private struct OpenBlock: Sendable {
        var pool: AttentionPool
        /// The vectors of the segments' outline paths, zeros where there is none.
        var pathPool: AttentionPool
        var boundaries: [Float] = []
        var surprises: [Float] = []
        var pieceCount = 0
        /// The path of the last segment.
        var path: [String] = []

        init(width: Int) {
            pool = AttentionPool(width: width)
            pathPool = AttentionPool(width: width)
        }

        /// Becomes an empty block, in the memory that it has.
        mutating func reset() {
            pool.reset()
            pathPool.reset()
            // The old ones went with the block, and the next one is about as long.
            let segmentCount = boundaries.count
            (boundaries, surprises) = ([], [])
            boundaries.reserveCapacity(segmentCount)
            surprises.reserveCapacity(segmentCount)
            pieceCount = 0
            path = []
        }
    }

    /// An encoder before its first document.
    public init(configuration: MemoryEncoderConfiguration = MemoryEncoderConfiguration()) {
        let width = configuration.width
        self.configuration = configuration
        noPath = [Float](repeating: 0, count: width)
        sensory = SensoryMemory(width: width)
        router = ConceptRouter(boundaryShare: Float(configuration.boundaryShare))
        delta = DeltaMemory(width: min(width, configuration.deltaWidth))
        queue = RecallQueue(width: width)
        gist = AttentionPool(width: width)
        open = OpenBlock(width: width)
        vector = noPath
        view = SensoryMemory.View(width: width)
        leadingConcept = [Float](repeating: 0, count: delta.width)
        leadingContext = leadingConcept
    }

    /// Begins a document with an empty memory.
    public mutating func beginDocument() {
        sensory.reset()
        router.reset()
        delta.reset()
        queue.reset()
        gist = AttentionPool(width: configuration.width)
        open = OpenBlock(width: configuration.width)
        segmentCount = 0
        blockCount = 0
    }

    /// Takes the next segment.
    ///
    /// - Precondition: The concept's vectors are of the configuration's width.
    /// - Returns: The block that ended before it, if one did.
    public mutating func push(_ concept: borrowing Concept) -> EncodedBlock? {
        precondition(concept.vector.count == vector.count, "a concept is as wide as the memory")
        vector.assign(concept.vector)
        vector.bound()
        let pieceCount = max(1, concept.pieceCount)
        sensory.observe(bounded: vector, into: &view)
        let decision = router.observe(view.concept, after: view.context)
        leadingConcept.assignLeading(of: view.concept)
        leadingContext.assignLeading(of: sensory.context)
        let surprise = delta.observe(bounded: leadingConcept, nextKey: leadingContext)
        let closed = mustClose(before: concept, pieceCount, decision) ? closeBlock() : nil
        // With the logarithm of its length as its score, each word piece weighs the same.
        let length = logarithm(Float(pieceCount))
        let surpriseWeight = Float(configuration.surpriseWeight)
        open.pool.add(vector, score: length + surpriseWeight * min(4, surprise))
        open.pathPool.add(concept.pathVector?.bounded ?? noPath, score: length)
        open.path = concept.path
        open.boundaries.append(decision.probability)
        open.surprises.append(surprise)
        open.pieceCount += pieceCount
        segmentCount += 1
        return closed
    }

    /// Ends the document.
    ///
    /// - Returns: Its last block, and what the memory holds.
    public mutating func endDocument() -> (block: EncodedBlock?, memories: [NamedTensor]) {
        let block = closeBlock()
        let width = configuration.width
        var memories: [NamedTensor] = []
        if blockCount > 1 {
            let mean = gist.mean.normalized
            memories.append(NamedTensor(name: "gist", tensor: Tensor(width: width, elements: mean)))
        }
        if segmentCount >= Self.minimumSegmentsKept {
            let rows = Tensor(width: width, elements: queue.rows)
            memories.append(NamedTensor(name: "queue", tensor: rows))
            let weights = Tensor(width: delta.width, elements: delta.weights)
            memories.append(NamedTensor(name: "delta", tensor: weights))
        }
        beginDocument()
        return (block, memories)
    }

    private func mustClose(
        before concept: borrowing Concept,
        _ pieceCount: Int,
        _ decision: ConceptRouter.Decision
    ) -> Bool {
        guard !open.boundaries.isEmpty else { return false }
        if open.pieceCount + pieceCount > configuration.maximumPieces { return true }
        if concept.path != open.path || concept.isHeading {
            return open.pieceCount >= configuration.minimumSectionPieces
        }
        return decision.isBoundary && open.pieceCount >= configuration.minimumPieces
    }

    private mutating func closeBlock() -> EncodedBlock? {
        guard !open.boundaries.isEmpty else { return nil }
        defer { open.reset() }
        let summary = open.pool.mean.normalized
        var mixed = summary
        let pathWeight = Float(configuration.pathWeight)
        if pathWeight != 0 { mixed.add(open.pathPool.mean, weight: pathWeight) }
        let recallWeight = Float(configuration.recallWeight)
        if recallWeight != 0, let recalled = queue.recall(summary)?.normalized {
            mixed.add(recalled, weight: recallWeight)
        }
        let landmark = mixed.normalized
        queue.append(summary)
        gist.merge(open.pool)
        blockCount += 1
        return EncodedBlock(
            segmentCount: open.boundaries.count,
            landmark: landmark,
            boundaries: open.boundaries,
            surprises: open.surprises,
            pieceCount: open.pieceCount
        )
    }

    // MARK: - State

    /// Everything that the encoder needs to go on in another process.
    public func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(segmentCount)
        writer.writeCount(blockCount)
        sensory.write(to: &writer)
        router.write(to: &writer)
        delta.write(to: &writer)
        queue.write(to: &writer)
        gist.write(to: &writer)
        open.pool.write(to: &writer)
        writer.write(open.boundaries)
        writer.write(open.surprises)
        writer.writeCount(open.pieceCount)
        open.pathPool.write(to: &writer)
        writer.writeCount(open.path.count)
        for heading in open.path { writer.write(heading) }
        return writer.bytes
    }

    /// Goes on from a snapshot of an encoder of the same configuration.
    public mutating func restore(_ bytes: [UInt8]) throws(MemoryError) {
        do throws(SerializationError) {
            var reader = ByteReader(bytes)
            beginDocument()
            segmentCount = try reader.readCount()
            blockCount = try reader.readCount()
            try sensory.read(from: &reader)
            try router.read(from: &reader)
            try delta.read(from: &reader)
            try queue.read(from: &reader)
            try gist.read(from: &reader)
            try open.pool.read(from: &reader)
            open.boundaries = try reader.readFloats()
            open.surprises = try reader.readFloats()
            open.pieceCount = try reader.readCount()
            try open.pathPool.read(from: &reader)
            let headingCount = try reader.readCount()
            for _ in 0..<headingCount { open.path.append(try reader.readString()) }
            try reader.expectEnd()
        } catch {
            throw .unusableSnapshot(reason: error.problem)
        }
    }
}

extension [Float] {
    /// Becomes what the delta memory sees of a vector: its first dimensions, at length 1.
    fileprivate mutating func assignLeading(of vector: [Float]) {
        if count < vector.count {
            assignDirection(of: vector, adding: vector, weight: 0)
        } else {
            assign(vector[...])
        }
    }
}
