public import Serialization

/// Where a pipeline stands in a source, with the state of its every stage.
public struct CheckpointRecord: Sendable, Equatable {
    /// The pipeline's name.
    public var pipeline: String
    /// The source's name.
    public var source: String
    /// The source's position, in whatever form it chose.
    public var position: [UInt8]
    /// The digest of what the source has given out so far.
    public var digest: ContentDigest
    /// Each stage's state, in the order of the chain.
    public var states: [StageState]

    /// A checkpoint from its parts.
    public init(
        pipeline: String,
        source: String,
        position: [UInt8],
        digest: ContentDigest,
        states: [StageState]
    ) {
        self.pipeline = pipeline
        self.source = source
        self.position = position
        self.digest = digest
        self.states = states
    }
}

/// The state of one stage at a checkpoint.
public struct StageState: Sendable, Equatable {
    /// The stage's name in its pipeline.
    public var stage: String
    /// Its state, in whatever form it chose.
    public var bytes: [UInt8]

    /// A stage's state.
    public init(stage: String, bytes: [UInt8]) {
        self.stage = stage
        self.bytes = bytes
    }
}
