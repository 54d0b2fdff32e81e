import Generation
import Testing
import Text

@Suite struct SummarizerTests {
    @Test(arguments: [100, 150, 400], [1, 2, 3] as [UInt64])
    func theBudgetIsKept(words: Int, seed: UInt64) throws {
        let text = topicalText(sentenceCount: 300, seed: seed)
        let count = try summary(text, words: words).sentences.reduce(0) { $0 + wordCount($1.text) }
        #expect((words * 9 / 10...words * 11 / 10).contains(count))
    }

    @Test func sentencesAreCutOutOfTheSourceInItsOrder() throws {
        let text = topicalText(sentenceCount: 200, seed: 4)
        let source = text.flatMap(\.bytes)
        let sentences = try summary(text, words: 120).sentences
        #expect(sentences.count > 3)
        var end = 0
        for sentence in sentences {
            #expect(Array(source[sentence.byteRange]) == sentence.bytes)
            #expect(sentence.byteRange.lowerBound >= end)
            end = sentence.byteRange.upperBound
            #expect(sentence.bytes.first != 0x20 && sentence.bytes.last != 0x20)
        }
    }

    @Test func nothingIsSaidTwice() throws {
        let texts = (0..<40).flatMap { index in
            [
                "The river number \(index % 8) flows into the northern sea today. ",
                "It rains there. ",
            ]
        }
        let quoted = try summary(segments(texts), words: 60).sentences.map(\.text)
        #expect(quoted.count == Set(quoted).count)
        #expect(!quoted.isEmpty)
    }

    @Test func sentencesOfOneMeaningAreQuotedOnce() throws {
        let texts = [
            "The committee has approved the budget for roads. ",
            "Members agreed on spending plans for highway works. ",
            "Flowers grow well in the warm southern gardens. ",
            "Singers performed three old songs at night there. ",
            "Ships carry grain across the western ocean monthly. ",
        ]
        let vectors: [Int: [Float]] = [
            0: [1, 0, 0, 0], 1: [0.99, 0.14, 0, 0], 2: [0, 1, 0, 0], 3: [0, 0, 1, 0],
            4: [0, 0, 0, 1],
        ]
        let quoted = try summary(segments(texts, vectors: vectors), words: 33).sentences
        let firstTwo = quoted.filter { $0.byteRange.upperBound <= texts[0].utf8.count * 2 + 4 }
        #expect(firstTwo.count == 1)
        #expect(quoted.count == 4)
    }

    @Test func theSameTextGivesTheSameSummary() throws {
        let text = topicalText(sentenceCount: 150, seed: 5)
        let first = try summary(text, words: 80)
        for _ in 0..<3 { #expect(try summary(text, words: 80) == first) }
    }

    @Test func aQueryPulls() throws {
        let text = topicalText(sentenceCount: 200, seed: 6)
        for topic in 0..<5 {
            var query = [Float](repeating: 0, count: 8)
            query[topic] = 1
            let prefix = Character("abcde".map(String.init)[topic])
            let share = { (summary: Summary) in
                let ours = summary.sentences.count {
                    $0.text.split(separator: " ")[1].first == prefix
                }
                return Float(ours) / Float(summary.sentences.count)
            }
            let plain = share(try summary(text, words: 100))
            let asked = share(try summary(text, words: 100, query: query))
            #expect(asked > plain)
            #expect(asked >= 0.4)
        }
    }

    @Test func shortTextsAreQuotedWhole() throws {
        #expect(try summary([], words: 10).sentences.isEmpty)
        #expect(try summary(segments([" \n "]), words: 10).sentences.isEmpty)
        let short = segments(["Rivers\n", "A river runs. ", "So it goes."], kinds: [0: "heading"])
        #expect(
            try summary(short, words: 10).sentences.map(\.text) == ["A river runs.", "So it goes."]
        )
    }

    @Test func theOnlySentenceIsQuotedThoughItIsTooLong() throws {
        let long = "The " + String(repeating: "long river ", count: 50) + "ends."
        #expect(try summary(segments([long]), words: 10).sentences.map(\.text) == [long])
    }

    @Test func headingsCodeAndTablesAreNotQuoted() throws {
        let texts = (0..<30).map { "The clause number \($0) says what clause \($0) means here. " }
        let kinds = [0: "heading", 1: "code", 2: "rule", 3: "table", 4: "contents"]
        let quoted = try summary(segments(texts, kinds: kinds), words: 230).sentences
        #expect(quoted.count > 15)
        #expect(quoted.allSatisfy { $0.kind == "sentence" })
    }

    @Test func fragmentsAreQuotedOnlyWhereThereIsNothingElse() throws {
        var texts = (0..<20).map { "The water mill number \($0) grinds corn for the village. " }
        texts += (0..<20).map { "means the water mill number \($0) that grinds corn, and " }
        let quoted = try summary(segments(texts), words: 100).sentences.map(\.text)
        #expect(quoted.allSatisfy { $0.hasPrefix("The") })
        let rest = try summary(segments(Array(texts[20...])), words: 50).sentences
        #expect(!rest.isEmpty)
    }

    @Test(arguments: [
        ("german", "Der Fluss Nummer % fließt durch das weite Tal bis zum Meer. "),
        ("none", "第%条河流流过宽阔的山谷一直流到北方的大海。"),
        ("russian", "Река номер % течёт через широкую долину до самого моря. "),
        ("none", "แม่น้ำสาย % ไหล ผ่าน หุบเขา กว้าง ไป ถึง ทะเล เหนือ "),
    ])
    func otherLanguages(language: String, sentence: String) throws {
        let texts = (0..<60).map { sentence.replacing("%", with: "\($0)") }
        let text = segments(texts)
        let source = text.flatMap(\.bytes)
        let quoted = try summary(text, words: 60, language: language).sentences
        let count = quoted.reduce(0) { $0 + SummaryWords.count(of: $1.bytes) }
        #expect((54...66).contains(count))
        for sentence in quoted { #expect(Array(source[sentence.byteRange]) == sentence.bytes) }
    }

    @Test func anUnknownLanguageIsTold() {
        #expect(throws: TextError.unknownLanguage(name: "klingon")) {
            try Summarizer(configuration: SummaryConfiguration(language: "klingon"))
        }
    }

    @Test func aSmallPoolStillGivesASummary() throws {
        let text = topicalText(sentenceCount: 2000, seed: 7)
        let quoted = try summary(text, words: 100) { $0.poolSize = 32 }.sentences
        let count = quoted.reduce(0) { $0 + wordCount($1.text) }
        #expect((90...110).contains(count))
    }
}
