import Dataflow
import Generation
import Pipelines
import Tensors

/// `generate`: answers from what was retrieved, or a summary of each document that was stored.
actor GenerateStage: Stage {
    static let spec = StageSpec(
        name: "generate",
        summary: """
            Points at the words that answer, or at the sentences that summarize each document once \
            it is stored; every one is an exact range of the source.
            """,
        rows: .kept,
        fields: [
            FieldSpec(
                "form",
                .choice(["answer", "summary"]),
                default: .string("answer"),
                "whether questions are answered or documents summarized"
            ),
            FieldSpec(
                "words",
                .integer(1...1_000_000),
                default: .integer(250),
                "about how many words a summary has"
            ),
            FieldSpec(
                "query",
                .string,
                default: .string(""),
                "what a summary is to be about; empty for the whole"
            ),
        ],
        needs: [Columns.text, Columns.start, Columns.end, Columns.path],
        adds: [
            ColumnSpec("answer", .text, "the words in the text that answer; empty for all of it")
        ],
        example: "- generate: {form: summary, words: 100}"
    )

    private let executor = StageExecutor("generate")
    private let environment: StageEnvironment
    private let summarizes: Bool
    private let words: Int
    private let query: String
    /// The documents that ended since the last checkpoint.
    private var ended: [Document] = []
    private var output: Output?

    init(settings: StageSettings, environment: StageEnvironment) {
        self.environment = environment
        summarizes = settings.string("form") == "summary"
        words = settings.integer("words")
        query = settings.string("query")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func process(_ batch: Batch, into output: Output) async throws {
        guard !summarizes else { return }
        let texts = try batch.text("text")
        let asked = try? batch.text("question_text")
        let pointer = SpanPointer()
        var answers = TextColumn()
        for row in 0..<batch.rowCount {
            let text = Array(texts[row: row])
            let asked = asked?.string(atRow: row) ?? ""
            let span = pointer.span(in: text, question: asked)
            answers.append(span.map { text[$0] } ?? [])
        }
        var answered = batch
        try answered.set("answer", .text(answers))
        try await output.send(answered)
    }

    func documentBegan(_ document: Document, into output: Output) {
        // It comes in place of one of the same id, which no one will find any more.
        ended.removeAll { $0.id == document.id }
    }

    func documentEnded(_ end: inout DocumentEnd, into output: Output) {
        ended.append(end.document)
        self.output = output
    }

    func reached(_ checkpoint: Checkpoint) async throws {
        // Now the store holds them.
        let documents = ended
        ended = []
        guard summarizes, let output else { return }
        for document in documents {
            let summary = try StoredSummary(
                of: try environment.stores.reader(),
                documents: [document.id],
                words: words,
                query: query.isEmpty ? nil : query,
                models: environment.models
            )
            try await output.send(try rows(of: summary, document))
        }
    }

    private func rows(of summary: StoredSummary, _ document: Document) throws -> Batch {
        let sentences = summary.sentences
        let starts = sentences.map { Int64($0.byteRange.lowerBound) }
        let ends = sentences.map { Int64($0.byteRange.upperBound) }
        var batch = Batch(document: document)
        try batch.set("start", .int64(Tensor(width: 1, elements: starts)))
        try batch.set("end", .int64(Tensor(width: 1, elements: ends)))
        try batch.set("path", .labels(RunLengthArray(sentences.map(\.path))))
        try batch.set("text", .text(TextColumn(sentences.map { $0.text.utf8 })))
        return batch
    }
}
