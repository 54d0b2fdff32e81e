import Dataflow
import Diagnostics
import Pipelines
import Stages
import Synchronization

/// Runs a pipeline in front of a person: progress, Ctrl-C, failures, statistics.
struct PipelineRunner {
    let pipeline: Pipeline
    let environment: StageEnvironment
    let options: RunOptions
    var restarts = false
    var taps: [String: @Sendable (Batch) async throws -> Void] = [:]
    /// Whether progress is shown.
    var showsProgress = true
    /// What is told of a run that was stopped.
    var stopNotice = "stopped; what was read is committed, run the same command to go on"

    /// How a run went.
    struct Outcome {
        let report: RunReport
        let status: ExitCode
    }

    /// Runs to the end and tells what failed.
    func run() async throws -> Outcome {
        // An interruption stops a language model as well, which the run itself waits for.
        let stop = StopFlag()
        var environment = environment
        environment.isStopped = { stop.isSet }
        var session = PipelineSession(pipeline: pipeline, environment: environment)
        session.taps = taps
        session.restarts = restarts
        let shown = ShownRun()
        let progress = environment.progress
        let showsProgress = showsProgress && !options.quiet
        session.onStart = { run in
            shown.begin(run, progress: showsProgress ? progress : nil, stop)
        }
        defer { shown.end() }
        let report = try await session.run()
        shown.end()
        for failure in report.failures { Terminal.report(failure.description) }
        if options.stats { Terminal.write(StageStatistics.table(report.stages)) }
        return Outcome(report: report, status: status(of: report, shown))
    }

    private func status(of report: RunReport, _ shown: ShownRun) -> ExitCode {
        if report.wasStopped {
            Terminal.report(stopNotice)
            return .interrupted
        }
        guard let failure = report.failures.first else { return .success }
        let figures = environment.progress.figures
        let failedLater = report.failures.filter { $0.stage != "ingest" }.count
        let goodCount = figures.documentsRead - failedLater + figures.unchanged
        let isOnlyOne = report.failures.count == 1 && goodCount == 0
        return isOnlyOne ? failure.exitCode : .partial
    }
}

/// What accompanies a run while it goes on.
private final class ShownRun: Sendable {
    private let parts = Mutex<(ProgressReporter?, Interrupts?)>((nil, nil))

    func begin(
        _ run: PipelineRun,
        progress: RunProgress?,
        _ stop: StopFlag
    ) {
        end()
        let reporter = progress.map { ProgressReporter(progress: $0, run: run) }
        let interrupts = Interrupts {
            stop.set()
            run.stop()
        }
        parts.withLock { $0 = (reporter, interrupts) }
    }

    func end() {
        parts.withLock {
            $0.0?.stop()
            $0.1?.stop()
            $0 = (nil, nil)
        }
    }
}
