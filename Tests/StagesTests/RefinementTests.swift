import BlockStorage
import Dataflow
import Foundation
import Models
import Pipelines
import Retrieval
import Stages
import Tensors
import Testing

/// A store of the static encoder of which MiniLM reads what questions come upon.
@Suite struct RefinementTests {
    /// A folder with the tiny encoder and the table distilled from it.
    private func models(_ scratch: Scratch) throws -> String {
        let folder = scratch.path("models")
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try files.copyItem(atPath: tinyModel, toPath: "\(folder)/all-MiniLM-L6-v2")
        _ = try ModelShelf(folder: folder).distill()
        return folder
    }

    /// Reads the library of a scratch folder into a store of the static encoder.
    @discardableResult
    private func ingest(
        _ scratch: Scratch,
        models: String,
        into store: String,
        _ opened: StoreShelf? = nil
    ) async throws -> Store {
        var ingest = Ingest(inputs: try scratch.library())
        ingest.settings = ["embed.model=static"]
        ingest.model = models
        return try await ingest.run(into: store, opened).store
    }

    private struct Answer: Equatable {
        let score: Float
        let document: String
        let start: Int64
    }

    /// The answers to a question from the store at a path.
    private func answers(
        _ store: String,
        models: String,
        _ scratch: Scratch,
        refine: Int
    ) async throws -> [Answer] {
        let answers = Log<Answer>()
        var ask = Ingest(inputs: [try scratch.write("Where does the river run?\n", to: "asked.txt")]
        )
        ask.pipeline = .ask
        ask.settings = ["retrieve.refine=\(refine)", "retrieve.irrelevant=true"]
        ask.model = models
        ask.taps["retrieve"] = { batch in
            guard batch.rowCount > 0 else { return }
            let documents = try batch.text("document")
            for row in 0..<batch.rowCount {
                answers.append(
                    Answer(
                        score: try batch.float32("score").elements[row],
                        document: documents.string(atRow: row),
                        start: try batch.int64("start").elements[row]
                    )
                )
            }
        }
        _ = try await ask.run(into: store)
        return answers.entries
    }

    private func caches(in store: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: store)
            .filter { $0.hasPrefix("concepts-") }
    }

    /// Whether rows have vectors behind `encode`.
    private func passesVectors(
        _ scratch: Scratch,
        models folder: String,
        encoder: String,
        withStore: Bool
    ) async throws -> Bool {
        let models = ModelShelf(folder: folder)
        let environment = StageEnvironment(
            inputs: try scratch.library(),
            models: models,
            stores: StoreShelf(path: scratch.path("\(encoder)-\(withStore)"), models: models)
        )
        var pipeline = try StandardPipeline.ingest.pipeline().applying(["embed.model=\(encoder)"])
        if !withStore { pipeline.items.removeAll { $0.spec.name == "store" } }
        var session = PipelineSession(pipeline: pipeline, environment: environment)
        let rows = Log<Bool>()
        session.taps["encode"] = { batch in
            guard batch.rowCount > 0 else { return }
            rows.append(batch.columns.contains { $0.name == "vector" })
        }
        _ = try await session.run()
        let passes = try #require(rows.entries.first as Bool?)
        #expect(rows.entries.allSatisfy { $0 == passes })
        return passes
    }

    @Test func vectorsEndAtEncodeWhereTheStoreDoesNotKeepThem() async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        for (encoder, withStore) in [("static", true), ("static", false), ("minilm", true)] {
            let passes = try await passesVectors(
                scratch,
                models: models,
                encoder: encoder,
                withStore: withStore
            )
            #expect(passes == !(encoder == "static" && withStore), "\(encoder), \(withStore)")
        }
    }

    @Test func answersAreTheSameWhetherVectorsWereKeptOrNot() async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        let store = scratch.path("store")
        try await ingest(scratch, models: models, into: store)

        let unrefined = try await answers(store, models: models, scratch, refine: 0)
        #expect(try caches(in: store).isEmpty)
        let first = try await answers(store, models: models, scratch, refine: 50)
        #expect(first != unrefined && !first.isEmpty)
        let cache = try #require(try caches(in: store).first)
        let data = "\(store)/\(cache)/data.mdb"
        let size = try FileManager.default.attributesOfItem(atPath: data)[.size] as? Int
        #expect(try await answers(store, models: models, scratch, refine: 50) == first)
        #expect(try FileManager.default.attributesOfItem(atPath: data)[.size] as? Int == size)

        // A cache that is damaged or gone is no loss.
        try Data("not a database".utf8).write(to: URL(filePath: data))
        #expect(try await answers(store, models: models, scratch, refine: 50) == first)
        try FileManager.default.removeItem(atPath: "\(store)/\(cache)")
        #expect(try await answers(store, models: models, scratch, refine: 50) == first)
    }

    @Test(arguments: [nil, EncoderPrecision.float32])
    func aSecondLookIsInInt8UnlessAskedForOtherwise(asked: EncoderPrecision?) async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        let store = scratch.path("store")
        try await ingest(scratch, models: models, into: store)
        let shelf = ModelShelf(folder: models, precision: asked)
        #expect(StoreShelf(path: store, models: shelf).opened == nil)
        #expect(try shelf.encoder().precision == asked ?? .int8)

        // So it is in the run that makes the store.
        let making = ModelShelf(folder: models, precision: asked)
        let other = StoreShelf(path: scratch.path("other"), models: making)
        try await ingest(scratch, models: models, into: "", other)
        #expect(try making.encoder().precision == asked ?? .int8)
    }

    @Test func theTableAloneReadsAndAnswers() async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        try FileManager.default.removeItem(atPath: "\(models)/all-MiniLM-L6-v2")
        let store = scratch.path("store")
        try await ingest(scratch, models: models, into: store)
        #expect(try await !answers(store, models: models, scratch, refine: 50).isEmpty)
        #expect(try caches(in: store).isEmpty)
    }

    @Test func vectorsOfTheTableAreMadeAnewAndNotKept() async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        let stored = try await ingest(scratch, models: models, into: scratch.path("store"))
        let table = try ModelShelf(folder: models).staticEncoder(width: stored.settings.vectorWidth)
        let blocks = try stored.read { transaction in
            #expect(try transaction.concepts(ofBlock: 0) == nil)
            return try (0..<3).map { try #require(try transaction.block($0)) }
        }
        let encoder = try #require(BlockEncoder(table))
        for (block, made) in zip(blocks, encoder.vectors(ofSegmentsIn: blocks)) {
            let texts = block.segments.indices.map { block.bytes[block.localRange(ofSegment: $0)] }
            #expect(made == table.encode(texts.map(Array.init)))
        }

        // A summary weighs sentences by their vectors.
        let summary = try StoredSummary(of: stored, words: 20, models: ModelShelf(folder: models))
        #expect(!summary.sentences.isEmpty)
        try FileManager.default.removeItem(atPath: "\(models)/static.safetensors")
        #expect(throws: StagesError.self) {
            try StoredSummary(of: stored, words: 20, models: ModelShelf(folder: models))
        }
        let other = try ModelShelf(folder: models).encoder()
        #expect(BlockEncoder(other) == nil)
    }

    @Test func aBlockIsReadAsAStoreOfTheBetterEncoderHasIt() async throws {
        let scratch = try Scratch()
        let models = try models(scratch)
        let text = "# Rivers\n\nThe river runs to the sea. It is water. The sea is wide and deep.\n"
        let file = try scratch.write(text, to: "a.md")
        var whole = Ingest(inputs: [file])
        whole.model = models
        let store = try await whole.run(into: scratch.path("minilm")).store
        let (record, landmark, concepts) = try store.read { transaction in
            (
                try #require(try transaction.block(0)),
                try #require(try transaction.landmark(ofBlock: 0)),
                try #require(try transaction.concepts(ofBlock: 0))
            )
        }
        let shelf = ModelShelf(folder: models)
        let question = "Where does the river run?"
        let vector = try shelf.encoder().encode([Array(question.utf8)]).elements
        func cosine(_ row: some Sequence<Float>) -> Float {
            zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let refiner = ConceptRefiner(
            encoder: try shelf.encoder(),
            storePath: scratch.path("minilm")
        )
        for _ in 0..<2 {
            let found = try #require(try refiner.cosines(of: [record], to: question).first)
            #expect(abs(found.block - cosine(landmark)) < 0.01)
            #expect(found.segments.count == concepts.rowCount)
            for (row, segment) in found.segments.enumerated() {
                #expect(abs(segment - cosine(concepts[row: row])) < 0.01)
            }
        }
    }
}
