import BlockStorage
import Retrieval
import Testing

@Suite struct RetrieverPropertyTests {
    private static let words = "river delta stone fish boat flood valley lake snow bread".split(
        separator: " "
    )

    private static func text(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...8, using: &generator)).map { _ in
            String(words[Int.random(in: 0..<words.count, using: &generator)])
        }.joined(separator: " ") + ". "
    }

    /// Fills a library with the same documents, committed at other places.
    private static func fill(_ library: inout Library, seed: UInt64, commitEvery: Int) throws {
        var generator = SeededGenerator(state: seed)
        for document in 0..<40 {
            library.begin("\(document)")
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let segments = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    Segment(text(&generator), concept: generator.unitVector())
                }
                library.add(segments, landmark: generator.unitVector())
            }
            if document % commitEvery == 0 { try library.commit() }
        }
        try library.commit()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func answersDependOnWhatIsStoredAlone(seed: UInt64) throws {
        var one = try Library()
        var other = try Library()
        try RetrieverPropertyTests.fill(&one, seed: seed, commitEvery: 1)
        try RetrieverPropertyTests.fill(&other, seed: seed, commitEvery: 17)
        var generator = SeededGenerator(state: seed + 100)
        for _ in 0..<10 {
            let (text, vector) = (
                RetrieverPropertyTests.text(&generator), generator.unitVector()
            )
            let result = try one.ask(text, vector: vector, limit: 20)
            #expect(result == (try one.ask(text, vector: vector, limit: 20)))
            #expect(result == (try other.ask(text, vector: vector, limit: 20)))
            #expect(result.hits.count == 20)
            // A shorter list is the beginning of a longer one.
            let short = try one.ask(text, vector: vector, limit: 7)
            #expect(short.hits == Array(result.hits.prefix(7)))
        }
    }

    @Test(arguments: [4, 5] as [UInt64])
    func everyHitIsCutOutOfItsDocument(seed: UInt64) throws {
        var library = try Library()
        try RetrieverPropertyTests.fill(&library, seed: seed, commitEvery: 3)
        var texts: [String: [UInt8]] = [:]
        try library.store.read { transaction in
            for document in try transaction.documents() {
                try transaction.forEachBlock(of: document) { block in
                    texts[document.id, default: []] += block.bytes
                    return true
                }
            }
        }
        var generator = SeededGenerator(state: seed)
        let hits = try library.ask(
            RetrieverPropertyTests.text(&generator),
            vector: generator.unitVector(),
            limit: 200
        ).hits
        #expect(hits.count == 200)
        for hit in hits {
            #expect(texts[hit.document].map { Array($0[hit.byteRange]) } == hit.bytes)
            #expect(hit.text == hit.text.trimmingPrefix(" "))
        }
        #expect(Set(hits.map { [$0.block, UInt64($0.segmentIndex)] }).count == hits.count)
    }

    /// More blocks than one group of postings holds.
    @Test func termsAreFoundInEveryGroup() throws {
        var library = try Library()
        for document in 0..<9 {
            library.begin("\(document)")
            for block in 0..<1000 {
                let isMarked = block == 500
                library.add([Segment(isMarked ? "needle" : "hay")])
            }
        }
        try library.commit()
        let hits = try library.ask("needle", limit: 20).hits
        #expect(hits.map(\.document) == (0..<9).map(String.init))
        #expect(hits.map(\.block) == (0..<9).map { $0 * 1000 + 500 })
    }

    /// Groups of blocks without any terms, whose landmarks alone can be found.
    @Test func landmarksAreFoundWhereThereAreNoPostings() throws {
        var library = try Library()
        library.begin("silent")
        for block in 0..<9000 {
            library.add([Segment("—")], landmark: axis(block % 4096 == 7 ? 0 : 1))
        }
        library.begin("spoken")
        library.add([Segment("reed")], landmark: axis(2))
        try library.commit()
        let postings = try library.store.read { try $0.postings(of: Array("reed".utf8)) }
        #expect(postings.blocks == [9000])
        let hits = try library.ask("reed", vector: axis(0), limit: 4).hits
        #expect(hits.map(\.block).sorted() == [7, 4103, 8199, 9000])
        #expect(hits.first { $0.block == 9000 }?.parts.blockDense == 0)
    }
}
