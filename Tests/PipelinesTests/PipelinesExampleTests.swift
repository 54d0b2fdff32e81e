import Dataflow
import Pipelines
import Synchronization
import Tensors
import Testing

/// The room from outside: stages of one's own, declared, named in YAML, checked, assembled and run.
@Suite struct PipelinesExampleTests {
    private actor Counter: Source {
        private let limit: Int64
        private var value: Int64 = 0

        init(settings: StageSettings) { limit = Int64(settings.integer("limit")) }

        func next() throws -> Batch? {
            guard value < limit else { return nil }
            value += 1
            var batch = Batch(document: Document(ordinal: 0, id: "count", uri: "memory:count"))
            try batch.set("value", .int64(Tensor(width: 1, elements: [value])))
            return batch
        }

        func position() -> [UInt8] { [UInt8(value)] }
        func restore(_ position: [UInt8]) { value = Int64(position.first ?? 0) }
    }

    private actor Speller: Stage {
        private let words: [String]
        private let prefix: String

        init(settings: StageSettings, words: [String]) {
            prefix = settings.string("prefix")
            self.words = words
        }

        func process(_ batch: Batch, into output: Output) async throws {
            let spelled = try batch.int64("value").elements.map {
                (prefix + words[Int($0) - 1]).utf8
            }
            var rows = Batch(document: batch.document)
            try rows.set("text", .text(TextColumn(spelled)))
            try await output.send(rows)
        }
    }

    /// What the stages get beside their keys is the words to spell with.
    private let definitions: [StageDefinition<[String]>] = [
        StageDefinition(Toy.count, source: { settings, _ in Counter(settings: settings) }),
        StageDefinition(
            Toy.spell,
            stage: { Speller(settings: $0, words: $1) }
        ),
    ]

    @Test func stagesOfOnesOwnRunFromAFile() async throws {
        let reader = PipelineReader(specs: definitions.map(\.spec))
        let pipeline = try reader.pipeline(
            from: """
                name: counting
                stages:
                  - count: {limit: 2}
                  - spell: {prefix: "No. "}
                """,
            file: "counting.yaml"
        )
        let texts = Mutex<[String]>([])
        let run = try await pipeline.assemble(
            definitions,
            environment: ["one", "two", "three"],
            taps: [
                "spell": { batch in
                    guard batch.rowCount > 0 else { return }
                    let text = try batch.text("text").string(atRow: 0)
                    texts.withLock { $0.append(text) }
                }
            ]
        )
        _ = try await run.start()
        #expect(texts.withLock { $0 } == ["No. one", "No. two"])
    }
}
