import Dataflow
import Memory
import Models
import Pipelines
import Serialization
import Tensors

/// `encode`: concepts to blocks under landmarks, in the light of the memory.
actor EncodeStage: Stage {
    static let spec = StageSpec(
        name: "encode",
        summary: """
            Reads concepts with a memory: measures the surprise of each, closes blocks where the \
            text turns to something else, and gives each block its landmark. Vectors that the \
            pipeline's store does not keep end here.
            """,
        fields: [
            FieldSpec(
                "minimum_pieces",
                .integer(1...10_000),
                default: .integer(defaults.minimumPieces),
                "word pieces below which a boundary does not close a block"
            ),
            FieldSpec(
                "maximum_pieces",
                .integer(1...10_000),
                default: .integer(defaults.maximumPieces),
                "word pieces that a block has at most"
            ),
            FieldSpec(
                "boundary_share",
                .number(0.01...1),
                default: .number(defaults.boundaryShare),
                "the share of segments that the router takes for boundaries"
            ),
            FieldSpec(
                "path_weight",
                .number(0...10),
                default: .number(defaults.pathWeight),
                "the weight in a landmark of the outline path's vector"
            ),
            FieldSpec(
                "recall_weight",
                .number(0...10),
                default: .number(defaults.recallWeight),
                "the weight in a landmark of what the memory recalls"
            ),
            FieldSpec(
                "surprise_weight",
                .number(-10...10),
                default: .number(defaults.surpriseWeight),
                "how much more a surprising segment weighs in its block's landmark, as an exponent"
            ),
        ],
        needs: [
            Columns.text, Columns.start, Columns.end, Columns.kind, Columns.path, Columns.vector,
            Columns.pieces,
        ],
        adds: [Columns.block, Columns.boundary, Columns.surprise, Columns.landmark],
        example: "- encode: {maximum_pieces: 200}"
    )

    private static let defaults = MemoryEncoderConfiguration()

    private let executor = StageExecutor("encode")
    private var memory: MemoryEncoder
    /// Whether vectors go on: a store makes those of an encoder that outruns it anew, and they are four times
    /// as many bytes as their text.
    private let passesVectors: Bool
    /// The rows of the block that is open.
    private var pending = Batch(document: nil)
    private var blockCount = 0

    init(settings: StageSettings, environment: StageEnvironment) throws {
        let encoder = try environment.stores.encoder()
        passesVectors = !(environment.onlyStoreTakesVectors && encoder.outrunsStorage)
        memory = MemoryEncoder(
            configuration: MemoryEncoderConfiguration(
                width: encoder.width,
                deltaWidth: encoder.leadingWidth,
                minimumPieces: settings.integer("minimum_pieces"),
                maximumPieces: settings.integer("maximum_pieces"),
                boundaryShare: settings.number("boundary_share"),
                pathWeight: settings.number("path_weight"),
                recallWeight: settings.number("recall_weight"),
                surpriseWeight: settings.number("surprise_weight")
            )
        )
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func documentBegan(_ document: Document, into output: Output) {
        reset()
    }

    func process(_ batch: Batch, into output: Output) async throws {
        let vectors = try batch.float32("vector")
        let pathVectors = try? batch.runs("path_vector")
        let pieces = try batch.int64("pieces")
        let kinds = try batch.text("kind")
        let paths = try batch.labels("path")
        pending.document = batch.document
        try pending.append(kept(batch.withoutMarkers))
        var blocks: [EncodedBlock] = []
        var row = 0
        for run in paths.runs {
            let pathVector = run.value.isEmpty ? nil : pathVectors?[row]
            while row < run.end {
                let block = memory.push(
                    Concept(
                        vector: vectors[row: row],
                        pieceCount: Int(pieces.elements[row]),
                        isHeading: kinds[row: row].elementsEqual("heading".utf8),
                        path: run.value,
                        pathVector: pathVector
                    )
                )
                if let block { blocks.append(block) }
                row += 1
            }
        }
        try await send(blocks, into: output)
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        let (block, memories) = memory.endDocument()
        if let block { try await send([block], into: output) }
        end.attachments += memories.map { .init(name: $0.name, tensor: $0.tensor) }
        reset()
    }

    func documentFailed(
        _ document: Document,
        _ problem: DocumentProblem,
        into output: Output
    ) {
        reset()
    }

    func snapshot() -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(blockCount)
        writer.write(pending.document != nil)
        pending.document?.write(to: &writer)
        pending.write(to: &writer)
        writer.write(memory.snapshot())
        return writer.bytes
    }

    func restore(_ state: [UInt8]) throws {
        do {
            var reader = ByteReader(state)
            blockCount = try reader.readCount()
            let document = try reader.readBool() ? try Document(from: &reader) : nil
            // States of earlier versions hold vectors.
            pending = kept(try Batch(document: document, from: &reader))
            try memory.restore(try reader.readBytes())
        } catch let error as SerializationError {
            throw StagesError.unusableState(stage: "encode", reason: error.problem)
        }
    }

    /// What goes on of rows.
    private func kept(_ rows: Batch) -> Batch {
        passesVectors ? rows : rows.without(Columns.vector.name)
    }

    private func reset() {
        memory.beginDocument()
        pending = Batch(document: nil)
        blockCount = 0
    }

    /// Sends the rows of blocks that were closed, all at once: a block alone is a few rows.
    private func send(_ blocks: [EncodedBlock], into output: Output) async throws {
        let rowCount = blocks.reduce(0) { $0 + $1.segmentCount }
        guard let first = blocks.first else { return }
        var rows = pending.removeFirst(rowCount)
        var numbers: [Int64] = []
        var landmarks = RunLengthArray<[Float]>()
        for block in blocks {
            numbers += repeatElement(Int64(blockCount), count: block.segmentCount)
            landmarks.append(block.landmark, count: block.segmentCount)
            blockCount += 1
        }
        let boundaries = blocks.flatMap(\.boundaries)
        let surprises = blocks.flatMap(\.surprises)
        try rows.set("block", .int64(Tensor(width: 1, elements: numbers)))
        try rows.set("boundary", .float32(Tensor(width: 1, elements: boundaries)))
        try rows.set("surprise", .float32(Tensor(width: 1, elements: surprises)))
        try rows.set("landmark", .runs(landmarks, width: first.landmark.count))
        try await output.send(rows)
    }
}
