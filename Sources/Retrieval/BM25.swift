internal import Glibc

/// The weight of a term in a text by its frequency, the text's length and the term's rarity.
///
///     idf(t)       = ln(1 + (N − n(t) + ½) / (n(t) + ½))
///     score(t, d)  = idf(t) · f / (f + k₁ · (1 − b + b · |d| / average))
///
/// - Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond";
///   idf as in Lucene, which is never negative; without the constant factor k₁ + 1.
package struct BM25: Sendable, Equatable {
    /// k₁: how slowly a term's frequency saturates.
    package let saturation: Float
    /// b: how much a long text's frequencies are discounted.
    package let lengthShare: Float
    /// N: texts in the collection.
    package let textCount: Int
    /// The mean count of terms in a text.
    package let averageLength: Float

    /// The weights for a collection.
    package init(saturation: Float, lengthShare: Float, textCount: Int, averageLength: Float) {
        self.saturation = saturation
        self.lengthShare = lengthShare
        self.textCount = textCount
        self.averageLength = max(averageLength, 1)
    }

    /// The rarity of a term that `count` texts hold.
    package func inverseDocumentFrequency(_ count: Int) -> Float {
        let rest = Double(max(textCount - count, 0)) + 0.5
        return Float(log(1 + rest / (Double(count) + 0.5)))
    }

    /// The saturated frequency of a term in a text of `length` terms, from 0 to 1.
    package func saturated(_ frequency: Float, length: Float) -> Float {
        let discount = 1 - lengthShare + lengthShare * length / averageLength
        return frequency / (frequency + saturation * discount)
    }

    /// How widely the scores of texts spread if terms were independent and never repeated.
    ///
    /// Each term is in a text or not, with probability p = n(t) / N.
    func expectedSpread(of terms: [WeightedTerm]) -> Float {
        var variance = 0.0
        for term in terms {
            let share = (Double(term.textCount) + 0.5) / (Double(textCount) + 1)
            let score = Double(term.weight * term.rarity)
            variance += score * score * share * max(1 - share, 0)
        }
        return Float(variance.squareRoot())
    }
}

/// A term of a question.
struct WeightedTerm: Sendable, Equatable {
    /// Its number in the workspace's table.
    let number: Int
    /// Its weight in the question.
    var weight: Float
    /// How many blocks hold it.
    let textCount: Int
    /// Its inverse document frequency.
    let rarity: Float
}
