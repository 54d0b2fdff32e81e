import Structure
import Testing

/// Which lines are headings, and what is below them.
@Suite struct HeadingTests {
    /// Checks the paths of the headings of a text, in order.
    private func check(
        _ text: String,
        headings expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let paths = outlined(text).filter { $0.kind == .heading }.map {
            $0.path.joined(separator: " > ")
        }
        #expect(paths == expected, sourceLocation: sourceLocation)
    }

    @Test func markdownLevelsNest() {
        check(
            "# Rivers\n\nText.\n\n## Source\n\nText.\n\n#### Deep ####\n\nText.\n\n# *Boats*\n\nText.",
            headings: ["Rivers", "Rivers > Source", "Rivers > Source > Deep", "Boats"]
        )
    }

    @Test func aWordAmongMoreThanThreeNamesNoContents() {
        check("The river ran.\n\nTable Of Contents Pages\n\nText goes on.", headings: [])
    }

    @Test func underlinesNestByTheirSign() {
        check(
            "Rivers\n======\n\nText.\n\nSource\n------\n\nText.\n\nBed\n~~~~~\n\nText.\n\nMouth\n-----\n\nEnd.",
            headings: ["Rivers", "Rivers > Source", "Rivers > Source > Bed", "Rivers > Mouth"]
        )
    }

    @Test func numbersNestByTheirDepth() {
        check(
            "1. Rivers\n\nText goes on.\n\n1.1 The Source\n\nText.\n\n1.2 The Mouth\n\nText.\n\n2. Boats\n\nText.",
            headings: [
                "1. Rivers", "1. Rivers > 1.1 The Source", "1. Rivers > 1.2 The Mouth", "2. Boats",
            ]
        )
    }

    @Test func labelsNestByTheirRank() {
        check(
            """
            BOOK ONE: THE RIVER

            CHAPTER I

            It ran past the mill.

            CHAPTER II. THE BRIDGE

            It ran on.

            BOOK TWO

            CHAPTER I

            It froze.
            """,
            headings: [
                "BOOK ONE: THE RIVER", "BOOK ONE: THE RIVER > CHAPTER I",
                "BOOK ONE: THE RIVER > CHAPTER II. THE BRIDGE", "BOOK TWO",
                "BOOK TWO > CHAPTER I",
            ]
        )
    }

    @Test func epiloguesStandBesideBooksAndPrologsBesideChapters() {
        check(
            """
            BOOK ONE

            CHAPTER I

            It ran on.

            FIRST EPILOGUE

            CHAPTER I

            It froze.
            """,
            headings: [
                "BOOK ONE", "BOOK ONE > CHAPTER I", "FIRST EPILOGUE", "FIRST EPILOGUE > CHAPTER I",
            ]
        )
        check(
            "Prologue\n\nIt ran on.\n\nChapter 1\n\nIt froze.",
            headings: ["Prologue", "Chapter 1"]
        )
    }

    @Test func theEndOfABookClosesItsParts() {
        check(
            """
            Title: The River

            *** START OF THE RIVER ***

            CHAPTER I

            It ran.

            *** END OF THE RIVER ***

            It is free.
            """,
            headings: [
                "START OF THE RIVER", "CHAPTER I", "END OF THE RIVER",
            ]
        )
    }

    @Test func aBareLabelTakesTheNextLineAsItsTitle() {
        check(
            "Chapter 3\n\nThe Old Mill\n\nIt ran past the mill and on.",
            headings: ["Chapter 3: The Old Mill", "Chapter 3: The Old Mill"]
        )
    }

    @Test(arguments: [
        "Kapitel 2", "Chapitre premier", "Capítulo V", "Глава первая", "第一章", "§ 12 Boats",
        "Article IV", "Section 2.3(a)", "ANNEX B", "Appendix: How to Row",
    ])
    func labelsOfManyLanguagesAreHeadings(line: String) {
        check("\(line)\n\nThe river ran past the mill and the town slept.", headings: [line])
    }

    @Test func capitalsAndNamesThatStandAloneAreHeadings() {
        check(
            "The text begins here.\n\nTHE OLD RIVER\n\nIt ran.\n\nTHE NEW BED\n\nIt runs.",
            headings: ["THE OLD RIVER", "THE NEW BED"]
        )
        check("The text begins.\n\nReferences\n\nReed wrote it.", headings: ["References"])
    }

    @Test func aDocumentsFirstLineIsItsTitle() {
        check(
            "          THE RIVER ACT\n\n   Preamble\n\nIt is so.\n\n   RULES AND TERMS\n\n  1. Boats.\n\nNo boats.",
            headings: [
                "THE RIVER ACT", "THE RIVER ACT > Preamble", "THE RIVER ACT > RULES AND TERMS",
                "THE RIVER ACT > RULES AND TERMS > 1. Boats.",
            ]
        )
    }

    @Test(arguments: [
        "1843 was a cold year on the river.",
        "I. Newton\nwas there and saw the river freeze over.",
        "1. Row the boat to the other side.\n2. Mend the net.\n3. Sleep.",
        "Part of the river froze.\n\nBook the boat early.",
        "NASA said so.\n\nIt was true.",
        "Section 5 applies to all boats on the river.",
        "The river ran.\n\n3.5 metres were measured.\n\nIt rose.",
        "The river ran.\n\n*       *       *\n\nIt rose.",
        "The river ran.\n\nSTOP!\n\nIt rose.",
        "The river ran.\n\n1.2. \"Old River\"\n    means the bed before 1843.\n\nIt rose.",
        "The river ran.\n\nDear Ada,\n\nIt rose.",
        "#hashtag is no heading\n\nIt rose.",
    ])
    func falseFriendsAreText(text: String) { check(text, headings: []) }

    @Test func aTableOfContentsIsNoOutline() {
        let entries = "CHAPTER I. The Mill\nCHAPTER II. The Bridge\n\n"
        let segments = outlined(
            "CONTENTS\n\n\(entries)CHAPTER I. The Mill\n\nIt ran on and on.\n\nCHAPTER II. The Bridge\n\nIt fell."
        )
        #expect(
            segments.map(\.kind) == [
                .heading, .contents, .contents, .heading, .sentence, .heading, .sentence,
            ]
        )
        #expect(segments.last?.path == ["CHAPTER II. The Bridge"])
    }

    @Test func aBoxOfAsterisksHoldsHeadingAndText() {
        let edge = String(repeating: "*", count: 60)
        let line = { (text: String) in "*  " + text.padding(to: 56) + "*" }
        let text = [
            "1. Boats", "--------", "", "Text.", "", edge, line("2. Warranty"), line("-----------"),
            line(""), line("There is none for any boat that was sold on this"),
            line("river."), edge,
        ].joined(separator: "\n")
        check(text, headings: ["1. Boats", "2. Warranty"])
    }

    @Test func theDocumentsTitleHeadsEveryPath() {
        let segments = outlined("# One\n\nText.", title: "A  Book")
        #expect(segments.map(\.path) == [["A Book", "One"], ["A Book", "One"]])
        #expect(outlined("# A Book\n\nText.", title: "A Book").map(\.path).last == ["A Book"])
    }

    @Test func longTitlesAreCutAtAScalar() {
        let title = String(repeating: "é", count: 400)
        let path = outlined("# \(title)\n\nText.").last?.path ?? []
        #expect(path.count == 1 && path[0].hasSuffix("é…"))
        #expect(path[0].utf8.count <= Outliner.titleLimit)
    }
}

extension String {
    fileprivate func padding(to count: Int) -> String {
        self + String(repeating: " ", count: Swift.max(count - self.count, 0))
    }
}

/// What kind of block a segment belongs to.
@Suite struct SegmentKindTests {
    private func check(
        _ text: String,
        _ expected: [SegmentKind],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outlined(text).map(\.kind) == expected, sourceLocation: sourceLocation)
    }

    @Test func listsHoldTheirContinuations() {
        check(
            "- One. Two.\n- Three\n\n  Four.\n\nFive.",
            [.listItem, .listItem, .listItem, .listItem, .sentence]
        )
        check("(a) the one;\n(b) the other.", [.listItem, .listItem])
        check("• eins\n• zwei", [.listItem, .listItem])
    }

    @Test func quotationsAreKept() {
        check("> One. Two.\n\nThree.", [.quotation, .quotation, .sentence])
    }

    @Test func fencedCodeHoldsNoHeadings() {
        check("Look:\n\n```sh\n# no heading\n\nls\n```\n\nDone.", [.sentence, .code, .sentence])
    }

    @Test func indentedCodeIsSeenByItsSigns() {
        check("Look:\n\n    let boat = river();\n\nDone.", [.sentence, .code, .sentence])
    }

    @Test func tablesAreRows() {
        check("| a | b |\n|---|---|\n| 1 | 2 |", [.table, .table, .table])
    }

    @Test func rulesAndFrontMatterAreKept() {
        check(
            "---\ntitle: A\n---\n\nText.\n\n***\n\nMore.",
            [.frontMatter, .sentence, .rule, .sentence]
        )
    }
}
