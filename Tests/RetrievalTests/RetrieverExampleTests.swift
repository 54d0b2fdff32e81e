import BlockStorage
import Foundation
import Retrieval
import Serialization
import Tensors
import Testing

/// The example of `Retriever`, with the public interface alone.
@Suite struct RetrieverExampleTests {
    private let path = NSTemporaryDirectory() + "retriever-example-" + UUID().uuidString

    @Test func aStoreIsAskedFromSwift() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try filledStore()
        let embedding: [Float] = [1, 0, 0, 0]
        var configuration = RetrieverConfiguration()
        configuration.feedback.blockCount = 5

        let retriever = try Retriever(store: store, configuration: configuration)
        let query = RetrievalQuery(text: "Who wrote it?", vector: embedding, limit: 5)
        var lines: [String] = []
        for hit in try retriever.retrieve(query).hits {
            lines.append("\(hit.document) \(hit.byteRange) \(hit.text)")
        }

        #expect(lines == ["clifford 0..<39 It was written by Edward Bulwer-Lytton."])
    }

    /// A store of one sentence, whose stem is `written` and whose vector that of the question.
    private func filledStore() throws -> Store {
        let text = Array("It was written by Edward Bulwer-Lytton.".utf8)
        let segment = SegmentRecord(
            end: text.count,
            kind: "sentence",
            pathIndex: 0,
            boundary: 1,
            surprise: 0
        )
        var terms = BlockTerms()
        terms.add("written")
        let store = try Store.open(
            at: path,
            mode: .readWrite(create: true),
            settings: StoreSettings(encoder: "none", vectorWidth: 4)
        )
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "clifford", uri: "file:clifford.txt"))
        changes.addBlock(
            NewBlock(
                startByte: 0,
                bytes: text,
                paths: [[]],
                segments: [segment],
                tokenCount: 9,
                concepts: Tensor(width: 4, elements: [1, 0, 0, 0]),
                landmark: [1, 0, 0, 0],
                terms: terms
            ),
            to: "clifford"
        )
        changes.endDocument("clifford", lengthBytes: text.count, digest: ContentDigest(of: text))
        try store.commit(changes)
        return store
    }
}
