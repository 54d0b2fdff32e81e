import Generation
import Testing

@Suite struct SummaryTests {
    @Test func partsAreHeadedOnce() throws {
        let text = segments(
            ["First  one.\n", "Second\none. ", "Third one.", " Fourth one."],
            paths: [0: [], 1: ["Book", "Part I"], 3: ["Book", "Part II"]]
        )
        #expect(
            try summary(text, words: 100).text == """
                First one.

                # Book

                ## Part I

                Second one. Third one.

                ## Part II

                Fourth one.
                """
        )
    }

    @Test func theOuterPartIsNamedAgainAfterTheInner() throws {
        let paths = [0: ["Book", "Part I"], 1: ["Book"]]
        let text = try summary(segments(["Inner. ", "Outer."], paths: paths), words: 100).text
        #expect(text == "# Book\n\n## Part I\n\nInner.\n\n# Book\n\nOuter.")
    }

    @Test func noHeadingIsDeeperThanMarkdownAllows() throws {
        let path = (1...8).map { "Level \($0)" }
        let text = try summary(segments(["Deep text."], paths: [0: path]), words: 100).text
        #expect(text.contains("\n###### Level 8\n"))
    }

    @Test(arguments: [
        ("* An item\n  of two lines.", "An item of two lines."), ("- Item.", "Item."),
        ("• Item.", "Item."), ("-5 degrees.", "-5 degrees."), ("*", "*"),
        ("3. Third.", "3. Third."),
    ])
    func aLineHasNoBullet(text: String, line: String) {
        #expect(segments([text])[0].line == line)
    }

    @Test func anEmptySummaryIsEmptyText() throws {
        #expect(try summary([], words: 10).text.isEmpty)
    }
}
