import Dataflow
import Synchronization
import Testing

/// Killed anywhere and run again from its last checkpoint, a chain gives the same rows.
@Suite struct RestartTests {
    /// What survives a crash: committed rows, and where the run stood then.
    private final class Shelf: Sendable {
        let content = Mutex<(lines: [String], checkpoint: Checkpoint?)>(([], nil))

        var lines: [String] { content.withLock { $0.lines } }
        var checkpoint: Checkpoint? { content.withLock { $0.checkpoint } }
    }

    private struct Crash: Error {}

    /// Commits rows and the states at each checkpoint, and crashes after so many calls.
    private actor Keeper: Stage {
        private let shelf: Shelf
        private var callsLeft: Int
        private var pending: [String] = []

        init(_ shelf: Shelf, crashAfter calls: Int) {
            self.shelf = shelf
            callsLeft = calls
        }

        func process(_ batch: Batch, into output: Output) throws {
            try count()
            for value in try values(of: batch) {
                pending.append("\(batch.document?.id ?? "?") \(value)")
            }
        }

        func documentEnded(_ end: inout DocumentEnd, into output: Output) throws {
            try count()
            pending.append("\(end.document.id) ends after \(end.lengthBytes)")
        }

        func documentFailed(_ document: Document, _ problem: DocumentProblem, into output: Output)
            throws
        {
            try count()
            pending.append("\(document.id) fails")
        }

        func reached(_ checkpoint: Checkpoint) throws {
            // A crash strikes before or after the commit, never within.
            try count()
            shelf.content.withLock {
                $0.lines += pending
                $0.checkpoint = checkpoint
            }
            pending = []
            try count()
        }

        private func count() throws {
            callsLeft -= 1
            if callsLeft < 0 { throw Crash() }
        }
    }

    private struct Shape {
        var batchRows = 4
        var gathered = 5
        var capacity = ChannelCapacity()
        var checkpointBytes = 200

        init() {}

        init(using random: inout SeededGenerator) {
            batchRows = .random(in: 1...9, using: &random)
            gathered = .random(in: 1...20, using: &random)
            capacity = ChannelCapacity(
                bytes: .random(in: 1...2000, using: &random),
                rows: .random(in: 1...20, using: &random)
            )
            checkpointBytes = .random(in: 1...1000, using: &random)
        }
    }

    private func run(
        _ documents: [[Int64]],
        _ shape: Shape,
        into shelf: Shelf,
        crashAfter calls: Int = .max
    ) async throws {
        let run = PipelineRun(
            source: .init("numbers", Numbers(documents, batchRows: shape.batchRows)),
            stages: [
                .init("gate", Gate(refused: 13)), .init("sum", PairSums()),
                .init("gather", Gatherer(limit: shape.gathered)),
                .init("keep", Keeper(shelf, crashAfter: calls)),
                .init("behind", Gatherer(limit: 3)),
            ],
            configuration: RunConfiguration(
                channelCapacity: shape.capacity,
                checkpointBytes: shape.checkpointBytes
            )
        )
        _ = try await run.start(from: shelf.checkpoint)
    }

    /// Ends of failed documents depend on the cut: what passed before the failure is to be forgotten.
    private func withoutFailed(_ lines: [String]) -> [String] {
        let failed = Set(lines.filter { $0.hasSuffix("fails") }.map { $0.prefix { $0 != " " } })
        return lines.filter { $0.hasSuffix("fails") || !failed.contains($0.prefix { $0 != " " }) }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func crashesAnywhereLeaveTheSameRows(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        let documents = (0..<6).map { _ in
            (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Int64.random(in: 0...40, using: &random)
            }
        }
        let expected = Shelf()
        try await run(documents, Shape(), into: expected)
        let shelf = Shelf()
        let shape = Shape(using: &random)
        var crashCount = 0
        while shelf.checkpoint?.isFinal != true {
            // Far enough at times to get ahead.
            let calls = Int.random(in: 0...(2 + crashCount), using: &random)
            do {
                try await run(documents, shape, into: shelf, crashAfter: calls)
            } catch let error as StageError where error.cause is Crash {
                crashCount += 1
            }
        }
        #expect(withoutFailed(shelf.lines) == withoutFailed(expected.lines))
        #expect(crashCount > 0)
    }

    @Test func theRowsDoNotDependOnCutsCapacitiesOrCheckpoints() async throws {
        let documents: [[Int64]] = [Array(0..<12), [], [1], Array(20..<57)]
        let expected = Shelf()
        try await run(documents, Shape(), into: expected)
        var random = SeededGenerator(state: 1)
        for _ in 0..<30 {
            let shelf = Shelf()
            try await run(documents, Shape(using: &random), into: shelf)
            #expect(shelf.lines == expected.lines)
        }
    }
}
