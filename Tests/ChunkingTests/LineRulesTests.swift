import Chunking
import Testing

/// Where a line end ends a segment, and where it merely wraps.
@Suite struct LineRulesTests {
    /// Checks that the segments' boundaries and numbers of lines are the expected ones.
    private func check(
        _ text: String,
        _ expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let segments = try cut(Array(text.utf8), counter: NoPieceCounter()).map(\.trimmed)
        #expect(segments == expected, sourceLocation: sourceLocation)
    }

    @Test func aWrappedSentenceIsOneSegment() throws {
        let text = """
            The river ran past the mill and under the old bridge, where the
            boats lay, and nobody in the town could say when it had last been
            still. Then it froze.
            """
        let lines = text.split(separator: "\n")
        try check(
            text,
            [lines[0] + "\n" + lines[1] + "\nstill.", "Then it froze."].map { String($0) }
        )
    }

    @Test func shortLinesAreSegments() throws {
        try check("Rivers\nBoats\nMills", ["Rivers", "Boats", "Mills"])
        try check("rivers\nboats and nets\nmills", ["rivers", "boats and nets", "mills"])
    }

    @Test func headingsAndUnderlinesAreBlocks() throws {
        try check("# One\nText goes\n## Two", ["# One", "Text goes", "## Two"])
        try check("One\n===\nText\n\nTwo\n---\nMore", ["One\n===", "Text", "Two\n---", "More"])
        try check("One.\n\n***\nTwo.", ["One.", "***", "Two."])
    }

    @Test func itemsKeepTheirHangingLines() throws {
        let text = "- the first\n  goes on\n- the second\n\n1. Boats\n   Of all kinds"
        try check(
            text,
            ["- the first\n  goes on", "- the second", "1. Boats\n   Of all kinds"]
        )
    }

    @Test func aDefinitionStaysWithItsTerm() throws {
        try check(
            "1.2. \"Old River\"\n    means the bed before 1843.\n\nBed\n  where it runs",
            ["1.2. \"Old River\"\n    means the bed before 1843.", "Bed\n  where it runs"]
        )
    }

    @Test func fencedCodeIsOneSegment() throws {
        let code = "```swift\nlet a = 1. // No. End\n\nprint(a)\n```"
        try check("Look:\n\(code)\nDone.", ["Look:", code, "Done."])
    }

    @Test func frontMatterIsOneSegment() throws {
        let fields = "---\ntitle: A. River\nyear: 1843\n---"
        try check("\(fields)\nText.", [fields, "Text."])
    }

    @Test func rowsAndQuotationsAreBlocks() throws {
        try check("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "|---|---|", "| 1 | 2 |"])
        try check("> One.\n> Two.\nThree.", ["> One.", "> Two.", "Three."])
        try check(">\n> One.\n>\n> Two.", [">\n> One.", ">\n> Two."])
    }

    @Test func everyKindOfLineEndCounts() throws {
        for end in ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"] {
            try check("One\(end)Two\(end)\(end)Three", ["One", "Two", "Three"])
        }
    }

    @Test func leadingBlankLinesBelongToTheFirstSegment() throws {
        let segments = try cut(Array("\n\n   Text.".utf8))
        #expect(segments.map(\.range) == [0..<10])
    }

    @Test func boundariesTellWhatEndedASegment() throws {
        let text = "# One\nTwo. Three\nFour\n\nFive"
        let boundaries = try cut(Array(text.utf8)).map(\.boundary)
        #expect(boundaries == [.block, .sentence, .line, .paragraph, .documentEnd])
    }
}

@Suite struct EnumeratorTests {
    private func enumerator(_ text: String) -> Enumerator? {
        let bytes = Array(text.utf8)
        return Enumerator(bytes: bytes, at: 0, end: bytes.count)
    }

    @Test(arguments: [
        ("3. a", Enumerator.Numbering.arabic, 3), ("(12) a", .arabic, 12),
        ("b) a", .lowerLetter, 2), ("C. a", .upperLetter, 3), ("(iv) a", .lowerRoman, 4),
        ("XII. a", .upperRoman, 12), ("2.) a", .arabic, 2),
    ])
    func numbersAndLettersAreRead(
        text: String,
        numbering: Enumerator.Numbering,
        value: Int
    ) throws {
        let found = try #require(enumerator(text))
        #expect(found.numbering == numbering && found.value == value)
    }

    @Test(arguments: ["3", "(3", "(3.", "1843. a", "ab. a", "Iv. a", ".", ")", ""])
    func othersAreNone(text: String) { #expect(enumerator(text) == nil) }

    @Test(arguments: [
        ("1.", "2.", true), ("1.", "3.", false), ("1.", "2)", false), ("(h)", "(i)", true),
        ("(i)", "(ii)", true), ("iv.", "v.", true), ("a)", "2)", false),
    ])
    func successorsContinueAList(first: String, second: String, follows: Bool) throws {
        let (a, b) = (try #require(enumerator(first)), try #require(enumerator(second)))
        #expect(b.follows(a) == follows)
    }
}

@Suite struct PackedWordTests {
    private func word(_ text: String) -> PackedWord? {
        PackedWord(Array(text.utf8), 0..<text.utf8.count)
    }

    @Test(arguments: [
        ("MR", "mr"), ("Über", "über"), ("ГОД", "год"), ("Čas", "čas"), ("Žal", "žal"),
    ])
    func caseIsIgnored(capital: String, small: String) {
        #expect(word(capital) == word(small) && word(small) != nil)
    }

    @Test func longAndEmptyWordsAreNone() {
        #expect(word("") == nil)
        #expect(word(String(repeating: "a", count: 17)) == nil)
        #expect(word(String(repeating: "a", count: 16)) != nil)
    }

    @Test func aSetHoldsItsWordsAndNoOthers() throws {
        let words = (0..<500).map { "w\($0)" }
        let set = PackedWord.set(words.joined(separator: " "))
        for text in words { #expect(set.contains(try #require(word(text)))) }
        for text in (500..<1000).map({ "w\($0)" }) {
            #expect(!set.contains(try #require(word(text))))
        }
        #expect(!PackedWord.set("").contains(try #require(word("a"))))
    }
}
