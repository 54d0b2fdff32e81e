import Dataflow
import Pipelines
import Serialization
import Structure
import Tensors

/// `structurize`: segments to segments with their kind and outline path.
actor StructurizeStage: Stage {
    static let spec = StageSpec(
        name: "structurize",
        summary: """
            Follows the outline of Markdown and plain text: gives each segment its kind and the \
            headings above it.
            """,
        rows: .replaced,
        needs: [Columns.text, Columns.start, Columns.end],
        adds: [Columns.start, Columns.end, Columns.kind, Columns.path, Columns.text],
        example: "- structurize"
    )

    private let executor = StageExecutor("structurize")
    private var outliner = Outliner()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func documentBegan(_ document: Document, into output: Output) {
        outliner = Outliner(title: document.title)
    }

    func process(_ batch: Batch, into output: Output) async throws {
        let texts = try batch.text("text")
        let starts = try batch.int64("start").elements
        let ends = try batch.int64("end").elements
        var rows = OutlinedRows()
        texts.bytes.withUnsafeBytes { bytes in
            for row in 0..<batch.rowCount {
                outliner.push(
                    range: Int(starts[row])..<Int(ends[row]),
                    text: UnsafeRawBufferPointer(rebasing: bytes[texts.range(ofRow: row)])
                ) { rows.append($0, $1) }
            }
        }
        if let outlined = try rows.batch(of: batch.document) { try await output.send(outlined) }
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        var rows = OutlinedRows()
        outliner.finish { rows.append($0, $1) }
        if let outlined = try rows.batch(of: end.document) { try await output.send(outlined) }
    }

    func snapshot() -> [UInt8] { outliner.snapshot() }

    func restore(_ state: [UInt8]) throws {
        do throws(StructureError) {
            outliner = try Outliner(restoring: state)
        } catch {
            throw StagesError.unusableState(stage: "structurize", reason: error.problem)
        }
    }
}

/// Outlined segments on their way into a batch.
private struct OutlinedRows {
    private var starts: [Int64] = []
    private var ends: [Int64] = []
    private var kinds = TextColumn()
    private var paths = RunLengthArray<[String]>()
    private var texts = TextColumn()

    mutating func append(_ segment: OutlinedSegment, _ text: UnsafeRawBufferPointer) {
        starts.append(Int64(segment.range.lowerBound))
        ends.append(Int64(segment.range.upperBound))
        kinds.append(segment.kind.rawValue)
        paths.append(segment.path)
        texts.append(text)
    }

    /// The rows so far; nil if there are none.
    func batch(of document: Document?) throws -> Batch? {
        guard !starts.isEmpty else { return nil }
        var batch = Batch(document: document)
        try batch.set("start", .int64(Tensor(width: 1, elements: starts)))
        try batch.set("end", .int64(Tensor(width: 1, elements: ends)))
        try batch.set("kind", .text(kinds))
        try batch.set("path", .labels(paths))
        try batch.set("text", .text(texts))
        return batch
    }
}
