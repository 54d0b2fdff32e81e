import BlockStorage
import Generation

/// The blocks of a store as passages that a model is shown.
struct StoredPassages {
    private let store: Store

    /// The passages of a store.
    init(_ store: Store) {
        self.store = store
    }

    /// The passages of some blocks, in their order.
    func passages(ofBlocks ids: [UInt64]) throws -> [Passage] {
        try store.read { transaction in
            try ids.compactMap { id in
                guard let block = try transaction.block(id),
                    let document = try transaction.document(number: block.document)
                else { return nil }
                return Passage(block, document)
            }
        }
    }

    /// Gives the passages of documents one after another, each read when it is asked for.
    ///
    /// - Parameters:
    ///   - documents: The documents.
    ///   - offsets: Bytes of a document, in order, one of which a passage has to hold; nil for all passages.
    /// - Returns: What gives the next passage, or nil at the end.
    func reader(
        of documents: [DocumentRecord],
        holding offsets: [Int]? = nil
    ) -> () throws -> Passage? {
        var blocks =
            documents.lazy
            .flatMap { document in
                document.blockRanges.lazy.flatMap { $0 }.map { (document, $0) }
            }
            .makeIterator()
        return {
            while let (document, id) = blocks.next() {
                // A snapshot a block: a long reading must not keep freed pages alive.
                let block = try store.read { try $0.block(id) }
                guard let passage = block.flatMap({ Passage($0, document) }) else { continue }
                if let offsets, !offsets.contains(where: passage.byteRange.contains) { continue }
                return passage
            }
            return nil
        }
    }
}

extension Store {
    /// The language whose stems its terms are, by its English name.
    var language: String { settings.chain["language"] ?? "english" }

    /// Documents that are stored whole: those of some ids, or all.
    ///
    /// - Throws: `StagesError.noSuchDocument` if one is missing.
    func documents(named ids: [String]) throws -> [DocumentRecord] {
        guard !ids.isEmpty else { return try read { try $0.documents() } }
        return try ids.map { id in
            let record = try read { try $0.document(id: id) }
            guard let record, record.state == .complete else {
                throw StagesError.noSuchDocument(id: id, store: path)
            }
            return record
        }
    }
}

extension Passage {
    /// A stored block, or nil if it has no segment.
    fileprivate init?(_ block: BlockRecord, _ document: DocumentRecord) {
        guard !block.segments.isEmpty else { return nil }
        self.init(
            document: document.id,
            uri: document.uri,
            scope: document.title ?? document.id,
            path: block.path(ofSegment: 0),
            block: block.id,
            segments: block.segments.indices.map { index in
                Segment(
                    byteRange: block.byteRange(ofSegment: index),
                    bytes: Array(block.bytes[block.localRange(ofSegment: index)])
                )
            }
        )
    }
}
