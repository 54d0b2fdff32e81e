public import BlockStorage
import Generation
import Models
import Tensors

/// Summarizes what a store holds.
public struct StoredSummary: Sendable {
    /// A quoted sentence with its place.
    public struct Sentence: Sendable, Equatable {
        /// The id of its document.
        public let document: String
        /// Where the document came from.
        public let uri: String
        /// Where it lies in the document's decoded text, in bytes.
        public let byteRange: Range<Int>
        /// The headings above it, outermost first.
        public let path: [String]
        /// Its text, as it is in the document.
        public let text: String
        /// Its text on one line, without the bullet of a list.
        public let line: String
    }

    /// The summary under the headings of its parts, as Markdown.
    public let text: String
    /// The quoted sentences, in the order of the documents.
    public let sentences: [Sentence]

    /// Summarizes documents of a store.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - documents: The ids of the documents; empty for all.
    ///   - words: About how many words the summary has.
    ///   - query: What it is to be about; nil for the texts as a whole.
    ///   - models: Where the encoder is, which a query needs.
    /// - Throws: `StagesError.noSuchDocument`, or what the store or the encoder throws.
    public init(
        of store: Store,
        documents: [String] = [],
        words: Int = 250,
        query: String? = nil,
        models: ModelShelf
    ) throws {
        let records = try store.documents(named: documents)
        let encoder = try StoredSummary.encoder(of: store, hasQuery: query != nil, models)
        let vector = query.flatMap { query in
            encoder.map { Array($0.encode([Array(query.utf8)])[row: 0]) }
        }
        let configuration = SummaryConfiguration(
            words: words,
            query: vector,
            language: store.language
        )
        let segments = StoredSegments(
            store: store,
            documents: records,
            encoder: encoder.flatMap(BlockEncoder.init)
        )
        let summary = try Summarizer(configuration: configuration).summarize(segments)
        text = summary.text
        sentences = summary.sentences.map {
            Sentence(
                document: $0.document,
                uri: $0.uri,
                byteRange: $0.byteRange,
                path: $0.path,
                text: $0.text,
                line: $0.line
            )
        }
    }

    /// The store's encoder, or nil where none is needed: without a query, if the vectors are in the store.
    ///
    /// - Throws: `StoreError.otherEncoder` if the store was made with another, or what loading it throws.
    private static func encoder(
        of store: Store,
        hasQuery: Bool,
        _ models: ModelShelf
    ) throws -> (any ConceptEncoder)? {
        let stored = store.settings.encoder
        guard hasQuery || ModelShelf.outrunsStorage(fingerprint: stored) else { return nil }
        let encoder = try models.encoder(fingerprint: stored)
        guard encoder.fingerprint == stored else {
            throw StoreError.otherEncoder(
                path: store.path,
                stored: stored,
                given: encoder.fingerprint
            )
        }
        return encoder
    }
}
