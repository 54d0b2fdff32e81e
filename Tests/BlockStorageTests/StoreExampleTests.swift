import BlockStorage
import Serialization
import Testing

/// The examples of the documentation, put together.
@Suite struct StoreExampleTests {
    @Test func writesAndReadsADocument() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/library"
        let text = Array("It was a dark and stormy night.".utf8)
        let digest = ContentDigest(of: text)
        let segment = SegmentRecord(
            end: text.count,
            kind: "sentence",
            pathIndex: 0,
            boundary: 1,
            surprise: 0
        )
        var terms = BlockTerms()
        for word in ["it", "was", "a", "dark", "and", "stormy", "night"] { terms.add(word) }
        let block = NewBlock(
            startByte: 0,
            bytes: text,
            paths: [["Chapter I"]],
            segments: [segment],
            tokenCount: 9,
            terms: terms
        )
        do {
            let store = try Store.open(
                at: path,
                mode: .readWrite(create: true),
                settings: StoreSettings(encoder: "none")
            )
            var changes = StoreChanges()
            changes.beginDocument(NewDocument(id: "a", uri: "file:a.txt", title: "Paul Clifford"))
            changes.addBlock(block, to: "a")
            changes.endDocument("a", lengthBytes: text.count, digest: digest)
            let byteCount = changes.byteCount
            #expect(byteCount > text.count)
            try store.commit(changes)
            changes.removeAll()
            let isEmpty = changes.isEmpty
            #expect(isEmpty)
        }
        let store = try Store.open(at: path, mode: .readOnly)
        let titles = try store.read { try $0.documents().map { $0.title ?? $0.id } }
        #expect(titles == ["Paul Clifford"])
        try store.read { transaction in
            let stored = try #require(try transaction.block(0))
            #expect(stored.text(ofSegment: 0) == "It was a dark and stormy night.")
            #expect(stored.path(ofSegment: 0) == ["Chapter I"])
            #expect(stored.byteRange(ofSegment: 0) == 0..<text.count)
        }
    }
}
