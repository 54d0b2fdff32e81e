import Dataflow
import Tensors
import Testing

/// The room from outside: a source, a stage of one's own, and a run over both.
@Suite struct DataflowExampleTests {
    /// Counts up to a number.
    private actor Counter: Source {
        private var value: Int64 = 0
        private let last: Int64

        init(to last: Int64) { self.last = last }

        func next() throws -> Batch? {
            guard value < last else { return nil }
            value += 1
            var batch = Batch(document: Document(ordinal: 0, id: "count", uri: "memory:count"))
            try batch.set("value", .int64(Tensor(width: 1, elements: [value])))
            return batch
        }

        func position() -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

        func restore(_ position: [UInt8]) {
            value = position.reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    /// Adds the squares.
    private actor Squares: Stage {
        func process(_ batch: Batch, into output: Output) async throws {
            let squares = try batch.int64("value").elements.map { $0 * $0 }
            var squared = batch
            try squared.set("square", .int64(Tensor(width: 1, elements: squares)))
            try await output.send(squared)
        }
    }

    @Test func aStageOfOnesOwnRuns() async throws {
        let printed = Log<String>()
        let run = PipelineRun(
            source: .init("count", Counter(to: 3)),
            stages: [.init("square", Squares())],
            configuration: RunConfiguration(
                taps: [
                    "square": { batch in
                        let lines = BatchPrinter().lines(of: batch)
                        printed.append(String(decoding: lines, as: UTF8.self))
                    }
                ]
            )
        )
        let report = try await run.start()
        #expect(report.stages.map(\.rows) == [3, 3])
        #expect(
            printed.entries.joined() == """
                {"document":"count","value":1,"square":1}
                {"document":"count","value":2,"square":4}
                {"document":"count","value":3,"square":9}

                """
        )
    }
}
