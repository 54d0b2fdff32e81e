import Synchronization

/// A source and stages, joined by bounded channels, each in a task of its own that runs where the part does.
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
    ///
    /// A source that waits for input stops waiting.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
        source.part.interrupt()
    }

    /// Runs to the end of the source, or until stopped.
    ///
    /// - Parameter checkpoint: Where to go on from. It has the states of the first stages; those
    ///   behind them begin anew.
    /// - Returns: What was done, and which documents failed.
    /// - Throws: The first error that concerns more than one document, as `StageError`; what a tap
    ///   throws, as it is; `CancellationError` if the task is cancelled.
    public func start(from checkpoint: Checkpoint? = nil) async throws -> RunReport {
        try await withTaskCancellationHandler {
            do {
                if let checkpoint { try await restore(checkpoint) }
                try await flow(from: checkpoint)
            } catch is CancellationError where wasStopped && !Task.isCancelled {
                // It was stopped before it came to where it was to go on.
            }
        } onCancel: {
            source.part.interrupt()
        }
        return RunReport(
            stages: progress,
            failures: failures.withLock { $0 },
            wasStopped: wasStopped
        )
    }

    private var wasStopped: Bool { isStopping.load(ordering: .relaxed) }

    private func flow(from checkpoint: Checkpoint?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.drain(self.source.part, after: checkpoint) }
            for index in stages.indices {
                let stage = stages[index].part
                group.addTask { try await self.drive(stage, index, from: checkpoint) }
            }
            try await PipelineRun.wait(for: &group)
        }
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
        for (index, state) in checkpoint.states.enumerated() {
            guard index >= stages.count || stages[index].name != state.stage else { continue }
            let reason = "it stands where the pipeline has \(name(ofStage: index))"
            throw DataflowError.unusableCheckpoint(stage: state.stage, reason: reason)
        }
        try await named(source.name) { try await source.part.restore(checkpoint.position) }
    }

    private func name(ofStage index: Int) -> String {
        index < stages.count ? "`\(stages[index].name)`" : "no stage"
    }

    /// The source's task: batches and, every so many bytes, a checkpoint.
    private func drain(
        _ source: isolated any Source,
        after checkpoint: Checkpoint?
    ) async throws {
        let output = output(behind: 0)
        defer { channels.first?.finish() }
        var ordinal = checkpoint.map { $0.ordinal + 1 } ?? 0
        var bytesSinceCheckpoint = 0
        let clock = ContinuousClock()
        do {
            var isFinal = false
            while !isFinal {
                let begin = clock.now
                let batch = try await source.next()
                if let batch {
                    let parcel = Parcel(batch)
                    meters[0].count(parcel)
                    note(batch.markers)
                    bytesSinceCheckpoint += parcel.bytes
                    try await output.send(batch)
                }
                let wasStopped = self.wasStopped
                isFinal = batch == nil || wasStopped
                if isFinal || bytesSinceCheckpoint >= configuration.checkpointBytes {
                    let checkpoint = Checkpoint(
                        ordinal: ordinal,
                        position: try source.position(),
                        isFinal: batch == nil && !wasStopped
                    )
                    try await output.send(Batch(markers: [.checkpoint(checkpoint)]))
                    ordinal += 1
                    bytesSinceCheckpoint = 0
                }
                try await output.flush(isolation: source)
                meters[0].addBusy(begin.duration(to: clock.now))
            }
        } catch {
            throw PipelineRun.error(error, in: self.source.name)
        }
    }

    /// A stage's task.
    private func drive(
        _ stage: isolated any Stage,
        _ index: Int,
        from checkpoint: Checkpoint?
    ) async throws {
        let input = channels[index]
        let next = index + 1 < stages.count ? channels[index + 1] : nil
        let meter = meters[index + 1]
        defer {
            input.abandon()
            next?.finish()
        }
        var driver = StageDriver(
            name: stages[index].name,
            output: output(behind: index + 1),
            onFailure: { failure in self.failures.withLock { $0.append(failure) } }
        )
        let clock = ContinuousClock()
        do {
            if let checkpoint, index < checkpoint.states.count {
                try await driver.restore(stage, from: checkpoint)
            }
            var begin = clock.now
            while let parcel = try await input.receive() {
                let received = clock.now
                meter.count(parcel, waited: begin.duration(to: received))
                try await driver.take(parcel.batch, by: stage)
                begin = clock.now
                meter.addBusy(received.duration(to: begin))
            }
            try Task.checkCancellation()
            try await driver.finish(stage)
        } catch {
            throw PipelineRun.error(error, in: stages[index].name, at: driver.place)
        }
    }

    /// What a part sends goes to the taps, then into the channel behind it.
    private func output(behind index: Int) -> Output {
        var tap: (@Sendable (Batch) async throws -> Void)?
        if let shown = configuration.taps[meters[index].stage] {
            tap = { batch in
                do {
                    try await shown(batch)
                } catch {
                    throw TapFailure(cause: error)
                }
            }
        }
        let channel = index < channels.count ? channels[index] : nil
        return Output(tap: tap, channel: channel, meter: meters[index])
    }

    /// Keeps the failures that the source itself reports.
    private func note(_ markers: [Marker]) {
        for case .documentFailed(let document, let problem) in markers {
            let failure = DocumentFailure(document: document, stage: source.name, cause: problem)
            failures.withLock { $0.append(failure) }
        }
    }

    private func named<Result>(
        _ name: String,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw PipelineRun.error(error, in: name)
        }
    }

    /// An error with its place; what a tap throws is no fault of a stage.
    private static func error(
        _ error: any Error,
        in stage: String,
        at place: (document: Document?, byte: Int?) = (nil, nil)
    ) -> any Error {
        switch error {
        case is CancellationError: error
        case let failure as TapFailure: failure.cause
        default:
            StageError(
                stage: stage,
                document: place.document?.id,
                byte: place.byte,
                cause: error
            )
        }
    }
}

/// What a tap threw.
private struct TapFailure: Error {
    let cause: any Error
}
