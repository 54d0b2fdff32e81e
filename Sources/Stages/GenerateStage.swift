import BlockStorage
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
            it is stored; every one is an exact range of the source. With a model or a server, it \
            writes instead, a row for each claim, and checks what each cites.
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
        ] + WriterChoice.fields,
        needs: [Columns.text, Columns.start, Columns.end, Columns.path],
        adds: [
            ColumnSpec(
                "answer",
                .text,
                "the words in the text that answer; empty for all of it; of a model, its claim"
            ),
            ColumnSpec(
                "supported",
                .int64(width: 1),
                "of a model: 1 if what the claim cites has it"
            ),
            ColumnSpec(
                "fault",
                .text,
                "of a model: what is wrong with the claim; empty if supported"
            ),
            ColumnSpec("citations", .labels, "of a model: all places that the claim cites"),
        ],
        example: "- generate: {form: summary, words: 100}",
        needsMore: { settings in
            let isAnswer = settings.string("form") == "answer" && !WriterChoice(settings).isNone
            return isAnswer ? [Columns.foundBlock, Columns.questionText] : []
        },
        faults: { WriterChoice.faults(of: $0) }
    )

    private let executor = StageExecutor("generate")
    private let environment: StageEnvironment
    private let summarizes: Bool
    private let words: Int
    private let query: String
    private let choice: WriterChoice
    private let writer: (any TextWriter)?
    /// What the writer's model has read into the store; looked for when it first writes.
    private var readings: StoredReadings??
    /// Writers behind documents that the model has read; nil for those that it has not.
    private var readers: [String: ModelWriter?] = [:]
    /// The documents that ended since the last checkpoint.
    private var ended: [Document] = []
    private var output: Output?

    init(settings: StageSettings, environment: StageEnvironment) async throws {
        self.environment = environment
        summarizes = settings.string("form") == "summary"
        words = settings.integer("words")
        query = settings.string("query")
        choice = WriterChoice(settings)
        writer = try await choice.writer(environment.models, notice: environment.notice)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func process(_ batch: Batch, into output: Output) async throws {
        guard !summarizes else { return }
        if let writer { return try await answer(batch, writer, into: output) }
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
            if let writer {
                guard !environment.isStopped() else { return }
                let reader = try await reader(of: document.id)
                let summary = try written(document, reader ?? writer)
                try await output.send(try ClaimRows(summary.claims).summary(of: document))
                continue
            }
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

    /// Lets a model answer the question whose passages a batch has.
    private func answer(
        _ batch: Batch,
        _ writer: any TextWriter,
        into output: Output
    ) async throws {
        guard batch.rowCount > 0, !environment.isStopped() else { return }
        let text = try batch.text("question_text").string(atRow: 0)
        var seen: Set<Int64> = []
        let blocks = try batch.int64("block").elements.filter { seen.insert($0).inserted }
        let store = try environment.stores.reader()
        let passages = try StoredPassages(store)
            .passages(ofBlocks: blocks.map { UInt64(clamping: $0) })
        let answerer = try AnswerWriter(
            try await reader(of: passages.first?.document) ?? writer,
            tokenLimit: choice.tokens,
            language: store.language,
            encoder: try environment.models.claimEncoder()
        )
        let listener = environment.listener
        try listener(.began(question: text))
        let answer = try answerer.answer(
            text,
            from: passages,
            isStopped: environment.isStopped
        ) { try listener(.cited($0)) }
        try listener(.ended(answer))
        guard !answer.claims.isEmpty else { return }
        let question = (try? batch.text("question").string(atRow: 0)) ?? text
        let isRelevant = (try? batch.int64("relevant").elements.first) ?? 1 != 0
        try await output.send(
            try ClaimRows(answer.claims).answer(to: question, text, isRelevant: isRelevant)
        )
    }

    /// A writer that begins behind a document, if the model has read it.
    private func reader(of id: String?) async throws -> ModelWriter? {
        guard let id, let path = environment.stores.path else { return nil }
        if readings == nil {
            readings = .some(
                try await StoredReadings(choice, environment.models, ofStoreAt: path)
            )
        }
        guard let readings = readings ?? nil else { return nil }
        if let reader = readers[id] { return reader }
        let document = try environment.stores.reader().read { try $0.document(id: id) }
        let reader = try document.flatMap {
            try readings.writer(
                behind: $0,
                isNamed: environment.documents.contains(id),
                notice: environment.notice
            )
        }
        readers[id] = .some(reader)
        return reader
    }

    /// Lets a model summarize a document.
    private func written(_ document: Document, _ writer: any TextWriter) throws -> WrittenText {
        let listener = environment.listener
        let summary = try WrittenSummary(
            of: try environment.stores.reader(),
            documents: [document.id],
            models: environment.models
        )
        let text = try summary.write(
            writer,
            words: words,
            query: query.isEmpty ? nil : query,
            tokenLimit: choice.tokens,
            isStopped: environment.isStopped
        ) { try listener(.cited($0)) }
        try listener(.ended(text))
        return text
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
