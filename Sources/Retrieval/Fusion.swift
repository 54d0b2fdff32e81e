/// How scores of different kinds are made comparable and added.
///
///     z(score) = (score − mean) / spread
///
/// Means and spreads are those of all blocks in the question's scope. Cosines of segments are
/// measured by the mean and the spread of the landmarks' cosines. What is missing counts 0.
package struct Fusion: Sendable, Equatable {
    let lexicalMean: Float
    let lexicalSpread: Float
    let denseMean: Float
    let denseSpread: Float
    let weights: RetrieverConfiguration.Weights

    /// The usual spread of cosines between a question and a store's landmarks.
    static let usualDenseSpread: Float = 0.1
    /// The usual spread of BM25 scores, as a share of what independent terms in full would have.
    static let usualLexicalShare: Float = 0.65

    /// The fusion for a scan's scores, of which independent terms let expect `expectedLexicalSpread`.
    package init(
        lexical: ScoreMoments,
        dense: ScoreMoments,
        expectedLexicalSpread: Float,
        weights: RetrieverConfiguration.Weights = .init()
    ) {
        self.weights = weights
        lexicalMean = lexical.mean
        lexicalSpread = lexical.spread(expected: expectedLexicalSpread * Fusion.usualLexicalShare)
        denseMean = dense.mean
        denseSpread = dense.spread(expected: Fusion.usualDenseSpread)
    }

    /// A BM25 score in standard deviations.
    package func lexical(_ score: Float) -> Float {
        lexicalSpread > 0 ? (score - lexicalMean) / lexicalSpread : 0
    }

    /// A cosine in standard deviations.
    package func dense(_ cosine: Float?) -> Float {
        cosine.map { ($0 - denseMean) / denseSpread } ?? 0
    }

    /// The sum for a block, from its BM25 score, its landmark's cosine and its best segment's.
    package func block(lexical score: Float, dense cosine: Float?, concept: Float?) -> Float {
        weights.lexical * lexical(score) + weights.landmark * dense(cosine)
            + weights.concept * dense(concept ?? cosine)
    }
}
