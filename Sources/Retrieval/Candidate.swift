/// A block that may answer, with its first scores.
struct Candidate: Sendable, Equatable {
    let block: UInt64
    /// BM25 with the question's terms.
    let lexical: Float
    /// The cosine of its landmark, if it has one.
    let dense: Float?
}

/// How the scores of a store's blocks lie, gathered in one pass.
package struct ScoreMoments: Sendable, Equatable {
    /// How many scores were counted.
    package private(set) var count = 0
    private var sum = 0.0
    private var squares = 0.0

    /// No scores.
    package init() {}

    /// Counts one score.
    @inline(__always)
    package mutating func add(_ score: Float) {
        let score = Double(score)
        count += 1
        sum += score
        squares += score * score
    }

    /// Counts `count` scores, given by their sum and the sum of their squares.
    mutating func add(count: Int, sum: Double, squares: Double) {
        self.count += count
        self.sum += sum
        self.squares += squares
    }

    /// The mean, 0 of none.
    package var mean: Float { count == 0 ? 0 : Float(sum / Double(count)) }

    /// The standard deviation, drawn towards `expected` as if that had been seen eight times.
    package func spread(expected: Float) -> Float {
        guard count > 0 else { return expected }
        let mean = sum / Double(count)
        let variance = max(squares / Double(count) - mean * mean, 0)
        let prior = Double(expected) * Double(expected)
        let strength = 8.0
        let mixed = (Double(count) * variance + strength * prior) / (Double(count) + strength)
        return Float(mixed.squareRoot())
    }
}
