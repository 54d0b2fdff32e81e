import Generation
import Testing

@Suite struct WordTargetsTests {
    private func targets(_ texts: [String], words: Int) throws -> (WordTargets, SummaryWords) {
        var profile = TextProfile()
        let analyzer = try SummaryWords(language: "english")
        for segment in segments(texts) { profile.add(segment, analyzer) }
        return (WordTargets(profile: profile, words: words), analyzer)
    }

    @Test func wordsOfMoreSegmentsShouldStandMoreOften() throws {
        let (targets, analyzer) = try targets(
            ["A river.", "The river.", "Two rivers.", "A mill.", "The mill.", "A bridge."],
            words: 100
        )
        let target = { (word: String) in
            let hash = try #require(analyzer.contentWords(of: Array(word.utf8)).first)
            return targets.target(of: try #require(targets.index(of: hash)))
        }
        #expect(try target("river") == target("rivers"))
        #expect(try abs(target("river") / target("mill") - 1.5) < 0.001)
        #expect(try target("mill") > 2 * target("bridge"))
        // 58 words in all for river, mill, `two` and bridge, whose weights are 3, 2, 0.3 and 0.3.
        #expect(try abs(target("river") - 58 * 3 / 5.6) < 0.01)
    }

    @Test func functionWordsHaveTheirShareOfProse() throws {
        let (targets, _) = try targets(["A river."], words: 1000)
        let the = try #require(targets.index(of: SummaryWords.hash(Array("the".utf8))))
        #expect(targets.target(of: the) == 65)
    }

    @Test(arguments: [
        ("", 0), ("  \n\t ", 0), ("one", 1), (" one  two\nthree ", 3), ("naïve café-bar", 2),
        ("東京都", 2), ("東京 tower", 2), ("ひらがな", 2), ("a\u{2003}b\u{A0}c", 3), ("Ω≈ç", 1),
    ])
    func wordsAreCountedAsPeopleCountThem(text: String, count: Int) {
        #expect(SummaryWords.count(of: Array(text.utf8)) == count)
    }

    @Test func anyBytesAreCounted() {
        var random = SeededGenerator(seed: 12)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(SummaryWords.count(of: bytes) <= length)
        }
    }
}
