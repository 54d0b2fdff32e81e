/// A search for the texts to which a model gives the greatest probability, by beams in groups that
/// avoid each other's tokens.
///
///     var search = BeamSearch(BeamConfiguration(beamCount: 4), endTokens: ends, tokenLimit: 50)
///     var logits = [first]
///     while let step = search.advance(logits) { logits = try read(step.tokens, step.parents) }
///     let best = search.best(1)
///
/// Beams lose what diversity costs them for good. A group that looks no further chooses no tokens.
/// - Source: Vijayakumar et al. 2016, arXiv:1610.02424, §4 (Hamming diversity). Candidates, ends, scores and
///   stopping as in `transformers`' beam search.
public struct BeamSearch: Sendable {
    /// Tokens to be read next.
    public struct Step: Sendable, Equatable {
        /// What each beam goes on with.
        public var tokens: [Int32]
        /// For each beam the place of the one that it goes on, among those of the step before.
        public var parents: [Int]
    }

    private let configuration: BeamConfiguration
    private var groups: [BeamGroup]
    private var hasBegun = false

    /// A search for texts of up to `tokenLimit` tokens.
    public init(_ configuration: BeamConfiguration, endTokens: Set<Int32>, tokenLimit: Int) {
        precondition(tokenLimit > 0, "room for a token")
        self.configuration = configuration
        let group = BeamGroup(configuration, endTokens: endTokens, tokenLimit: tokenLimit)
        groups = [BeamGroup](repeating: group, count: configuration.groupCount)
    }

    /// Chooses the tokens that the beams go on with.
    ///
    /// - Parameter logits: What may follow each beam of the last step; at first, what may follow the
    ///   prompt.
    /// - Returns: What is to be read next; nil if the search is over.
    public mutating func advance(_ logits: [[Float]]) -> Step? {
        var step = Step(tokens: [], parents: [])
        var chosen: [Int32: Int] = [:]
        var first = 0
        for index in groups.indices where !groups[index].beams.isEmpty {
            let places = first..<(first + groups[index].beams.count)
            // The prompt is the one beam of every group.
            if hasBegun { first = places.upperBound }
            let (parents, tokens) = groups[index].advance(Array(logits[places]), chosen: chosen)
            step.parents += parents.map { places.lowerBound + $0 }
            step.tokens += tokens.prefix(parents.count)
            guard configuration.diversityPenalty != 0 else { continue }
            for token in tokens { chosen[token, default: 0] += 1 }
        }
        hasBegun = true
        return step.tokens.isEmpty ? nil : step
    }

    /// Ends every beam where it is.
    public mutating func finish() {
        for index in groups.indices { groups[index].finish() }
    }

    /// The texts that have ended, the best of all groups first.
    public func best(_ count: Int) -> [BeamHypothesis] {
        let all = groups.flatMap(\.ended).enumerated().sorted {
            ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
        }
        return all.prefix(count).map(\.element)
    }
}
