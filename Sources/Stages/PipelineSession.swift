public import Dataflow
private import Ingestion
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
        self.environment.pipelineSettings = pipeline.effectiveSettings
        self.environment.checkpointBytes = pipeline.checkpointBytes
        self.environment.ledger = pipeline.contains("store") ? DocumentLedger() : nil
        let vector = Columns.vector.name
        let takers = pipeline.items(behind: "encode").filter { item in
            (item.spec.needs + item.spec.needsMore(item.settings)).contains { $0.name == vector }
        }
        self.environment.onlyStoreTakesVectors = takers.map(\.spec.name) == ["store"]
    }

    /// Runs the pipeline to its end.
    ///
    /// Goes on where an earlier run of the same pipeline on the same inputs was ended. If settings or
    /// files have changed since, reads from the beginning: documents that the store holds as they
    /// are get passed over, the one that was half read is replaced.
    ///
    /// - Returns: What was done, and which documents failed.
    /// - Throws: What ends the whole run.
    public func run() async throws -> RunReport {
        let run = try await assemble()
        switch restarts || !pipeline.contains("store") ? .finished : try environment.earlierRun() {
        case .finished: break
        case .differs(let settings):
            let list = settings.isEmpty ? "" : " (\(settings.joined(separator: ", ")))"
            environment.notice(
                "an earlier run on these inputs had other settings\(list); reading from the beginning"
            )
        case .unfinished(let checkpoint):
            do {
                return try await run.start(from: checkpoint)
            } catch let error as StageError where canReadAgain(after: error) {
                environment.notice("\(error.problem); reading from the beginning")
                return try await assemble().start()
            }
        }
        return try await run.start()
    }

    private func assemble() async throws -> PipelineRun {
        let run = try await pipeline.assemble(
            StandardStages.definitions,
            environment: environment,
            taps: taps
        )
        onStart(run)
        return run
    }

    /// Whether all that went wrong is that files are not what they were; a pipe comes once.
    private func canReadAgain(after error: StageError) -> Bool {
        switch error.cause as? IngestionError {
        case .inputChanged, .inputMissing, .inputsChanged: !environment.inputs.contains("-")
        default: false
        }
    }
}
