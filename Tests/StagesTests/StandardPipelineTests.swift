import Dataflow
import Foundation
import Pipelines
import Stages
import Testing

/// The declared pipelines, and every stage's own example.
@Suite struct StandardPipelineTests {
    @Test(arguments: StandardPipeline.allCases)
    func eachIsWithoutFaultsAndBearsItsName(standard: StandardPipeline) throws {
        let pipeline = try standard.pipeline()
        #expect(pipeline.name == standard.rawValue)
        #expect(!pipeline.description.isEmpty)
    }

    @Test func theFolderHoldsExactlyThoseThatAreCompiledIn() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: pipelinesFolder.path())
        let names = StandardPipeline.allCases.map { "\($0.rawValue).yaml" }
        #expect(files.sorted() == names.sorted())
        for standard in StandardPipeline.allCases {
            let file = pipelinesFolder.appending(path: "\(standard.rawValue).yaml")
            #expect(try String(contentsOf: file, encoding: .utf8) == standard.yaml)
        }
    }

    @Test func aStagesNameIsItsPlaceInTheReference() {
        #expect(
            StandardStages.specs.map(\.name) == [
                "ingest", "chunk", "structurize", "embed", "encode", "store", "retrieve",
                "generate",
            ]
        )
        let reference = StandardStages.specs.reference
        for spec in StandardStages.specs { #expect(reference.contains("### `\(spec.name)`")) }
    }

    /// The example of a stage's declaration.
    private func example(_ name: String) throws -> String {
        try #require(StandardStages.specs.first { $0.name == name }).example
    }

    private func run(
        _ items: [String],
        over inputs: [String],
        tap: String,
        _ stores: StoreShelf,
        _ models: ModelShelf
    ) async throws -> [String] {
        let yaml = "name: examples\nstages:\n" + items.map { "  \($0)\n" }.joined()
        let pipeline = try StandardStages.reader.pipeline(from: yaml, file: "examples.yaml")
        let lines = Log<String>()
        var session = PipelineSession(
            pipeline: pipeline,
            environment: StageEnvironment(inputs: inputs, models: models, stores: stores)
        )
        session.taps[tap] = {
            lines.append(String(decoding: BatchPrinter().lines(of: $0), as: UTF8.self))
        }
        let report = try await session.run()
        #expect(report.failures == [])
        return lines.entries.joined().split(separator: "\n").map(String.init)
    }

    @Test func everyExampleIsAValidItemThatRuns() async throws {
        let scratch = try Scratch()
        let models = ModelShelf(folder: tinyModel)
        let stores = StoreShelf(path: scratch.path("store"), models: models)
        let input = try scratch.write(
            #"{"id": "a", "body": "The river runs to the sea. It is water."}"# + "\n",
            to: "a.ndjson"
        )
        let chain = ["ingest", "chunk", "structurize", "embed", "encode", "store", "generate"]
        let summary = try await run(
            try chain.map { try example($0) },
            over: [input],
            tap: "generate",
            stores,
            models
        )
        #expect(!summary.isEmpty)
        let question = try scratch.write("the river\n", to: "questions.txt")
        let answers = try await run(
            [
                "- ingest: {format: questions}", "- embed",
                "- retrieve: {limit: 5, irrelevant: true}",
            ],
            over: [question],
            tap: "retrieve",
            stores,
            models
        )
        #expect(answers.contains { $0.contains("The river runs to the sea.") })
        let retrieved = try await run(
            ["- ingest: {format: questions}", "- embed", try example("retrieve")],
            over: [question],
            tap: "retrieve",
            stores,
            models
        )
        #expect(retrieved.count <= 5)
    }
}
