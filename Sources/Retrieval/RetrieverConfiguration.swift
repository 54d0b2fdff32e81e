/// How a retriever weighs what it finds: one setting for all stores and questions.
///
/// The defaults were chosen on the open halves of cranfield, cisi, scifact, pubmedqa, xquad and
/// reqa-squad together; `Benchmarks/retrieval_quality.py` measures them.
public struct RetrieverConfiguration: Sendable, Equatable {
    /// The language whose stemmer and stop words made the store's terms, or `none`.
    public var language = "english"
    /// BM25's saturation of a term's frequency.
    public var saturation: Float = 1.0
    /// BM25's share of the length normalization.
    public var lengthShare: Float = 0.5
    /// What the three scores of a block weigh.
    public var weights = Weights()
    /// How many blocks the landmarks and the postings each nominate, and how many are reranked.
    public var candidateCount = 200
    /// How many of the best blocks a better encoder looks at, where there is one.
    public var refinedCount = 32
    /// From so many blocks on only the most promising lists of landmarks are looked through.
    ///
    /// All codes of 262,144 landmarks take 1.3 ms, the lists a fifth of that.
    public var routedBlockCount = 262_144
    /// How the first ranking is fed back into the question.
    public var feedback = Feedback()
    /// How alike blocks share their scores.
    public var clustering = Clustering()
    /// What a segment's score loses, in standard deviations, for each better one of its block;
    /// for those of its document's other blocks that divided by their number.
    public var repetitionPenalty: Float = 6
    /// What the relevance has to be for the store to hold an answer.
    public var relevanceThreshold: Float = 0.5
    /// The weight of the covered share of the question's terms, beside the best cosine's 1.
    public var coverageWeight: Float = 0.3

    /// The default configuration.
    public init() {}

    /// The weights of a block's scores, each in standard deviations.
    public struct Weights: Sendable, Equatable {
        /// The weight of the terms (BM25).
        public var lexical: Float = 1
        /// The weight of the landmark's cosine.
        public var landmark: Float = 1
        /// The weight of the best segment's cosine.
        public var concept: Float = 1

        /// The default weights.
        public init() {}
    }

    /// Pseudo-relevance feedback: the best blocks extend the question.
    public struct Feedback: Sendable, Equatable {
        /// How many of the best blocks are taken for relevant; 0 for no feedback.
        public var blockCount = 10
        /// How many terms they add.
        public var termCount = 60
        /// How many of their most frequent terms are looked at.
        public var consideredTermCount = 100
        /// The share of the question's own terms.
        public var questionShare: Float = 0.5

        /// The default feedback.
        public init() {}
    }

    /// The cluster hypothesis at work: a block whose likes score well is likely to be relevant.
    public struct Clustering: Sendable, Equatable {
        /// How many of the most alike candidates count; 0 for none.
        public var neighbourCount = 10
        /// The weight of a neighbour whose landmark is the same.
        public var weight: Float = 0.5
        /// The power of the cosine that weighs a neighbour.
        public var power = 5

        /// The default clustering.
        public init() {}
    }
}
