import Retrieval
import Testing
import Text

/// The terms under which a block is found.
@Suite struct IndexedTermsTests {
    /// The terms of a block, by what has seen those before it.
    private func terms(
        _ indexed: inout IndexedTerms,
        _ title: String?,
        _ paths: [[String]],
        _ text: String
    ) throws -> [String] {
        var terms: [String] = []
        let analyzer = try LexicalAnalyzer(language: "none")
        Array(text.utf8).withUnsafeBytes { text in
            indexed.forEach(title: title, paths: paths, text: text, analyzer: analyzer) {
                terms.append(String(decoding: $0, as: UTF8.self))
            }
        }
        return terms
    }

    @Test func titleAndHeadingsCountOnce() throws {
        var indexed = IndexedTerms()
        let paths = [["River", "Source"], ["River", "Source"], ["River", "Mouth"]]
        let terms = try terms(&indexed, "River", paths, "River, river.")
        #expect(terms == ["river", "source", "mouth", "river", "river"])
    }

    @Test func aBlockIsFoundByItsOwnHeadingsWhateverCameBefore() throws {
        var generator = SeededGenerator(state: 91)
        var indexed = IndexedTerms()
        for _ in 0..<300 {
            // Few titles and headings, so that many blocks stand under those of the block before.
            let title = [nil, "", "Alpha", "Beta gamma"].randomElement(using: &generator) ?? nil
            let headings = ["Beta", "Delta one", "Delta two"]
            let paths = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                Array(
                    headings.shuffled(using: &generator).prefix(
                        .random(in: 0...2, using: &generator)
                    )
                )
            }
            var fresh = IndexedTerms()
            let expected = try terms(&fresh, title, paths, "Words.")
            #expect(try terms(&indexed, title, paths, "Words.") == expected)
            #expect(expected.last == "words")
        }
    }

    @Test func headingsThatAreEqualAsUnicodeAreOthers() throws {
        var indexed = IndexedTerms()
        for heading in ["\u{AC00}", "\u{1100}\u{1161}", "\u{AC00}"] {
            var fresh = IndexedTerms()
            let expected = try terms(&fresh, heading, [[heading]], "Words.")
            // By their bytes, as a store has them.
            let found = try terms(&indexed, heading, [[heading]], "Words.")
            #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        }
    }
}
