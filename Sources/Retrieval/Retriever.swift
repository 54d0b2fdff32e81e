public import BlockStorage
internal import Synchronization
internal import Text

/// Finds the segments of a store that answer a question.
///
/// Landmarks and postings nominate blocks; their scores and that of their best segment are made
/// comparable and added; the best blocks extend the question and lend their score to blocks like
/// them; then the segments of the best blocks are ranked by their concept and their terms.
///
///     let retriever = try Retriever(store: store)
///     let query = RetrievalQuery(text: "Who wrote it?", vector: embedding, limit: 5)
///     for hit in try retriever.retrieve(query).hits {
///         print(hit.document, hit.byteRange, hit.text)
///     }
///
/// - Concurrency: Safe to share. Each question sees one snapshot of the store.
public final class Retriever: Sendable {
    /// The store that is looked into.
    public let store: Store
    /// How what is found is weighed.
    public let configuration: RetrieverConfiguration
    private let counts = Mutex(TermCounts())

    /// A retriever for a store.
    ///
    /// - Throws: `TextError.unknownLanguage` if there is no stemmer for the configured language.
    public init(
        store: Store,
        configuration: RetrieverConfiguration = RetrieverConfiguration()
    ) throws {
        _ = try LexicalAnalyzer(language: configuration.language)
        self.store = store
        self.configuration = configuration
    }

    /// The best segments for a question, and whether they are relevant at all.
    ///
    /// Equal scores are ordered by the blocks' first ranking, then by segment, so that a snapshot
    /// always gives the same.
    ///
    /// - Throws: `RetrievalError` for a filter or a vector that does not fit, `StoreError` if the
    ///   store cannot be read.
    /// - Complexity: O(blocks · width + postings of the question's terms), and O(1) for the rest.
    public func retrieve(_ query: RetrievalQuery) throws -> RetrievalResult {
        try store.read { transaction in
            let statistics = try transaction.statistics()
            let search = Search(
                query: query,
                configuration: configuration,
                analyzer: try LexicalAnalyzer(language: configuration.language),
                bm25: BM25(
                    saturation: configuration.saturation,
                    lengthShare: configuration.lengthShare,
                    textCount: statistics.blockCount,
                    averageLength: Float(statistics.termCount)
                        / Float(max(statistics.blockCount, 1))
                ),
                question: try query.vector.flatMap {
                    try LandmarkScan.unit($0, width: transaction.settings.vectorWidth)
                }
            )
            return try search.run(in: transaction) { term in
                try count(of: term, statistics, transaction)
            }
        }
    }

    /// How many blocks hold a term.
    private func count(
        of term: [UInt8],
        _ statistics: StoreStatistics,
        _ transaction: borrowing ReadTransaction
    ) throws -> Int {
        if let known = counts.withLock({ $0.count(of: term, statistics) }) { return known }
        var total = 0
        var list = PostingList()
        for group in try transaction.postingGroups() {
            list.removeAll()
            total += try transaction.appendPostings(of: term, group: group, to: &list)
        }
        counts.withLock { $0.set(total, of: term, statistics) }
        return total
    }
}

/// In how many blocks of a state of the store terms occur.
private struct TermCounts {
    private static let capacity = 1 << 16
    private var statistics: StoreStatistics?
    private var counts: [[UInt8]: Int] = [:]

    func count(of term: [UInt8], _ statistics: StoreStatistics) -> Int? {
        self.statistics == statistics ? counts[term] : nil
    }

    mutating func set(_ count: Int, of term: [UInt8], _ statistics: StoreStatistics) {
        if self.statistics != statistics || counts.count >= TermCounts.capacity {
            counts.removeAll(keepingCapacity: true)
            self.statistics = statistics
        }
        counts[term] = count
    }
}
