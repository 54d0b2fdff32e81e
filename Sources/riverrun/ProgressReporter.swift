import Dataflow
import Foundation
import Stages
import Synchronization

/// Shows a run's progress on standard error: a line drawn over, or one now and then in a log.
final class ProgressReporter: Sendable {
    private let progress: RunProgress
    private let run: PipelineRun
    private let start = ContinuousClock.now
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// Starts showing.
    init(progress: RunProgress, run: PipelineRun) {
        self.progress = progress
        self.run = run
        let interval: Duration = Terminal.isInteractive ? .milliseconds(200) : .seconds(10)
        let shown = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                guard let self, !Task.isCancelled else { return }
                self.show()
            }
        }
        task.withLock { $0 = shown }
        if Terminal.isInteractive { show() }
    }

    /// Stops showing and takes the line away.
    func stop() {
        task.withLock { task in
            task?.cancel()
            task = nil
            if Terminal.isInteractive { Terminal.erase() }
        }
    }

    private func show() {
        task.withLock { task in
            guard task != nil else { return }
            let line = ProgressLine(
                figures: progress.figures,
                stages: run.progress,
                elapsed: start.duration(to: .now)
            )
            if Terminal.isInteractive {
                Terminal.draw(line.description)
            } else {
                Terminal.report(line.description)
            }
        }
    }
}

/// Bytes, rate, time left, documents, blocks, how full each channel is.
struct ProgressLine: CustomStringConvertible {
    let figures: RunProgress.Figures
    let stages: [StageMetrics]
    let elapsed: Duration

    var description: String {
        [bytes, rate, timeLeft, documents, blocks, channels].compactMap(\.self)
            .joined(separator: ", ")
    }

    private var bytes: String {
        let done = Quantities.bytes(figures.bytesStored)
        return figures.totalBytes.map { "\(done) of \(Quantities.bytes($0))" } ?? done
    }

    /// Bytes a second; what an earlier run had read does not count.
    private var bytesPerSecond: Double {
        let (seconds, attoseconds) = elapsed.components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        return Double(figures.bytesStored - figures.bytesResumed) / max(0.001, time)
    }

    private var rate: String { "\(Quantities.bytes(Int(bytesPerSecond)))/s" }

    private var timeLeft: String? {
        guard let total = figures.totalBytes, total > figures.bytesStored, bytesPerSecond > 0 else {
            return nil
        }
        return "\(Quantities.seconds(Double(total - figures.bytesStored) / bytesPerSecond)) left"
    }

    private var documents: String { Quantities.count(figures.documents, "document") }

    private var blocks: String { Quantities.count(figures.blocks, "block") }

    private var channels: String {
        let fills = stages.compactMap { stage in
            stage.outputFill.map { "\(Int(($0 * 100).rounded()))" }
        }
        return "channels \(fills.joined(separator: " ")) %"
    }
}

/// The table that `--stats` prints.
enum StageStatistics {
    /// One row a stage: rows, bytes, and where its time went.
    static func table(_ stages: [StageMetrics]) -> String {
        var table = TextTable([
            ("stage", .left), ("rows", .right), ("bytes", .right), ("busy s", .right),
            ("waiting for input s", .right), ("waiting for output s", .right),
        ])
        for stage in stages {
            table.append([
                stage.stage, "\(stage.rows)", Quantities.bytes(stage.bytes),
                seconds(stage.busy), seconds(stage.waitingForInput),
                seconds(stage.waitingForOutput),
            ])
        }
        return table.rendered
    }

    private static func seconds(_ duration: Duration) -> String {
        let (whole, atto) = duration.components
        return Quantities.decimal(Double(whole) + Double(atto) / 1e18, places: 2)
    }
}
