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
        var outlined: [OutlinedSegment] = []
        for row in 0..<batch.rowCount {
            let range = Int(starts[row])..<Int(ends[row])
            outlined += outliner.push(range: range, text: Array(texts[row: row]))
        }
        try await send(outlined, of: batch.document, into: output)
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) async throws {
        try await send(outliner.finish(), of: end.document, into: output)
    }

    func snapshot() -> [UInt8] { outliner.snapshot() }

    func restore(_ state: [UInt8]) throws {
        do throws(StructureError) {
            outliner = try Outliner(restoring: state)
        } catch {
            throw StagesError.unusableState(stage: "structurize", reason: error.problem)
        }
    }

    private func send(
        _ segments: [OutlinedSegment],
        of document: Document?,
        into output: Output
    ) async throws {
        guard !segments.isEmpty else { return }
        let starts = segments.map { Int64($0.range.lowerBound) }
        let ends = segments.map { Int64($0.range.upperBound) }
        var kinds = TextColumn()
        var texts = TextColumn()
        for segment in segments {
            kinds.append(segment.kind.rawValue)
            segment.text.withUnsafeBytes { texts.append($0) }
        }
        var batch = Batch(document: document)
        try batch.set("start", .int64(Tensor(width: 1, elements: starts)))
        try batch.set("end", .int64(Tensor(width: 1, elements: ends)))
        try batch.set("kind", .text(kinds))
        try batch.set("path", .labels(RunLengthArray(segments.lazy.map(\.path))))
        try batch.set("text", .text(texts))
        try await output.send(batch)
    }
}
