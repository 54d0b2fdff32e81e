import Dataflow
public import Generation
import Tensors

/// Claims as rows: each with the place that it cites, the first of several that has most of it.
struct ClaimRows {
    private let claims: [CheckedClaim]

    /// The rows of some claims.
    init(_ claims: [CheckedClaim]) {
        self.claims = claims
    }

    /// The columns of the text that is cited, and of what is claimed.
    func columns(of batch: inout Batch) throws {
        let best = claims.map(\.bestCitation)
        try batch.set("start", integers(best.map { $0?.byteRange.lowerBound ?? 0 }))
        try batch.set("end", integers(best.map { $0?.byteRange.upperBound ?? 0 }))
        try batch.set("path", .labels(RunLengthArray(best.map { $0?.passage.path ?? [] })))
        try batch.set("text", .text(TextColumn(best.map { $0?.bytes ?? [] })))
        try batch.set("answer", .text(TextColumn(claims.map { $0.text.utf8 })))
        try batch.set("supported", integers(claims.map { $0.isSupported ? 1 : 0 }))
        try batch.set("fault", .text(TextColumn(claims.map { ($0.fault?.description ?? "").utf8 })))
        try batch.set("citations", .labels(RunLengthArray(claims.map(\.places))))
    }

    /// The rows of an answer.
    func answer(to question: String, _ text: String, isRelevant: Bool) throws -> Batch {
        let best = claims.map(\.bestCitation)
        var batch = Batch(document: nil)
        try batch.set("question", .text(TextColumn(claims.map { _ in question.utf8 })))
        try batch.set("rank", integers(Array(1...max(claims.count, 1)).prefix(claims.count)))
        try batch.set("score", scores)
        try batch.set(
            "document",
            .text(TextColumn(best.map { ($0?.passage.document ?? "").utf8 }))
        )
        try batch.set("uri", .text(TextColumn(best.map { ($0?.passage.uri ?? "").utf8 })))
        try columns(of: &batch)
        try batch.set("block", integers(best.map { Int($0?.passage.block ?? 0) }))
        try batch.set("relevant", integers(claims.map { _ in isRelevant ? 1 : 0 }))
        try batch.set("question_text", .text(TextColumn(claims.map { _ in text.utf8 })))
        return batch
    }

    /// The rows of a document's summary.
    func summary(of document: Document) throws -> Batch {
        var batch = Batch(document: document)
        try batch.set("score", scores)
        try columns(of: &batch)
        return batch
    }

    private var scores: Column {
        .float32(Tensor(width: 1, elements: claims.map(\.score)))
    }

    private func integers(_ values: some Sequence<Int>) -> Column {
        .int64(Tensor(width: 1, elements: values.map(Int64.init)))
    }
}

extension CheckedClaim {
    /// All places that it cites: `[1] DOCUMENT:START-END`.
    public var places: [String] {
        citations.map { citation in
            let range = citation.byteRange
            return "[\(citation.passage.number)] \(citation.passage.document):"
                + "\(range.lowerBound)-\(range.upperBound)"
        }
    }
}
