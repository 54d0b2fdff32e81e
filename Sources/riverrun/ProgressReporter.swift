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
    }

    /// Stops showing and takes the line away.
    func stop() {
        task.withLock { $0?.cancel() }
        if Terminal.isInteractive { Terminal.write("\r\u{1B}[K") }
    }

    private func show() {
        if Terminal.isInteractive {
            Terminal.write("\r\u{1B}[K" + line)
        } else {
            Terminal.report(line)
        }
    }

    /// Bytes, rate, time left, blocks, how full each channel is.
    private var line: String {
        let figures = progress.figures
        let elapsed = start.duration(to: .now)
        let seconds =
            Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let read = run.progress.last?.bytes == nil ? 0 : figures.bytesRead
        var parts = [Quantities.bytes(read)]
        if let total = figures.totalBytes { parts[0] += " of \(Quantities.bytes(total))" }
        let rate = Double(read) / max(0.001, seconds)
        parts.append("\(Quantities.bytes(Int(rate)))/s")
        if let total = figures.totalBytes, read > 0, total > read {
            let left = Double(total - read) / rate
            parts.append("\(Quantities.seconds(left)) left")
        }
        parts.append("\(figures.documents) documents")
        parts.append("\(figures.blocks) blocks")
        let fills = run.progress.compactMap { stage in
            stage.outputFill.map { "\(stage.stage) \(Int(($0 * 100).rounded()))%" }
        }
        parts.append("channels: \(fills.joined(separator: " "))")
        return parts.joined(separator: ", ")
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
