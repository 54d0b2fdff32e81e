/// How beams are searched and compared.
public struct BeamConfiguration: Sendable, Equatable {
    /// When a group of beams looks no further.
    public enum Stopping: String, Sendable {
        /// As soon as as many texts have ended as there are beams.
        case early
        /// When no beam, ended where it is, would be better than the worst of them.
        case heuristic
        /// When no beam can become better than the worst of them, as long as the length penalty is not
        /// below 0.
        case exhaustive
    }

    /// How many beginnings are kept at each length.
    public var beamCount: Int
    /// How many groups the beams are divided into; each prefers what those before it did not choose.
    public var groupCount: Int
    /// What a token loses for each beam of an earlier group that chose it at the same step.
    public var diversityPenalty: Float
    /// A text's score is its logarithmic probability over its length to this power.
    public var lengthPenalty: Double
    /// When a group looks no further.
    public var stopping: Stopping

    /// Beams in one group or several.
    ///
    /// - Precondition: The groups divide the beams.
    public init(
        beamCount: Int,
        groupCount: Int = 1,
        diversityPenalty: Float = 0,
        lengthPenalty: Double = 1,
        stopping: Stopping = .heuristic
    ) {
        precondition(beamCount > 0 && groupCount > 0, "a beam in each group")
        precondition(beamCount % groupCount == 0, "groups of the same size")
        self.beamCount = beamCount
        self.groupCount = groupCount
        self.diversityPenalty = diversityPenalty
        self.lengthPenalty = lengthPenalty
        self.stopping = stopping
    }
}
