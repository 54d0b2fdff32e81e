public import BlockStorage
public import Generation

/// Summarizes what a store holds with a language model.
public struct WrittenSummary: Sendable {
    private let store: Store
    private let documents: [DocumentRecord]
    private let models: ModelShelf

    /// A summary of documents of a store, or of all, whose claims are checked with an encoder of a shelf.
    ///
    /// - Throws: `StagesError.noSuchDocument` if one is missing.
    public init(of store: Store, documents: [String] = [], models: ModelShelf) throws {
        self.store = store
        self.models = models
        self.documents = try store.documents(named: documents)
    }

    /// The document that it is of, if it is of one only.
    public var onlyDocument: DocumentRecord? { documents.count == 1 ? documents[0] : nil }

    /// Writes it, which each thread waits for.
    ///
    /// It is of all passages; if the writer has read the document before, of those that an extractive summary
    /// quotes.
    ///
    /// - Parameters:
    ///   - writer: What writes.
    ///   - words: About how many words it has.
    ///   - query: What it is to be about; nil for the whole.
    ///   - tokenLimit: How many tokens it has at most; nil for the usual count.
    ///   - isStopped: Whether to stop.
    ///   - progress: Is told how many parts of which level have been summarized.
    ///   - take: Gets the summary as it comes.
    /// - Returns: Its claims.
    /// - Throws: What the store, the writer or `take` throws.
    public func write(
        _ writer: any TextWriter,
        words: Int,
        query: String? = nil,
        tokenLimit: Int? = nil,
        isStopped: () -> Bool = { false },
        progress: (_ level: Int, _ partCount: Int) -> Void = { _, _ in },
        _ take: (CitedText) throws -> Void
    ) throws -> WrittenText {
        let summarizer = try SummaryWriter(
            writer,
            words: words,
            query: query,
            tokenLimit: tokenLimit,
            language: store.language,
            encoder: try models.claimEncoder()
        )
        var quoted: [Int]?
        if writer.readTitle != nil {
            quoted = try StoredSummary(
                of: store,
                documents: documents.map(\.id),
                words: words,
                query: query,
                models: models
            ).sentences.map(\.byteRange.lowerBound)
        }
        return try summarizer.summarize(
            StoredPassages(store).reader(of: documents, holding: quoted),
            isStopped: isStopped,
            progress: progress,
            take
        )
    }
}
