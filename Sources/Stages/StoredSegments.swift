import BlockStorage
import Generation
import Tensors

/// The segments of stored documents, in the order of the documents and of their text.
struct StoredSegments: SegmentProvider {
    private let store: Store
    private let documents: [DocumentRecord]
    private let encoder: BlockEncoder?

    /// The segments of some documents.
    ///
    /// - Parameters:
    ///   - store: The store.
    ///   - documents: The documents.
    ///   - encoder: What makes the segments' vectors, for a store that keeps none.
    init(store: Store, documents: [DocumentRecord], encoder: BlockEncoder?) {
        self.store = store
        self.documents = documents
        self.encoder = encoder
    }

    func forEachSegment(_ body: (SourceSegment) throws -> Void) throws {
        for document in documents {
            // A snapshot a document: a long reading must not keep freed pages alive.
            try store.read { transaction in
                for range in document.blockRanges {
                    for id in range {
                        guard let block = try transaction.block(id) else { continue }
                        let vectors =
                            try transaction.concepts(ofBlock: id)
                            ?? encoder?.vectors(ofSegmentsIn: [block]).first
                        for index in block.segments.indices {
                            try body(segment(index, of: block, vectors, document))
                        }
                    }
                }
            }
        }
    }

    private func segment(
        _ index: Int,
        of block: BlockRecord,
        _ vectors: Tensor<Float>?,
        _ document: DocumentRecord
    ) -> SourceSegment {
        // Several documents are parts of what is told, each under its title.
        let name = document.title ?? document.id
        let path = block.path(ofSegment: index)
        let isPart = documents.count > 1 && path.first != name
        return SourceSegment(
            document: document.id,
            uri: document.uri,
            byteRange: block.byteRange(ofSegment: index),
            path: isPart ? [name] + path : path,
            kind: block.segments[index].kind,
            bytes: Array(block.bytes[block.localRange(ofSegment: index)]),
            vector: vectors.map { Array($0[row: index]) } ?? []
        )
    }
}
