import BlockStorage
import Dataflow
import Diagnostics
import Foundation
import Stages
import Tensors
import Testing

/// What single stages promise beyond the chain's equality.
@Suite struct StageBehaviourTests {
    /// Every row's outline path is in its landmark's making, however many paths there are.
    @Test(arguments: [1, 4000, 1 << 20])
    func pathsKeepTheirVectorsHoweverManyThereAre(batchBytes: Int) async throws {
        let scratch = try Scratch()
        // One path comes again and again among more than are kept.
        let text = (0..<700).map { index in
            "# Run \(index)\n\nThe river runs \(index).\n\n# Sea\n\nIt is water \(index).\n\n"
        }.joined()
        var ingest = Ingest(inputs: [try scratch.write(text, to: "a.md")])
        ingest.pipeline = .concepts
        ingest.settings = ["embed.batch_bytes=\(batchBytes)"]
        ingest.checkpointBytes = 1000
        let norms = Log<Float>()
        ingest.taps["embed"] = { batch in
            guard batch.rowCount > 0 else { return }
            let vectors = try batch.float32("path_vector")
            for (row, path) in try batch.labels("path").values.enumerated() where !path.isEmpty {
                norms.append(vectors[row: row].reduce(0) { $0 + $1 * $1 })
            }
        }
        _ = try await ingest.run(into: scratch.path("store"))
        #expect(norms.entries.count > 1000)
        #expect(norms.entries.allSatisfy { abs($0 - 1) < 1e-3 })
    }

    @Test func eachDocumentIsSummarizedOnceItIsStored() async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: try scratch.library())
        ingest.pipeline = .summarize
        ingest.settings = ["generate.words=10"]
        ingest.checkpointBytes = 900
        let summarized = Log<String>()
        let (outcome, copies) = try await {
            var logging = ingest
            logging.taps["generate"] = { batch in
                if batch.rowCount > 0 { summarized.append(batch.document?.id ?? "?") }
            }
            return try await logging.runCopyingEachCommit(into: scratch.path("store"))
        }()
        let stored = try outcome.store.read { try $0.documents().map(\.id) }
        #expect(Set(summarized.entries) == Set(stored))
        // A stage behind the store begins anew when the run is gone on with.
        for copy in copies {
            let resumed = try await ingest.run(into: copy)
            #expect(try resumed.store.firstDifference(from: outcome.store) == nil)
        }
    }

    @Test func segmentsTileTheirDocument() async throws {
        let scratch = try Scratch()
        let text = Prose.markdown(sections: 6, seed: 3)
        var ingest = Ingest(inputs: [try scratch.write(text, to: "a.md")])
        ingest.pipeline = .segments
        ingest.checkpointBytes = 300
        let pieces = Log<[UInt8]>()
        ingest.taps["structurize"] = { batch in
            guard batch.rowCount > 0 else { return }
            let starts = try batch.int64("start").elements
            let texts = try batch.text("text")
            for row in 0..<batch.rowCount {
                #expect(Int(starts[row]) == pieces.entries.reduce(0) { $0 + $1.count })
                pieces.append(Array(texts[row: row]))
            }
        }
        _ = try await ingest.run(into: scratch.path("store"))
        #expect(pieces.entries.joined().elementsEqual(text.utf8))
    }

    @Test func aPipelineThatStoresNeedsAStore() async throws {
        let scratch = try Scratch()
        let input = try scratch.write("The sea.", to: "a.txt")
        let models = ModelShelf(folder: tinyModel)
        let session = PipelineSession(
            pipeline: try StandardPipeline.ingest.pipeline(),
            environment: StageEnvironment(
                inputs: [input],
                models: models,
                stores: StoreShelf(path: nil, models: models)
            )
        )
        let error = await #expect(throws: StagesError.self) { try await session.run() }
        #expect(error?.description == "`store` needs a store; pass --store FOLDER")
    }

    @Test func aMissingEncoderIsToldWithWhereItWasLookedFor() async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: [try scratch.write("The sea.", to: "a.txt")])
        ingest.model = scratch.path("none")
        let error = await #expect(throws: StagesError.self) {
            try await ingest.run(into: scratch.path("store"))
        }
        #expect(
            error?.description == """
                no sentence encoder: looked for model.safetensors in \(scratch.path("none")); run \
                `make setup`, or pass --models FOLDER
                """
        )
    }

    @Test func anotherEncodersStoreIsRefused() async throws {
        let scratch = try Scratch()
        let settings = StoreSettings(
            encoder: "another",
            vectorWidth: 32,
            chain: ["language": "english"]
        )
        do {
            _ = try Store.open(
                at: scratch.path("store"),
                mode: .readWrite(create: true),
                settings: settings
            )
        }
        let ingest = Ingest(inputs: [try scratch.write("The sea.", to: "a.txt")])
        let error = await #expect(throws: StoreError.self) {
            try await ingest.run(into: scratch.path("store"))
        }
        #expect(error?.exitCode == .configuration)
        #expect(error?.problem.contains("was made with the encoder another") == true)
    }
}
