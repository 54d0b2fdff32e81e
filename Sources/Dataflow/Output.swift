import Synchronization

/// Where a stage sends its rows: the next stage's channel.
///
/// What is sent in one turn travels together where it can: a turn's last batch waits for the markers behind
/// it and for few more rows of its document, until `flush`. A batch costs each stage it passes some
/// microseconds, as much as a short document.
public final class Output: Sendable {
    private let tap: (@Sendable (Batch) async throws -> Void)?
    private let channel: Channel?
    private let meter: StageMeter?
    private let held = Mutex(HeldBatch())

    /// An output that hands batches to a closure.
    public convenience init(_ deliver: @escaping @Sendable (Batch) async throws -> Void) {
        self.init(tap: deliver, channel: nil, meter: nil)
    }

    /// An output that shows batches to a tap, then puts them into a channel; the meter is told of waiting.
    init(
        tap: (@Sendable (Batch) async throws -> Void)?,
        channel: Channel?,
        meter: StageMeter?
    ) {
        self.tap = tap
        self.channel = channel
        self.meter = meter
    }

    /// Sends a batch on, waiting while the next stage's channel is full.
    ///
    /// - Concurrency: Stays with the stage that sends.
    public func send(_ batch: Batch, isolation: isolated (any Actor)? = #isolation) async throws {
        guard batch.rowCount > 0 || !batch.markers.isEmpty else { return }
        try await tap?(batch)
        guard channel != nil else { return }
        if let before = held.withLock({ $0.hold(batch) }) { try await deliver(before) }
    }

    /// Sends on what is held.
    ///
    /// - Concurrency: Stays with the stage that sends.
    func flush(isolation: isolated (any Actor)? = #isolation) async throws {
        guard channel != nil else { return }
        if let batch = held.withLock({ $0.release() }) { try await deliver(batch) }
    }

    private func deliver(
        _ batch: Batch,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let parcel = Parcel(batch)
        guard let channel, try !channel.offer(parcel) else { return }
        let clock = ContinuousClock()
        let begin = clock.now
        try await channel.send(parcel)
        meter?.addWaitingForOutput(begin.duration(to: clock.now))
    }
}

/// The batch that waits for what may travel with it.
private struct HeldBatch {
    /// Up to how many rows batches of a document are joined.
    private static let joinedRows = 128

    private var batch: Batch?

    /// Holds a batch; returns the one before it where they cannot be one.
    mutating func hold(_ next: Batch) -> Batch? {
        if batch?.join(next, upToRows: Self.joinedRows) ?? false { return nil }
        defer { batch = next }
        return batch
    }

    /// Gives up what is held.
    mutating func release() -> Batch? {
        defer { batch = nil }
        return batch
    }
}
