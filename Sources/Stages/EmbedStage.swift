import Dataflow
import Models
import Pipelines
import Tensors
import Text

/// `embed`: texts to concepts.
actor EmbedStage: Stage {
    static let spec = StageSpec(
        name: "embed",
        summary: "Makes each row's text a unit vector with the sentence encoder all-MiniLM-L6-v2.",
        fields: [
            FieldSpec(
                "batch_bytes",
                .size,
                default: .integer(1 << 15),
                "how much text is gathered, across documents, before it is encoded at once"
            )
        ],
        needs: [Columns.text],
        adds: [Columns.vector, Columns.pieces, Columns.pathVector],
        example: "- embed: {batch_bytes: 64KiB}"
    )

    /// How many paths' vectors may be kept for the rows that follow.
    private static let maximumPaths = 512

    private let encoder: SentenceEncoder
    private let pool: ComputePool
    private let batchBytes: Int
    private var pending: [Batch] = []
    private var pendingBytes = 0
    private var pathVectors: [[String]: [Float]] = [:]

    init(settings: StageSettings, environment: StageEnvironment) throws {
        encoder = try environment.models.encoder()
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
        pending.append(Batch(markers: [marker]))
        return true
    }

    func flush(into output: Output) async throws {
        let batches = pending
        pending = []
        pendingBytes = 0
        guard !batches.isEmpty else { return }
        if pathVectors.count > Self.maximumPaths { pathVectors = [:] }
        var texts: [[UInt8]] = []
        var newPaths: [[String]] = []
        for batch in batches where batch.rowCount > 0 {
            let column = try batch.text("text")
            for row in 0..<column.rowCount { texts.append(Array(column[row: row])) }
            for path in EmbedStage.paths(of: batch)
            where !path.isEmpty && pathVectors[path] == nil && !newPaths.contains(path) {
                newPaths.append(path)
            }
        }
        let all = texts + newPaths.map { Array($0.joined(separator: ". ").utf8) }
        let encoder = encoder
        let (vectors, pieces) = await pool.run {
            let identifiers = all.map { text in
                text.withUnsafeBytes {
                    encoder.tokenizer.tokenIDs(of: $0, limit: encoder.pieceLimit)
                }
            }
            return (encoder.encode(pieces: identifiers), identifiers.map { Int64($0.count) })
        }
        for (index, path) in newPaths.enumerated() {
            pathVectors[path] = Array(vectors[row: texts.count + index])
        }
        var row = 0
        for batch in batches {
            guard batch.rowCount > 0 else {
                try await output.send(batch)
                continue
            }
            let rows = row..<(row + batch.rowCount)
            row = rows.upperBound
            var encoded = batch
            try encoded.set("vector", .float32(vectors[rows: rows]))
            try encoded.set("pieces", .int64(Tensor(width: 1, elements: Array(pieces[rows]))))
            try encoded.set("path_vector", .float32(contexts(of: batch)))
            try await output.send(encoded)
        }
    }

    private static func paths(of batch: Batch) -> [[String]] {
        (try? batch.labels("path")) ?? []
    }

    private func contexts(of batch: Batch) -> Tensor<Float> {
        let zeros = [Float](repeating: 0, count: encoder.width)
        let paths = EmbedStage.paths(of: batch)
        var tensor = Tensor<Float>(width: encoder.width)
        for row in 0..<batch.rowCount {
            tensor.append(row: paths.isEmpty ? zeros : pathVectors[paths[row]] ?? zeros)
        }
        return tensor
    }
}
