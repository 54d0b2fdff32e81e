import Dataflow
import Stages
import Testing

/// The room from outside: a file into a store, then a summary of what the store holds.
@Suite struct StagesExampleTests {
    @Test func aDocumentIsReadAndSummarized() async throws {
        let scratch = try Scratch()
        let file = try scratch.write(
            "# Water\n\nThe river runs to the sea. It is water and it flows.\n",
            to: "water.md"
        )
        let models = ModelShelf(folder: tinyModel)
        let stores = StoreShelf(path: scratch.path("store"), models: models)
        let session = PipelineSession(
            pipeline: try StandardPipeline.ingest.pipeline(),
            environment: StageEnvironment(inputs: [file], models: models, stores: stores)
        )
        let report = try await session.run()
        #expect(report.failures == [])
        let summary = try StoredSummary(of: try stores.reader(), words: 20, models: models)
        #expect(summary.sentences.map(\.document).first == file)
        #expect(summary.text.contains("The river runs to the sea."))
    }
}
