import Synchronization

/// A source and stages, joined by bounded channels, each in a task of its own.
///
///     let run = PipelineRun(source: .init("numbers", Numbers()), stages: [.init("add", Adder())])
///     let report = try await run.start()
///
/// - Concurrency: `start` is called once. `stop` and `progress` may be called from anywhere.
public final class PipelineRun: Sendable {
    /// A source or stage and the name by which errors, metrics and checkpoints know it.
    public struct Named<Part: Sendable>: Sendable {
        /// The name.
        public let name: String
        /// The source or stage.
        public let part: Part

        /// A named part.
        public init(_ name: String, _ part: Part) {
            self.name = name
            self.part = part
        }
    }

    private let source: Named<any Source>
    private let stages: [Named<any Stage>]
    private let configuration: RunConfiguration
    private let channels: [Channel]
    private let meters: [StageMeter]
    private let failures = Mutex<[DocumentFailure]>([])
    private let isStopping = Atomic(false)

    /// A run that has not started.
    public init(
        source: Named<any Source>,
        stages: [Named<any Stage>],
        configuration: RunConfiguration = RunConfiguration()
    ) {
        self.source = source
        self.stages = stages
        self.configuration = configuration
        channels = stages.map { _ in Channel(capacity: configuration.channelCapacity) }
        let names = [source.name] + stages.map(\.name)
        let outputs = channels.map(Optional.some) + [nil]
        meters = zip(names, outputs).map(StageMeter.init)
    }

    /// What each part has done so far, in the order of the chain.
    public var progress: [StageMetrics] { meters.map(\.current) }

    /// Asks the source to stop at its next batch: what is in flight flows out and is committed.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Runs to the end of the source, or until stopped.
    ///
    /// - Parameter checkpoint: Where to go on from.
    /// - Returns: What was done, and which documents failed.
    /// - Throws: The first error that concerns more than one document, as `StageError`;
    ///   `CancellationError` if the task is cancelled.
    public func start(from checkpoint: Checkpoint? = nil) async throws -> RunReport {
        if let checkpoint { try await named(source.name) { try await self.restore(checkpoint) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.drainSource(after: checkpoint) }
            for index in stages.indices {
                group.addTask { try await self.drive(index, from: checkpoint) }
            }
            try await PipelineRun.wait(for: &group)
        }
        return RunReport(
            stages: progress,
            failures: failures.withLock { $0 },
            wasStopped: isStopping.load(ordering: .relaxed)
        )
    }

    /// Waits for all tasks; on an error cancels the rest and throws what caused it.
    ///
    /// A stage that fails makes its neighbours end by cancellation, maybe sooner than itself.
    private static func wait(for group: inout ThrowingTaskGroup<Void, any Error>) async throws {
        var failure: (any Error)?
        while let result = await group.nextResult() {
            guard case .failure(let error) = result else { continue }
            group.cancelAll()
            if failure == nil || failure is CancellationError { failure = error }
        }
        if let failure { throw failure }
    }

    private func restore(_ checkpoint: Checkpoint) async throws {
        try await source.part.restore(checkpoint.position)
    }

    /// The source's task: batches and, every so many bytes, a checkpoint.
    private func drainSource(after checkpoint: Checkpoint?) async throws {
        let output = output(behind: 0)
        defer { channels.first?.finish() }
        var ordinal = checkpoint.map { $0.ordinal + 1 } ?? 0
        var bytesSinceCheckpoint = 0
        let clock = ContinuousClock()
        try await named(source.name) {
            var isFinal = false
            while !isFinal {
                let begin = clock.now
                let batch = try await self.source.part.next()
                self.meters[0].add(begin.duration(to: clock.now), to: .busy)
                if let batch {
                    self.meters[0].count(batch)
                    self.note(batch.markers)
                    bytesSinceCheckpoint += batch.byteCount
                    try await output.send(batch)
                }
                let isStopping = self.isStopping.load(ordering: .relaxed)
                isFinal = batch == nil || isStopping
                if isFinal || bytesSinceCheckpoint >= self.configuration.checkpointBytes {
                    let checkpoint = Checkpoint(
                        ordinal: ordinal,
                        position: try await self.source.part.position(),
                        isFinal: batch == nil
                    )
                    try await output.send(Batch(markers: [.checkpoint(checkpoint)]))
                    ordinal += 1
                    bytesSinceCheckpoint = 0
                }
            }
        }
    }

    /// A stage's task.
    private func drive(_ index: Int, from checkpoint: Checkpoint?) async throws {
        let input = channels[index]
        let next = index + 1 < stages.count ? channels[index + 1] : nil
        let meter = meters[index + 1]
        defer {
            input.abandon()
            next?.finish()
        }
        var driver = StageDriver(
            name: stages[index].name,
            stage: stages[index].part,
            output: output(behind: index + 1),
            onFailure: { failure in self.failures.withLock { $0.append(failure) } }
        )
        let clock = ContinuousClock()
        var document: String?
        do {
            if let checkpoint { try await driver.restore(checkpoint) }
            var begin = clock.now
            while let batch = try await input.receive() {
                let received = clock.now
                meter.add(begin.duration(to: received), to: .waitingForInput)
                meter.count(batch)
                document = batch.document?.id ?? document
                let waitedBefore = meter.current.waitingForOutput
                try await driver.take(batch)
                begin = clock.now
                let waited = meter.current.waitingForOutput - waitedBefore
                meter.add(received.duration(to: begin) - waited, to: .busy)
            }
            try Task.checkCancellation()
            try await driver.finish()
        } catch let error where !(error is CancellationError) {
            throw StageError(stage: stages[index].name, document: document, cause: error)
        }
    }

    /// What a part sends goes to the taps, then into the channel behind it.
    private func output(behind index: Int) -> Output {
        let channel = index < channels.count ? channels[index] : nil
        let meter = meters[index]
        let tap = configuration.taps[meter.current.stage]
        let clock = ContinuousClock()
        return Output { batch in
            try await tap?(batch)
            guard let channel else { return }
            let begin = clock.now
            try await channel.send(batch)
            meter.add(begin.duration(to: clock.now), to: .waitingForOutput)
        }
    }

    /// Keeps the failures that the source itself reports.
    private func note(_ markers: [Marker]) {
        for case .documentFailed(let document, let problem) in markers {
            let failure = DocumentFailure(document: document, stage: source.name, problem: problem)
            failures.withLock { $0.append(failure) }
        }
    }

    private func named<Result>(
        _ name: String,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error where !(error is CancellationError) {
            throw StageError(stage: name, document: nil, cause: error)
        }
    }
}
