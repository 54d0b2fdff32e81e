internal import Foundation

/// A text that a beam search found.
public struct BeamHypothesis: Sendable, Equatable {
    /// Its tokens behind the prompt; the token that ends it among them.
    public var tokens: [Int32]
    /// Its logarithmic probability, less what it lost to diversity, over its length to the length
    /// penalty.
    public var score: Double
}

/// Beams that are compared with each other, and the best texts that they came to.
struct BeamGroup {
    /// A beginning that is gone on with.
    struct Beam {
        /// Its tokens behind the prompt.
        var tokens: [Int32]
        /// Its logarithmic probability, less what it lost to diversity.
        var score: Double
    }

    /// What a beam may go on with.
    private struct Candidate {
        var beam: Int
        var token: Int32
        var score: Double
    }

    private let configuration: BeamConfiguration
    private let endTokens: Set<Int32>
    private let tokenLimit: Int
    /// Beginnings, the best first; none if the group looks no further.
    private(set) var beams = [Beam(tokens: [], score: 0)]
    /// Texts that have ended, the best first, up to as many as there are beams.
    private(set) var ended: [BeamHypothesis] = []

    private var size: Int { configuration.beamCount / configuration.groupCount }

    init(_ configuration: BeamConfiguration, endTokens: Set<Int32>, tokenLimit: Int) {
        self.configuration = configuration
        self.endTokens = endTokens
        self.tokenLimit = tokenLimit
    }

    /// Goes on by a token.
    ///
    /// - Parameters:
    ///   - logits: What may follow each beam.
    ///   - chosen: How many beams of earlier groups chose a token at this step.
    /// - Returns: For each of the beams now, which of those before it goes on; and the tokens that were
    ///   chosen, whether the group looks further or not.
    mutating func advance(
        _ logits: [[Float]],
        chosen: [Int32: Int]
    ) -> (parents: [Int], tokens: [Int32]) {
        var next: [Beam] = []
        var parents: [Int] = []
        let length = beams[0].tokens.count + 1
        for (rank, candidate) in candidates(logits, chosen).enumerated() {
            let tokens = beams[candidate.beam].tokens + [candidate.token]
            let isEnd = endTokens.contains(candidate.token)
            // Candidates beyond the size are there only so that enough beams go on.
            if isEnd || length == tokenLimit, rank < size { end(tokens, score: candidate.score) }
            if !isEnd, next.count < size {
                next.append(Beam(tokens: tokens, score: candidate.score))
                parents.append(candidate.beam)
            }
        }
        beams = next
        if length == tokenLimit || isDone(length: length) {
            beams = []
            parents = []
        }
        return (parents, next.compactMap(\.tokens.last))
    }

    /// Ends every beam where it is.
    mutating func finish() {
        for beam in beams where !beam.tokens.isEmpty { end(beam.tokens, score: beam.score) }
        beams = []
    }

    /// What the beams may go on with, the best first: enough that, whichever of them end, all beams
    /// can go on.
    private func candidates(_ logits: [[Float]], _ chosen: [Int32: Int]) -> [Candidate] {
        let count = max(2, 1 + endTokens.count) * size
        var candidates: [Candidate] = []
        for (index, beam) in beams.enumerated() {
            var row = logits[index].map {
                $0.isNaN ? -.infinity : min($0, .greatestFiniteMagnitude)
            }
            let total = Self.logarithmOfSum(row)
            for (token, count) in chosen {
                row[Int(token)] -= configuration.diversityPenalty * Float(count)
            }
            candidates += LargestValues.indices(of: row, count: count).map { token in
                let score = beam.score + Double(row[token]) - total
                return Candidate(beam: index, token: Int32(token), score: score)
            }
        }
        candidates.removeAll { !$0.score.isFinite }
        candidates.sort { ($1.score, $0.beam, $0.token) < ($0.score, $1.beam, $1.token) }
        return Array(candidates.prefix(count))
    }

    private mutating func end(_ tokens: [Int32], score: Double) {
        let score = score / pow(Double(tokens.count), configuration.lengthPenalty)
        let place = ended.firstIndex { $0.score < score } ?? ended.count
        ended.insert(BeamHypothesis(tokens: tokens, score: score), at: place)
        if ended.count > size { ended.removeLast() }
    }

    private func isDone(length: Int) -> Bool {
        guard let best = beams.first else { return true }
        guard ended.count == size, let worst = ended.last else { return false }
        let isLongest = configuration.stopping == .exhaustive && configuration.lengthPenalty > 0
        switch configuration.stopping {
        case .early: return true
        case .heuristic, .exhaustive:
            let hypotheticalLength = Double(isLongest ? tokenLimit : length)
            return best.score / pow(hypotheticalLength, configuration.lengthPenalty) <= worst.score
        }
    }

    /// log Σ eˣ.
    private static func logarithmOfSum(_ values: [Float]) -> Double {
        let top = Double(values.max() ?? 0)
        guard top.isFinite else { return top }
        return top + log(values.reduce(0) { $0 + exp(Double($1) - top) })
    }
}
