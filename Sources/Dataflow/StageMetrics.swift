import Synchronization

/// What one stage has done so far.
public struct StageMetrics: Sendable, Equatable {
    /// The stage's name.
    public let stage: String
    /// Rows taken in; for a source, rows sent.
    public var rows = 0
    /// Bytes of the batches taken in; for a source, of those sent.
    public var bytes = 0
    /// Batches taken in; for a source, sent.
    public var batches = 0
    /// Time at work.
    public var busy: Duration = .zero
    /// Time spent waiting for rows.
    public var waitingForInput: Duration = .zero
    /// Time spent waiting for room in the next channel.
    public var waitingForOutput: Duration = .zero
    /// How full the channel behind the stage is, from 0 to 1; nil behind the last stage.
    public var outputFill: Double?

    /// The metrics of a stage that has done nothing.
    public init(stage: String) {
        self.stage = stage
    }
}

/// One stage's metrics, written by its task and read by whoever shows progress.
final class StageMeter: Sendable {
    /// The stage's name.
    let stage: String
    private let metrics: Mutex<StageMetrics>
    private let outputChannel: Channel?

    init(stage: String, outputChannel: Channel?) {
        self.stage = stage
        metrics = Mutex(StageMetrics(stage: stage))
        self.outputChannel = outputChannel
    }

    /// The metrics at this moment.
    var current: StageMetrics {
        var copy = metrics.withLock { $0 }
        copy.outputFill = outputChannel?.fill
        return copy
    }

    /// Counts a batch.
    func count(_ batch: Batch) {
        metrics.withLock {
            $0.rows += batch.rowCount
            $0.bytes += batch.byteCount
            $0.batches += 1
        }
    }

    /// What time was spent on.
    enum Activity { case busy, waitingForInput, waitingForOutput }

    /// Adds time.
    func add(_ time: Duration, to activity: Activity) {
        metrics.withLock {
            switch activity {
            case .busy: $0.busy += time
            case .waitingForInput: $0.waitingForInput += time
            case .waitingForOutput: $0.waitingForOutput += time
            }
        }
    }
}
