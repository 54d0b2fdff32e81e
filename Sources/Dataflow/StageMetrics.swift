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
        copy.busy = max(.zero, copy.busy)
        copy.outputFill = outputChannel?.fill
        return copy
    }

    /// Counts a batch that was sent or taken.
    func count(_ parcel: Parcel, waited: Duration = .zero) {
        metrics.withLock {
            $0.rows += parcel.rows
            $0.bytes += parcel.bytes
            $0.batches += 1
            $0.waitingForInput += waited
        }
    }

    /// Adds time at work, in which waiting for room is counted already.
    func addBusy(_ time: Duration) { metrics.withLock { $0.busy += time } }

    /// Adds time spent waiting for room in the next channel, which is not time at work.
    func addWaitingForOutput(_ time: Duration) {
        metrics.withLock {
            $0.waitingForOutput += time
            $0.busy -= time
        }
    }
}
