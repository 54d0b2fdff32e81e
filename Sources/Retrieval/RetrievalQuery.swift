/// A question to a store.
public struct RetrievalQuery: Sendable, Equatable {
    /// The question in words.
    public var text: String
    /// Its vector, by the encoder that made the store's; without one only its terms count.
    public var vector: [Float]?
    /// Ids of the documents to look in; nil for all.
    public var documents: Set<String>?
    /// Metadata that a document must have, every field of it.
    public var metadata: [(name: String, value: String)] {
        get { fields.map { ($0.name, $0.value) } }
        set { fields = newValue.map { Field(name: $0.name, value: $0.value) } }
    }
    /// How many segments to find at most.
    public var limit: Int

    private var fields: [Field]

    private struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// A question for at most `limit` segments.
    public init(
        text: String,
        vector: [Float]?,
        documents: Set<String>? = nil,
        metadata: [(name: String, value: String)] = [],
        limit: Int = 10
    ) {
        self.text = text
        self.vector = vector
        self.documents = documents
        self.limit = limit
        fields = metadata.map { Field(name: $0.name, value: $0.value) }
    }
}

/// A segment that was found, with its citation.
public struct Hit: Sendable, Equatable {
    /// The block that holds it.
    public let block: UInt64
    /// Its place among the block's segments.
    public let segmentIndex: Int
    /// The store's number of its document.
    public let documentNumber: UInt32
    /// The id of its document.
    public let document: String
    /// Where the document came from.
    public let uri: String
    /// Where it lies in the decoded text of the document, in bytes, without surrounding space.
    public let byteRange: Range<Int>
    /// Its outline path, outermost heading first.
    public let path: [String]
    /// What it is, such as `sentence`.
    public let kind: String
    /// Its bytes, UTF-8.
    public let bytes: [UInt8]
    /// How well it answers, in standard deviations above the store's average block, never more
    /// than that of the hit before it.
    public let score: Float
    /// What the score is made of.
    public let parts: Parts

    /// Its text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The evidence for a hit.
    public struct Parts: Sendable, Equatable {
        /// The BM25 score of its block.
        public let blockLexical: Float
        /// The cosine of its block's landmark and the question, if there is a landmark.
        public let blockDense: Float?
        /// The score of its block after feedback, in standard deviations.
        public let block: Float
        /// The BM25 score of the segment alone.
        public let lexical: Float
        /// The cosine of the segment's concept and the question, if there is a concept.
        public let concept: Float?
    }
}

/// What a store holds on a question.
public struct RetrievalResult: Sendable, Equatable {
    /// The best segments, best first; the likeliest ones even where nothing is relevant.
    public let hits: [Hit]
    /// The best cosine plus the weighted share of the question's terms that one block covers.
    public let relevance: Float
    /// Whether the store holds something relevant.
    public let isRelevant: Bool
}
