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
    private let segmentEncoder: (any SegmentEncoder)?
    private let refiner: (any BlockRefiner)?
    private let workspaces: Mutex<[SearchWorkspace]>

    /// A retriever for a store.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - configuration: How what is found is weighed.
    ///   - segmentEncoder: What makes the segments' vectors, for a store that keeps none.
    ///   - refiner: What looks at the likeliest blocks anew, or nil.
    /// - Throws: `TextError.unknownLanguage` if there is no stemmer for the configured language.
    public init(
        store: Store,
        configuration: RetrieverConfiguration = RetrieverConfiguration(),
        segmentEncoder: (any SegmentEncoder)? = nil,
        refiner: (any BlockRefiner)? = nil
    ) throws {
        self.segmentEncoder = segmentEncoder
        self.refiner = refiner
        workspaces = Mutex([try SearchWorkspace(language: configuration.language)])
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
        try withSearch(query) { search, transaction in try search.run(in: transaction) }
    }

    /// The best blocks by a question's terms alone, without feedback or smoothing.
    ///
    /// - Parameters:
    ///   - query: The question, whose vector is not looked at.
    ///   - blocks: Blocks whose scores are wanted besides, ascending.
    ///   - measuredGroupCount: How many groups of 4,096 blocks are scored first.
    /// - Returns: The blocks with their scores, and how the scores lie.
    /// - Throws: As `retrieve`.
    package func lexicalScan(
        _ query: RetrievalQuery,
        scoresOf blocks: [UInt64] = [],
        measuredGroupCount: Int = LexicalScan.measuredGroupCount
    ) throws -> LexicalScan {
        try withSearch(query) { search, transaction in
            try search.lexicalScan(
                scoresOf: blocks,
                measuredGroupCount: measuredGroupCount,
                in: transaction
            )
        }
    }

    private func withSearch<Result>(
        _ query: RetrievalQuery,
        _ body: (Search, borrowing ReadTransaction) throws -> Result
    ) throws -> Result {
        try withWorkspace { workspace in
            try store.read { transaction in
                let statistics = try transaction.statistics()
                try workspace.begin(in: transaction)
                let blockCount = statistics.blockCount
                let search = Search(
                    query: query,
                    configuration: configuration,
                    workspace: workspace,
                    bm25: BM25(
                        saturation: configuration.saturation,
                        lengthShare: configuration.lengthShare,
                        textCount: blockCount,
                        averageLength: Float(statistics.termCount) / Float(max(blockCount, 1))
                    ),
                    question: try query.vector.flatMap {
                        try LandmarkScan.unit($0, width: transaction.settings.vectorWidth)
                    },
                    segmentEncoder: segmentEncoder,
                    refiner: refiner
                )
                return try body(search, transaction)
            }
        }
    }

    /// Runs `body` with a workspace that no other question uses.
    private func withWorkspace<Result>(_ body: (SearchWorkspace) throws -> Result) throws -> Result
    {
        let idle = workspaces.withLock { $0.popLast() }
        let workspace = try idle ?? SearchWorkspace(language: configuration.language)
        defer { workspaces.withLock { $0.append(workspace) } }
        return try body(workspace)
    }
}
