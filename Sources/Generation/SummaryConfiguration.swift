/// What a summary is to be like.
public struct SummaryConfiguration: Sendable {
    /// About how many words it has.
    public var words: Int
    /// The vector of what it is to be about; nil for the text as a whole.
    public var query: [Float]?
    /// The text's language by its English name, or `none`.
    public var language: String

    /// How much the length of a sentence counts against it, from 0 for not to 1 for by the word.
    package var lengthExponent: Float = 0.7
    /// How much more the text's beginning counts, unless there is a query.
    ///
    /// It fades over the text's first tenth or 500 words, and over 300 words.
    package var leadWeight: Float = 0.45
    /// How much nearness to the text's centre counts.
    package var centralityWeight: Float = 1
    /// How much nearness to the query counts.
    package var queryWeight: Float = 10
    /// How much more the first sentence of a part of the outline counts.
    package var partWeight: Float = 0.05
    /// By what a fragment's gain is multiplied, so that it is quoted where there is nothing else.
    package var fragmentFactor: Float = 0.1
    /// By what a question's gain is multiplied.
    package var questionFactor: Float = 0.7
    /// By what the gain of a sentence that points back is multiplied, unless the one before it is
    /// quoted too.
    package var anaphoraFactor: Float = 0.5
    /// The words below which a sentence is a fragment.
    package var shortestSentence = 6
    /// The cosine from which two sentences say the same.
    package var repetitionCosine: Float = 0.9
    /// How many sentences are kept in mind between the passes.
    package var poolSize = 4096

    /// A configuration; how its other weights were found is in `Sources/Generation/README.md`.
    public init(words: Int = 250, query: [Float]? = nil, language: String = "english") {
        self.words = words
        self.query = query
        self.language = language
    }
}
