import Dataflow
import Models
import Pipelines
import Tensors

/// `embed`: texts to concepts.
actor EmbedStage: Stage {
    static let spec = StageSpec(
        name: "embed",
        summary: "Makes each row's text a unit vector with a sentence encoder.",
        fields: [
            FieldSpec(
                "model",
                .choice(EncoderChoice.Model.allCases.map(\.rawValue)),
                default: .string(EncoderChoice.Model.auto.rawValue),
                "`minilm` reads sentences as wholes, `static` adds up words, some hundred times as fast; "
                    + "`auto` is what the store was made with, and `minilm` for a new one"
            ),
            FieldSpec(
                "width",
                .integer(0...4096),
                default: .integer(0),
                "how many dimensions of the vectors of `static` are kept, a multiple of 16; 0 for 128"
            ),
            FieldSpec(
                "batch_bytes",
                .size,
                default: .integer(1 << 15),
                "how much text is gathered, across documents, before it is encoded at once"
            ),
        ],
        needs: [Columns.text],
        adds: [Columns.vector, Columns.pieces, Columns.pathVector],
        example: "- embed: {batch_bytes: 64KiB}"
    )

    /// How many paths' vectors may be kept for the rows that follow.
    private static let maximumPaths = 512

    private let encoder: any ConceptEncoder
    private let pool: ComputePool
    private let batchBytes: Int
    private var pending: [Batch] = []
    private var pendingBytes = 0
    private var pathVectors: [[String]: [Float]] = [:]

    init(settings: StageSettings, environment: StageEnvironment) throws {
        let width = settings.integer("width")
        encoder = try environment.stores.encoder(
            EncoderChoice(
                model: EncoderChoice.Model(rawValue: settings.string("model")) ?? .auto,
                width: width == 0 ? nil : width
            )
        )
        pool = environment.models.pool
        batchBytes = settings.integer("batch_bytes")
    }

    func process(_ batch: Batch, into output: Output) async throws {
        pending.append(batch)
        pendingBytes += try batch.text("text").bytes.count
        if pendingBytes >= batchBytes { try await flush(into: output) }
    }

    func holds(_ marker: Marker) -> Bool {
        guard !pending.isEmpty else { return false }
        pending[pending.count - 1].markers.append(marker)
        return true
    }

    func flush(into output: Output) async throws {
        let batches = pending
        pending = []
        pendingBytes = 0
        guard !batches.isEmpty else { return }
        if pathVectors.count > Self.maximumPaths { pathVectors = [:] }
        var texts = TextColumn()
        var newPaths: [[String]] = []
        for batch in batches where batch.rowCount > 0 {
            texts.append(try batch.text("text"))
            for path in EmbedStage.paths(of: batch).runs.map(\.value) {
                if !path.isEmpty, pathVectors[path] == nil, !newPaths.contains(path) {
                    newPaths.append(path)
                }
            }
        }
        let textCount = texts.rowCount
        for path in newPaths { texts.append(EmbedStage.text(ofPath: path)) }
        let encoder = encoder
        let all = texts
        let encoded = await pool.run {
            encoder.encode(all.bytes, ranges: (0..<all.rowCount).map { all.range(ofRow: $0) })
        }
        for (index, path) in newPaths.enumerated() {
            pathVectors[path] = Array(encoded.vectors[row: textCount + index])
        }
        var row = 0
        for batch in batches {
            guard batch.rowCount > 0 else {
                try await output.send(batch)
                continue
            }
            let rows = row..<(row + batch.rowCount)
            row = rows.upperBound
            let pieces = Array(encoded.pieceCounts[rows])
            var sent = batch
            try sent.set("vector", .float32(encoded.vectors[rows: rows]))
            try sent.set("pieces", .int64(Tensor(width: 1, elements: pieces)))
            try sent.set("path_vector", contexts(of: batch))
            try await output.send(sent)
        }
    }

    /// What is read as a path's text.
    static func text(ofPath path: [String]) -> String { path.joined(separator: ". ") }

    private static func paths(of batch: Batch) -> RunLengthArray<[String]> {
        (try? batch.labels("path")) ?? RunLengthArray(repeatElement([], count: batch.rowCount))
    }

    /// The vectors of the rows' paths, zeros where there is none.
    private func contexts(of batch: Batch) -> Column {
        let zeros = [Float](repeating: 0, count: encoder.width)
        var vectors = RunLengthArray<[Float]>()
        for run in EmbedStage.paths(of: batch).runs {
            vectors.append(pathVectors[run.value] ?? zeros, count: run.end - vectors.count)
        }
        return .runs(vectors, width: encoder.width)
    }
}
