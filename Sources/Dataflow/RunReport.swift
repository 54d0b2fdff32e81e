/// How a run is made: how much flows at once, how often it commits, who looks on.
public struct RunConfiguration: Sendable {
    /// How much each channel holds.
    public var channelCapacity: ChannelCapacity
    /// After how many bytes of the source's rows a checkpoint follows.
    public var checkpointBytes: Int
    /// Closures that see every batch behind the stage of a name.
    public var taps: [String: @Sendable (Batch) async throws -> Void]

    /// `checkpointBytes` where nothing else is said: a commit's fixed work is little beside that of so
    /// much text, and its changes take some 30 MB of memory.
    public static let standardCheckpointBytes = 1 << 21

    /// A configuration.
    public init(
        channelCapacity: ChannelCapacity = ChannelCapacity(),
        checkpointBytes: Int = standardCheckpointBytes,
        taps: [String: @Sendable (Batch) async throws -> Void] = [:]
    ) {
        self.channelCapacity = channelCapacity
        self.checkpointBytes = checkpointBytes
        self.taps = taps
    }
}

/// What a run did.
public struct RunReport: Sendable {
    /// Each part's metrics, in the order of the chain.
    public let stages: [StageMetrics]
    /// The documents that could not be read to their end.
    public let failures: [DocumentFailure]
    /// Whether it was stopped before the source's end.
    public let wasStopped: Bool
}
