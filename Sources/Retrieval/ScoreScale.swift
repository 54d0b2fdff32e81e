import BlockStorage

/// The postings of one of a question's terms.
package struct TermPostings: Sendable {
    /// What the term in full is worth in a score.
    let weight: Float
    /// Its bytes.
    let bytes: [UInt8]
    /// Its records, ascending by group.
    let records: [PostingRecord]

    /// How many there are.
    var count: Int { records.reduce(0) { $0 + $1.count } }
}

/// BM25 scores as whole numbers, so that a block's does not depend on the order of the terms.
struct ScoreScale {
    /// How many units a score of 1 has: a power of two for which the highest score is below 2^30.
    let unitsPerScore: Float
    /// With the slope: norm(length) = constant + slope · (length + 1).
    let constant: Float
    /// What one more term in a block adds to its norm.
    let slope: Float

    /// The scale of a question's scores, or nil if all are 0.
    init?(_ terms: [TermPostings], bm25: BM25) {
        let highest = terms.reduce(0) { $0 + Double($1.weight) }
        guard highest > 0, highest.isFinite else { return nil }
        unitsPerScore = Float(sign: .plus, exponent: 29 - Int(highest.exponent), significand: 1)
        slope = bm25.saturation * bm25.lengthShare / bm25.averageLength
        constant = bm25.saturation * (1 - bm25.lengthShare) - slope
    }

    /// A term's weight in units.
    func units(_ weight: Float) -> Float { weight * unitsPerScore }

    /// A sum of units as a score.
    func score(_ units: Int32) -> Float { Float(units) / unitsPerScore }

    /// No posting within `bound` gives a term of a weight in units more than this.
    func highest(_ weight: Float, _ bound: ImpactBound) -> Int32 {
        var highest = weight
        if let frequency = bound.highestFrequency {
            highest = units(weight, frequency: 1, length: bound.shortestLength)
            if frequency > 1 {
                let length = bound.shortestRepeatedLength
                highest = max(highest, units(weight, frequency: Float(frequency), length: length))
            }
        }
        // Three roundings may each have made it less by a part in 2^24.
        return Int32(min(highest * (1 + 0x1p-20) + 2, 0x1p30))
    }

    private func units(_ weight: Float, frequency: Float, length: UInt32) -> Float {
        let norm = max(constant + slope * Float(length + 1), 0)
        return weight * frequency / (frequency + norm)
    }
}
