import Retrieval
import Testing
import Text

/// The terms under which a block is found.
@Suite struct IndexedTermsTests {
    @Test func titleAndHeadingsCountOnce() throws {
        var terms: [String] = []
        let paths = [["River", "Source"], ["River", "Source"], ["River", "Mouth"]]
        let text = Array("River, river.".utf8)
        let analyzer = try LexicalAnalyzer(language: "none")
        text.withUnsafeBytes { text in
            IndexedTerms.forEach(title: "River", paths: paths, text: text, analyzer: analyzer) {
                terms.append(String(decoding: $0, as: UTF8.self))
            }
        }
        #expect(terms == ["river", "source", "mouth", "river", "river"])
    }
}
