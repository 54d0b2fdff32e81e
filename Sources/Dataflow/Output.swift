/// Where a stage sends its rows: the next stage's channel.
public struct Output: Sendable {
    private let tap: (@Sendable (Batch) async throws -> Void)?
    private let channel: Channel?
    private let meter: StageMeter?

    /// An output that hands batches to a closure.
    public init(_ deliver: @escaping @Sendable (Batch) async throws -> Void) {
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
        guard let channel, try !channel.offer(batch) else { return }
        let clock = ContinuousClock()
        let begin = clock.now
        try await channel.send(batch)
        meter?.add(begin.duration(to: clock.now), to: .waitingForOutput)
    }
}
