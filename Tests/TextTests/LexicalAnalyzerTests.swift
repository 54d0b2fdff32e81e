import Testing
import Text

@Suite struct LexicalAnalyzerTests {
    @Test(arguments: [
        ("The rivers' sources are RUNNING dry.", ["river", "sourc", "run", "dri"]),
        ("Mach 2.5 in 1957; F-16", ["mach", "2", "5", "1957", "f", "16"]),
        ("the dog’s bone, don't", ["dog", "bone", "don"]),
        ("snake_case camelCase", ["snake", "case", "camelcas"]),
        ("", []),
        (" \n\t—…", []),
        ("ＡＢＣ１２", ["abc12"]),
        ("co\u{00AD}op\u{200D}erate", ["cooper"]),
    ])
    func englishBecomesStems(text: String, terms: [String]) throws {
        #expect(try LexicalAnalyzer(language: "english").terms(of: text) == terms)
    }

    @Test(arguments: [
        ("河流的源头", ["河流", "流的", "的源", "源头"]),
        ("水 x", ["水", "x"]),
        ("2024年の川", ["2024", "年の", "の川"]),
        ("แม่น้ำ", ["แม", "ม\u{0E48}", "\u{0E48}น", "น\u{0E49}", "\u{0E49}ำ"]),
        ("a河b", ["a", "河", "b"]),
    ])
    func unspacedScriptsBecomePairs(text: String, terms: [String]) throws {
        #expect(try LexicalAnalyzer(language: "none").terms(of: text) == terms)
    }

    @Test func composedAndDecomposedLettersAreTheSameTerm() throws {
        let analyzer = try LexicalAnalyzer(language: "french")
        let terms = analyzer.terms(of: "élève e\u{301}le\u{300}ve ÉLÈVE")
        #expect(Set(terms.map { Array($0.utf8) }).count == 1)
        #expect(terms.count == 3)
    }

    @Test func otherScriptsAreCutAtSpaces() throws {
        let none = try LexicalAnalyzer(language: "none")
        #expect(none.terms(of: "हिन्दी भाषा") == ["हिन्दी", "भाषा"])
        #expect(
            try LexicalAnalyzer(language: "russian").terms(of: "Городах, книгами")
                == ["город", "книг"]
        )
    }

    @Test func withoutALanguageWordsStayWhole() throws {
        let analyzer = try LexicalAnalyzer(language: "none")
        #expect(analyzer.terms(of: "The Rivers") == ["the", "rivers"])
    }

    @Test func overlongWordsAreCut() throws {
        let analyzer = try LexicalAnalyzer(language: "none")
        let terms = analyzer.terms(of: String(repeating: "é", count: 500) + " end")
        #expect(terms == [String(repeating: "é", count: 64), "end"])
    }

    @Test func bytesThatAreNotTextEndAWord() throws {
        let analyzer = try LexicalAnalyzer(language: "none")
        var terms: [[UInt8]] = []
        let bytes: [UInt8] = [0x61, 0x62, 0xFF, 0x63, 0xE6, 0xB2]
        bytes.withUnsafeBytes { analyzer.forEachTerm(in: $0) { terms.append(Array($0)) } }
        #expect(terms == [[0x61, 0x62], [0x63]])
    }

    /// A soft hyphen vanishes, and a word with one is not read as a whole.
    @Test(arguments: ["none", "english"])
    func wordsThatAreReadAsWholesAndSpeltOutOnesAreAlike(language: String) throws {
        var generator = WordGenerator(state: 4)
        let signs = [
            "'", "’", "“", "”", " ", ".", "—", "é", "e\u{301}", "水", "s", "T", "don", "7",
            "\u{200D}", "…",
        ]
        for _ in 0..<4_000 {
            let parts = (0..<8).map { _ in
                generator.pick(signs) + generator.pick(["", "", "dogs", "a"])
            }
            let text = parts.joined()
            let spelt = text.unicodeScalars.map { "\($0)\u{AD}" }.joined()
            let whole = try LexicalAnalyzer(language: language).terms(of: text)
            #expect(whole == (try LexicalAnalyzer(language: language).terms(of: spelt)), "\(text)")
        }
    }

    /// What was analyzed before changes nothing, and neither does cutting at a space.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func termsDependOnTheWordsAlone(seed: UInt64) throws {
        var generator = WordGenerator(state: seed)
        let words = (0..<20_000).map { _ in generator.word() }
        let used = try LexicalAnalyzer()
        let whole = used.terms(of: words.joined(separator: " "))
        let again = used.terms(of: words.joined(separator: " "))
        var apart: [String] = []
        for chunk in stride(from: 0, to: words.count, by: 500) {
            let fresh = try LexicalAnalyzer()
            apart += fresh.terms(of: words[chunk..<(chunk + 500)].joined(separator: " "))
        }
        #expect(whole == again)
        #expect(whole == apart)
        let alone = try LexicalAnalyzer()
        #expect(whole == words.flatMap { alone.terms(of: $0) })
    }
}

/// Words of few letters with English endings, some with letters beyond ASCII, from SplitMix64.
private struct WordGenerator {
    var state: UInt64

    private mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }

    mutating func pick(_ strings: [String]) -> String { strings[next(strings.count)] }

    mutating func word() -> String {
        let letters = Array("abdegilnorstué")
        let endings = ["", "s", "ing", "ed", "ization", "ness", "'s", "ly"]
        let stem = (0...next(6)).map { _ in letters[next(letters.count)] }
        return String(stem) + endings[next(endings.count)]
    }
}
