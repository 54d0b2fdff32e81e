import Chunking
import Dataflow
import Pipelines
import Serialization
import Tensors

/// `chunk`: text to segments of about a sentence.
actor ChunkStage: Stage {
    static let spec = StageSpec(
        name: "chunk",
        summary: """
            Cuts text into segments of about a sentence, which tile the document; none is longer \
            than the encoder reads.
            """,
        rows: .replaced,
        fields: [
            FieldSpec(
                "maximum_pieces",
                .integer(8...254),
                default: .integer(254),
                "word pieces that a segment has at most"
            ),
            FieldSpec(
                "maximum_bytes",
                .integer(64...65_536),
                default: .integer(4096),
                "bytes that a segment has at most"
            ),
        ],
        needs: [Columns.text],
        adds: [Columns.start, Columns.end, Columns.text],
        example: "- chunk: {maximum_pieces: 128}"
    )

    /// How many segments a batch has at most.
    private static let batchRows = 1024

    private let executor = StageExecutor("chunk")
    private let configuration: SentenceSplitter.Configuration
    private let pieceCounter: any PieceCounter
    private var splitter: SentenceSplitter

    init(settings: StageSettings, environment: StageEnvironment) throws {
        configuration = SentenceSplitter.Configuration(
            maximumPieces: settings.integer("maximum_pieces"),
            maximumBytes: settings.integer("maximum_bytes")
        )
        pieceCounter = try environment.models.tokenizer()
        splitter = SentenceSplitter(configuration: configuration, pieceCounter: pieceCounter)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func documentBegan(_ document: Document, into output: Output) {
        splitter = SentenceSplitter(configuration: configuration, pieceCounter: pieceCounter)
    }

    func process(_ batch: Batch, into output: Output) async throws {
        let texts = try batch.text("text")
        var segments = SegmentRows()
        texts.bytes.withUnsafeBytes { bytes in
            splitter.push(bytes) { segments.append($0.range, $1) }
        }
        try await send(segments, of: batch.document, into: output)
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        var segments = SegmentRows()
        splitter.finish { segments.append($0.range, $1) }
        try await send(segments, of: end.document, into: output)
    }

    func snapshot() -> [UInt8] { splitter.snapshot() }

    func restore(_ state: [UInt8]) throws {
        do throws(ChunkingError) {
            splitter = try SentenceSplitter(
                restoring: state,
                configuration: configuration,
                pieceCounter: pieceCounter
            )
        } catch {
            throw StagesError.unusableState(stage: "chunk", reason: error.problem)
        }
    }

    private func send(
        _ segments: SegmentRows,
        of document: Document?,
        into output: Output
    ) async throws {
        var first = 0
        while first < segments.count {
            let rows = first..<min(segments.count, first + Self.batchRows)
            try await output.send(try segments.batch(rows, of: document))
            first = rows.upperBound
        }
    }
}

/// Segments on their way into a batch.
private struct SegmentRows {
    private var texts = TextColumn()
    private var starts: [Int64] = []
    private var ends: [Int64] = []

    var count: Int { starts.count }

    mutating func append(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
        texts.append(bytes)
        starts.append(Int64(range.lowerBound))
        ends.append(Int64(range.upperBound))
    }

    func batch(_ rows: Range<Int>, of document: Document?) throws -> Batch {
        var batch = Batch(document: document)
        try batch.set("start", .int64(Tensor(width: 1, elements: Array(starts[rows]))))
        try batch.set("end", .int64(Tensor(width: 1, elements: Array(ends[rows]))))
        try batch.set("text", .text(rows.count == count ? texts : texts[rows: rows]))
        return batch
    }
}
