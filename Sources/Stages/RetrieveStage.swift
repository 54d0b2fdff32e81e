import BlockStorage
import Dataflow
import Models
import Pipelines
import Retrieval
import Tensors

/// `retrieve`: questions to the stored segments that match.
actor RetrieveStage: Stage {
    static let spec = StageSpec(
        name: "retrieve",
        summary: """
            Finds the stored segments that answer each row's text: by landmarks, by terms, by \
            concepts, and by what the best blocks have in common.
            """,
        rows: .replaced,
        fields: [
            FieldSpec(
                "limit",
                .integer(1...10_000),
                default: .integer(10),
                "how many segments are found for a question at most"
            ),
            FieldSpec(
                "irrelevant",
                .boolean,
                default: .boolean(false),
                "whether segments are given although nothing relevant is stored"
            ),
            FieldSpec(
                "refine",
                .integer(0...200),
                default: .integer(defaults.refinedCount),
                "in a store of `static`, how many of the likeliest blocks `minilm` reads before they are "
                    + "ranked; it keeps their vectors in the store's folder; 0 for none"
            ),
        ],
        needs: [Columns.text, Columns.vector],
        adds: [
            ColumnSpec("question", .text, "the id of the question, or its text where it has none"),
            ColumnSpec("rank", .int64(width: 1), "the place among the question's answers, from 1"),
            ColumnSpec("score", .float32(width: 1), "how well it matches, in standard deviations"),
            ColumnSpec("document", .text, "the id of the document that it stands in"),
            ColumnSpec("uri", .text, "where that document came from"),
            Columns.start, Columns.end, Columns.path, Columns.text,
            Columns.foundBlock,
            ColumnSpec(
                "relevant",
                .int64(width: 1),
                "1 where the store holds something relevant to the question, else 0"
            ),
            Columns.questionText,
        ],
        example: "- retrieve: {limit: 5}"
    )

    private static let defaults = RetrieverConfiguration()

    private let executor = StageExecutor("retrieve")
    private let retriever: Retriever
    private let environment: StageEnvironment
    private let limit: Int
    private let givesIrrelevant: Bool

    init(settings: StageSettings, environment: StageEnvironment) throws {
        let encoder = try environment.stores.encoder()
        let store = try environment.stores.reader(encoder: encoder.fingerprint)
        for id in environment.documents {
            guard try store.read({ try $0.document(id: id) }) == nil else { continue }
            throw StagesError.noSuchDocument(id: id, store: store.path)
        }
        var configuration = RetrieverConfiguration()
        configuration.language = store.settings.chain["language"] ?? configuration.language
        configuration.refinedCount = settings.integer("refine")
        retriever = try Retriever(
            store: store,
            configuration: configuration,
            segmentEncoder: BlockEncoder(encoder),
            refiner: configuration.refinedCount == 0 || encoder is SentenceEncoder
                ? nil : try environment.refiner(storePath: store.path)
        )
        self.environment = environment
        limit = settings.integer("limit")
        givesIrrelevant = settings.boolean("irrelevant")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func process(_ batch: Batch, into output: Output) async throws {
        let texts = try batch.text("text")
        let vectors = try batch.float32("vector")
        for row in 0..<batch.rowCount {
            let text = texts.string(atRow: row)
            let query = RetrievalQuery(
                text: text,
                vector: Array(vectors[row: row]),
                documents: environment.documents.isEmpty ? nil : Set(environment.documents),
                metadata: environment.metadata.map { ($0.name, $0.value) },
                limit: limit
            )
            let result = try retriever.retrieve(query)
            environment.progress.countQuestion(isAnswered: result.isRelevant)
            if !result.isRelevant { environment.notice("nothing relevant is stored on: \(text)") }
            guard result.isRelevant || givesIrrelevant, !result.hits.isEmpty else { continue }
            let question = batch.document?.id ?? text
            try await output.send(try rows(of: result, question, text))
        }
    }

    private func rows(_ values: [Int]) -> Column {
        .int64(Tensor(width: 1, elements: values.map(Int64.init)))
    }

    private func rows(
        of result: RetrievalResult,
        _ question: String,
        _ text: String
    ) throws -> Batch {
        let hits = result.hits
        var batch = Batch(document: nil)
        try batch.set("question", .text(TextColumn(hits.map { _ in question.utf8 })))
        try batch.set("rank", rows(Array(1...hits.count)))
        try batch.set("score", .float32(Tensor(width: 1, elements: hits.map(\.score))))
        try batch.set("document", .text(TextColumn(hits.map { $0.document.utf8 })))
        try batch.set("uri", .text(TextColumn(hits.map { $0.uri.utf8 })))
        try batch.set("start", rows(hits.map { $0.byteRange.lowerBound }))
        try batch.set("end", rows(hits.map { $0.byteRange.upperBound }))
        try batch.set("path", .labels(RunLengthArray(hits.map(\.path))))
        try batch.set("text", .text(TextColumn(hits.map(\.bytes))))
        try batch.set("block", rows(hits.map { Int($0.block) }))
        try batch.set("relevant", rows(hits.map { _ in result.isRelevant ? 1 : 0 }))
        try batch.set("question_text", .text(TextColumn(hits.map { _ in text.utf8 })))
        return batch
    }
}

extension StageEnvironment {
    /// MiniLM for a second look at the blocks of the store at a path, or nil where its weights are
    /// missing, which is told.
    ///
    /// - Throws: `ModelsError` if they are there and cannot be loaded.
    fileprivate func refiner(storePath: String) throws -> ConceptRefiner? {
        do {
            return ConceptRefiner(encoder: try models.encoder(), storePath: storePath)
        } catch let error as StagesError {
            notice("answers are not refined: \(error.problem)")
            return nil
        }
    }
}
