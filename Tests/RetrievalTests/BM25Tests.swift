import Foundation
import Retrieval
import Testing

@Suite struct BM25Tests {
    private struct Fixture: Decodable {
        struct Setting: Decodable {
            let k1: Float
            let b: Float
            let scores: [[Float]]
        }

        let texts: [[String]]
        let queries: [[String]]
        let settings: [Setting]
    }

    @Test func scoresEqualTheReferences() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/bm25.json")
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        var library = try Library()
        for (index, words) in fixture.texts.enumerated() {
            library.begin("\(index)")
            library.add([Segment(words.joined(separator: " "))])
        }
        try library.commit()
        for setting in fixture.settings {
            var configuration = RetrieverConfiguration()
            configuration.saturation = setting.k1
            configuration.lengthShare = setting.b
            for (query, scores) in zip(fixture.queries, setting.scores) {
                let result = try library.ask(
                    query.joined(separator: " "),
                    limit: fixture.texts.count,
                    configuration: configuration
                )
                var found = [Float](repeating: 0, count: fixture.texts.count)
                for hit in result.hits {
                    found[try #require(Int(hit.document))] = hit.parts.blockLexical
                }
                for (score, expected) in zip(found, scores) {
                    #expect(abs(score - expected) < 1e-4, "\(query) \(setting.k1)")
                }
            }
        }
    }

    @Test func commonTermsStillCount() {
        let bm25 = BM25(saturation: 1, lengthShare: 0.5, textCount: 10, averageLength: 5)
        #expect(bm25.inverseDocumentFrequency(10) > 0)
        #expect(bm25.inverseDocumentFrequency(0) > bm25.inverseDocumentFrequency(1))
    }

    @Test func anEmptyCollectionHasFiniteScores() {
        let bm25 = BM25(saturation: 1, lengthShare: 0.5, textCount: 0, averageLength: 0)
        #expect(bm25.inverseDocumentFrequency(0).isFinite)
        #expect(bm25.saturated(1, length: 0).isFinite)
    }
}
