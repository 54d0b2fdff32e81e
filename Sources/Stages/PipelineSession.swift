private import BlockStorage
public import Dataflow
public import Pipelines

/// A checked pipeline with what it runs on: makes its stages, goes on from the last checkpoint.
///
///     let session = PipelineSession(pipeline: pipeline, environment: environment)
///     let report = try await session.run()
public struct PipelineSession: Sendable {
    private let pipeline: Pipeline
    private var environment: StageEnvironment
    /// Closures that see every batch behind the stage of a name.
    public var taps: [String: @Sendable (Batch) async throws -> Void] = [:]
    /// Whether to read from the beginning although a checkpoint is there.
    public var restarts = false
    /// Gets the run when it starts, to show its progress and to stop it.
    public var onStart: @Sendable (PipelineRun) -> Void = { _ in }

    /// A session that has not started.
    public init(pipeline: Pipeline, environment: StageEnvironment) {
        self.pipeline = pipeline
        self.environment = environment
        self.environment.pipelineName = pipeline.name
    }

    /// Runs the pipeline to its end.
    ///
    /// - Returns: What was done, and which documents failed.
    /// - Throws: What ends the whole run.
    public func run() async throws -> RunReport {
        let run = try await pipeline.assemble(
            StandardStages.definitions,
            environment: environment,
            taps: taps
        )
        onStart(run)
        return try await run.start(from: restarts ? nil : try lastCheckpoint())
    }

    /// Where an earlier run of the same pipeline on the same inputs was ended.
    private func lastCheckpoint() throws -> Checkpoint? {
        guard pipeline.contains("store"), let store = environment.stores.opened else { return nil }
        let record = try store.read {
            try $0.checkpoint(pipeline: environment.pipelineName, source: environment.sourceName)
        }
        guard let record, !record.states.isEmpty else { return nil }
        return Checkpoint(
            ordinal: 0,
            position: record.position,
            states: record.states.map { .init(stage: $0.stage, bytes: $0.bytes) }
        )
    }
}
