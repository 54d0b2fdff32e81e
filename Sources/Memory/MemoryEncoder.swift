import Serialization
package import Tensors

/// One segment as the memory sees it.
package struct Concept: Sendable {
    /// Its vector, [width], of length 1.
    package var vector: [Float]
    /// How many word pieces it has.
    package var pieceCount: Int
    /// Whether it is a heading, which begins something.
    package var isHeading: Bool
    /// Its outline path, outermost heading first.
    package var path: [String]
    /// The vector of the path's text, [width]; nil where there is no path.
    package var pathVector: [Float]?

    /// A segment's concept.
    package init(
        vector: [Float],
        pieceCount: Int,
        isHeading: Bool = false,
        path: [String] = [],
        pathVector: [Float]? = nil
    ) {
        self.vector = vector
        self.pieceCount = pieceCount
        self.isHeading = isHeading
        self.path = path
        self.pathVector = pathVector
    }
}

/// Consecutive segments that the memory closed into one block.
package struct EncodedBlock: Sendable, Equatable {
    /// How many segments it has.
    package let segmentCount: Int
    /// The vector by which it is found, [width], of length 1.
    package let landmark: [Float]
    /// p_t of each segment.
    package let boundaries: [Float]
    /// The surprise of each segment.
    package let surprises: [Float]
    /// How many word pieces it has.
    package let pieceCount: Int
}

/// A tensor that the memory holds at a document's end.
package struct NamedTensor: Sendable, Equatable {
    /// What it is: `delta`, `queue` or `gist`.
    package let name: String
    /// Its value, [rows, width].
    package let tensor: Tensor<Float>
}

/// How blocks are cut and landmarks are mixed.
package struct MemoryEncoderConfiguration: Sendable, Equatable {
    /// The width of a concept.
    package var width: Int
    /// A block is not closed by a boundary below this many word pieces.
    package var minimumPieces: Int
    /// A block never has more word pieces, unless one segment alone does.
    package var maximumPieces: Int
    /// A block is not closed by a new part of the outline below this many word pieces.
    package var minimumSectionPieces: Int
    /// The share of segments at which the router sees a boundary.
    package var boundaryShare: Float
    /// The weight in a landmark of the outline path's vector.
    package var pathWeight: Float
    /// The weight in a landmark of what was recalled.
    package var recallWeight: Float
    /// The weight of a segment's surprise in the score by which concepts are pooled.
    package var surpriseWeight: Float

    /// A configuration; the default weights are those that `README.md` measures.
    package init(
        width: Int = 384,
        minimumPieces: Int = 110,
        maximumPieces: Int = 250,
        minimumSectionPieces: Int = 48,
        boundaryShare: Float = 0.3,
        pathWeight: Float = 0.6,
        recallWeight: Float = 0,
        surpriseWeight: Float = 0
    ) {
        self.width = width
        self.minimumPieces = minimumPieces
        self.maximumPieces = maximumPieces
        self.minimumSectionPieces = minimumSectionPieces
        self.boundaryShare = boundaryShare
        self.pathWeight = pathWeight
        self.recallWeight = recallWeight
        self.surpriseWeight = surpriseWeight
    }
}

/// Closes concepts into blocks, gives each its landmark, and carries a memory from block to block.
///
/// Sensory memory is the concept before this one, short-term memory the block that is open, and
/// long-term memory the linear delta memory with a bounded queue of memory embeddings. Each document
/// begins with an empty memory, so its blocks do not depend on what was read before.
///
/// - Source: He et al. 2024, arXiv:2405.06067 (HMT), for the three levels; without a trained backbone
///   the block's pooled concepts stand for its memory embedding.
package struct MemoryEncoder: Sendable {
    /// Documents of fewer segments keep no delta memory in the store: their concepts give it again.
    package static let minimumSegmentsKept = 64

    private let configuration: MemoryEncoderConfiguration
    private var router: ConceptRouter
    private var delta: DeltaMemory
    private var queue: RecallQueue
    /// The pool of all closed blocks of the document.
    private var gist: AttentionPool
    private var open: OpenBlock
    private var segmentCount = 0
    private var blockCount = 0

    /// The block that is not yet closed.
    private struct OpenBlock: Sendable {
        var pool: AttentionPool
        var boundaries: [Float] = []
        var surprises: [Float] = []
        var pieceCount = 0
        var path: [String] = []
        var pathVector: [Float]?

        init(width: Int) {
            pool = AttentionPool(width: width)
        }
    }

    /// An encoder before its first document.
    package init(configuration: MemoryEncoderConfiguration = MemoryEncoderConfiguration()) {
        let width = configuration.width
        self.configuration = configuration
        router = ConceptRouter(width: width, boundaryShare: configuration.boundaryShare)
        delta = DeltaMemory(width: width)
        queue = RecallQueue(width: width)
        gist = AttentionPool(width: width)
        open = OpenBlock(width: width)
    }

    /// Begins a document with an empty memory.
    package mutating func beginDocument() {
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
    /// - Returns: The block that ended before it, if one did.
    package mutating func push(_ concept: Concept) -> EncodedBlock? {
        let vector = concept.vector.bounded
        let decision = router.observe(vector)
        let surprise = delta.observe(vector)
        let closed = mustClose(before: concept, decision) ? closeBlock() : nil
        if open.boundaries.isEmpty {
            open.path = concept.path
            open.pathVector = concept.pathVector
        }
        // With the logarithm of its length as its score, each word piece weighs the same.
        let score =
            logarithm(Float(max(1, concept.pieceCount)))
            + configuration.surpriseWeight * min(4, surprise)
        open.pool.add(vector, score: score)
        open.boundaries.append(decision.probability)
        open.surprises.append(surprise)
        open.pieceCount += concept.pieceCount
        segmentCount += 1
        return closed
    }

    /// Ends the document.
    ///
    /// - Returns: Its last block, and what the memory holds.
    package mutating func endDocument() -> (block: EncodedBlock?, memories: [NamedTensor]) {
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
            let weights = Tensor(width: width, elements: delta.weights)
            memories.append(NamedTensor(name: "delta", tensor: weights))
        }
        beginDocument()
        return (block, memories)
    }

    private func mustClose(before concept: Concept, _ decision: ConceptRouter.Decision) -> Bool {
        guard !open.boundaries.isEmpty else { return false }
        if open.pieceCount + concept.pieceCount > configuration.maximumPieces { return true }
        if concept.path != open.path || concept.isHeading {
            return open.pieceCount >= configuration.minimumSectionPieces
        }
        return decision.isBoundary && open.pieceCount >= configuration.minimumPieces
    }

    private mutating func closeBlock() -> EncodedBlock? {
        guard !open.boundaries.isEmpty else { return nil }
        defer { open = OpenBlock(width: configuration.width) }
        let summary = open.pool.mean.normalized
        var mixed = summary
        if configuration.pathWeight != 0, let path = open.pathVector {
            for index in mixed.indices { mixed[index] += configuration.pathWeight * path[index] }
        }
        if configuration.recallWeight != 0, let recalled = queue.recall(summary)?.normalized {
            for index in mixed.indices {
                mixed[index] += configuration.recallWeight * recalled[index]
            }
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
    package func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(segmentCount)
        writer.writeCount(blockCount)
        router.write(to: &writer)
        delta.write(to: &writer)
        queue.write(to: &writer)
        gist.write(to: &writer)
        open.pool.write(to: &writer)
        writer.write(open.boundaries)
        writer.write(open.surprises)
        writer.writeCount(open.pieceCount)
        writer.writeCount(open.path.count)
        for heading in open.path { writer.write(heading) }
        writer.write(open.pathVector ?? [])
        return writer.bytes
    }

    /// Goes on from a snapshot of an encoder of the same configuration.
    package mutating func restore(_ bytes: [UInt8]) throws(MemoryError) {
        do throws(SerializationError) {
            var reader = ByteReader(bytes)
            beginDocument()
            segmentCount = try reader.readCount()
            blockCount = try reader.readCount()
            try router.read(from: &reader)
            try delta.read(from: &reader)
            try queue.read(from: &reader)
            try gist.read(from: &reader)
            try open.pool.read(from: &reader)
            open.boundaries = try reader.readFloats()
            open.surprises = try reader.readFloats()
            open.pieceCount = try reader.readCount()
            let headingCount = try reader.readCount()
            for _ in 0..<headingCount { open.path.append(try reader.readString()) }
            let pathVector = try reader.readFloats()
            open.pathVector = pathVector.isEmpty ? nil : pathVector
            try reader.expectEnd()
        } catch {
            throw .unusableSnapshot(reason: error.problem)
        }
    }
}
