import Dataflow
import Diagnostics
import Synchronization
import Testing

@Suite struct PipelineRunTests {
    private typealias Part<Value: Sendable> = PipelineRun.Named<Value>

    /// A run whose last stage's rows are logged.
    private func run(
        _ source: any Source,
        _ stages: [(String, any Stage)],
        into log: Log<Int64> = Log(),
        configuration: RunConfiguration = RunConfiguration()
    ) -> PipelineRun {
        var configuration = configuration
        configuration.taps[stages.last?.0 ?? "source"] = { batch in
            guard batch.rowCount > 0 else { return }
            for value in try values(of: batch) { log.append(value) }
        }
        return PipelineRun(
            source: .init("source", source),
            stages: stages.map { .init($0.0, $0.1) },
            configuration: configuration
        )
    }

    @Test func rowsFlowThroughAllStagesInOrder() async throws {
        let log = Log<Int64>()
        let source = Numbers([Array(1...10), [], [5]], batchRows: 3)
        let run = run(
            source,
            [("sum", PairSums()), ("gather", Gatherer(limit: 4))],
            into: log,
            configuration: RunConfiguration(channelCapacity: ChannelCapacity(bytes: 1, rows: 1))
        )
        let report = try await run.start()
        #expect(log.entries == [3, 7, 11, 15, 19, 5])
        #expect(report.failures == [])
        #expect(!report.wasStopped)
    }

    @Test func metricsCountRowsBatchesAndBytesOfEachPart() async throws {
        let run = run(Numbers([Array(1...10)], batchRows: 5), [("sum", PairSums())])
        let report = try await run.start()
        #expect(report.stages.map(\.stage) == ["source", "sum"])
        // Begin, two batches of rows, end; the stage also takes the final checkpoint.
        #expect(report.stages.map(\.rows) == [10, 10])
        #expect(report.stages.map(\.batches) == [4, 5])
        #expect(report.stages.allSatisfy { $0.bytes > 80 && $0.busy > .zero })
        #expect(report.stages[0].outputFill == 0)
        #expect(report.stages[1].outputFill == nil)
        #expect(report.stages[0].waitingForInput == .zero)
    }

    @Test func oneFailingDocumentDoesNotStopTheRest() async throws {
        let log = Log<Int64>()
        let source = Numbers([[1, 2], [3, 13, 4], [5, 6]], batchRows: 1)
        let report = try await run(
            source,
            [("gate", Gate(refused: 13)), ("gather", Gatherer(limit: 2))],
            into: log
        ).start()
        #expect(log.entries == [1, 2, 3, 5, 6])
        #expect(report.failures.map(\.description) == ["gate, document d1: something is wrong"])
    }

    @Test func anErrorNamesTheStageAndTheDocument() async throws {
        let source = Numbers([[1, 2], [3, 13]], batchRows: 1)
        let gate = Gate(refused: 13, error: Trouble(mend: "do otherwise"))
        let error = await #expect(throws: StageError.self) {
            try await run(source, [("sum", Gatherer(limit: 1)), ("gate", gate)]).start()
        }
        #expect(error?.description == "gate, document d1: something is wrong; do otherwise")
        #expect(error?.exitCode == .dataError)
    }

    @Test func anErrorOfTheSourceNamesTheSource() async throws {
        actor Broken: Source {
            func next() throws -> Batch? { throw Trouble() }
            func position() -> [UInt8] { [] }
            func restore(_ position: [UInt8]) {}
        }
        let error = await #expect(throws: StageError.self) {
            try await run(Broken(), [("sum", PairSums())]).start()
        }
        #expect(error?.description == "source: something is wrong")
    }

    @Test func whatATapThrowsIsNoFaultOfAStage() async throws {
        let run = PipelineRun(
            source: .init("source", Numbers([[1]])),
            stages: [.init("sum", PairSums())],
            configuration: RunConfiguration(taps: ["sum": { _ in throw Trouble() }])
        )
        await #expect(throws: Trouble()) { try await run.start() }
    }

    @Test func anyStageCanBeTapped() async throws {
        let log = Log<String>()
        let names = ["source", "sum", "gather"]
        let taps = names.map { name in
            let tap: @Sendable (Batch) async throws -> Void = { batch in
                if batch.rowCount > 0 {
                    log.append("\(name) \(try values(of: batch))")
                }
            }
            return (name, tap)
        }
        let configuration = RunConfiguration(taps: Dictionary(uniqueKeysWithValues: taps))
        _ = try await PipelineRun(
            source: .init("source", Numbers([[1, 2]])),
            stages: [.init("sum", PairSums()), .init("gather", Gatherer(limit: 9))],
            configuration: configuration
        ).start()
        #expect(log.entries.sorted() == ["gather [3]", "source [1, 2]", "sum [3]"])
    }

    @Test func aStoppedRunEndsWithACheckpointThatIsNotTheLast() async throws {
        let last = Mutex<Checkpoint?>(nil)
        let box = Mutex<PipelineRun?>(nil)
        let run = PipelineRun(
            source: .init("source", Numbers([Array(1...1000)], batchRows: 1)),
            stages: [.init("sum", PairSums())],
            configuration: RunConfiguration(
                taps: [
                    "source": { batch in
                        if try batch.rowCount > 0 && values(of: batch) == [5] {
                            box.withLock { $0 }?.stop()
                        }
                    },
                    "sum": { batch in
                        for case .checkpoint(let checkpoint) in batch.markers {
                            last.withLock { $0 = checkpoint }
                        }
                    },
                ]
            )
        )
        box.withLock { $0 = run }
        let report = try await run.start()
        box.withLock { $0 = nil }
        #expect(report.wasStopped)
        #expect(report.stages[0].rows == 5)
        let checkpoint = try #require(last.withLock { $0 })
        #expect(!checkpoint.isFinal)
        let log = Log<Int64>()
        let rest = self.run(
            Numbers([Array(1...1000)], batchRows: 1),
            [("sum", PairSums())],
            into: log
        )
        _ = try await rest.start(from: checkpoint)
        #expect(log.entries.first == 11)
        #expect(log.entries.count == 498)
    }

    @Test func stoppingASourceThatWaitsForInputEndsTheRun() async throws {
        /// Gives one row, then waits for ever.
        actor Idle: Source {
            private let (signal, continuation) = AsyncStream<Void>.makeStream()
            private var count = 0
            let onWaiting: @Sendable () -> Void
            init(onWaiting: @escaping @Sendable () -> Void) { self.onWaiting = onWaiting }
            func next() async throws -> Batch? {
                count += 1
                if count == 1 { return try batch([1], of: document(0)) }
                onWaiting()
                for await _ in signal {}
                return nil
            }
            func position() -> [UInt8] { [UInt8(count)] }
            func restore(_ position: [UInt8]) {}
            nonisolated func interrupt() { continuation.finish() }
        }
        let box = Mutex<PipelineRun?>(nil)
        let run = run(Idle { box.withLock { $0 }?.stop() }, [("sum", Gatherer(limit: 1))])
        box.withLock { $0 = run }
        let report = try await run.start()
        box.withLock { $0 = nil }
        #expect(report.wasStopped)
        #expect(report.stages[1].rows == 1)
    }

    @Test func aRunStoppedOnTheWayToItsCheckpointDoesNothing() async throws {
        /// Waits for ever for what it had read.
        actor Slow: Source {
            private let (signal, continuation) = AsyncStream<Void>.makeStream()
            let onWaiting: @Sendable () -> Void
            init(onWaiting: @escaping @Sendable () -> Void) { self.onWaiting = onWaiting }
            func next() -> Batch? { nil }
            func position() -> [UInt8] { [] }
            func restore(_ position: [UInt8]) async throws {
                onWaiting()
                for await _ in signal {}
                throw CancellationError()
            }
            nonisolated func interrupt() { continuation.finish() }
        }
        let box = Mutex<PipelineRun?>(nil)
        let run = run(Slow { box.withLock { $0 }?.stop() }, [("sum", PairSums())])
        box.withLock { $0 = run }
        let report = try await run.start(from: Checkpoint(ordinal: 0, position: []))
        box.withLock { $0 = nil }
        #expect(report.wasStopped)
        #expect(report.stages.allSatisfy { $0.batches == 0 })
    }

    @Test func aCancelledRunThrows() async throws {
        actor Endless: Source {
            func next() async throws -> Batch? {
                await Task.yield()
                return try batch([1], of: document(0))
            }
            func position() -> [UInt8] { [] }
            func restore(_ position: [UInt8]) {}
        }
        let run = run(Endless(), [("gather", Gatherer(limit: 1))])
        let task = Task { try await run.start() }
        while run.progress[1].rows == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aCheckpointOfAnotherChainIsRefused() async throws {
        let checkpoint = Checkpoint(
            ordinal: 0,
            position: [],
            states: [.init(stage: "other", bytes: [])]
        )
        let error = await #expect(throws: DataflowError.self) {
            try await run(Numbers([[1]]), [("sum", PairSums())]).start(from: checkpoint)
        }
        #expect(
            error?.description == """
                the checkpoint does not fit stage `other`: it stands where the pipeline has `sum`; \
                run again with --restart to read from the beginning
                """
        )
    }
}
