internal import Chunking

/// Recognizes plain-text headings: one line, its surroundings, and nothing else.
///
/// A false heading misleads everything below it, so each form asks for two signs at least: its own
/// look, and that it stands alone.
struct HeadingRules {
    /// The line's content, without surrounding whitespace.
    let line: [UInt8]
    let surroundings: Surroundings
    /// Whether headings without label, number or mark-up are looked for.
    var areUnmarkedAllowed = true

    /// What stands around a line.
    struct Surroundings {
        /// Whether a blank line, a heading or the document's start stands before.
        var isParted: Bool
        /// Whether a blank line or the document's end follows.
        var isFollowedByBlank: Bool
        /// Whether the line ends at all; otherwise text follows in the same line.
        var isWholeLine: Bool
        /// The columns before the content.
        var indentation: Int
        /// Whether nothing stands before in the document.
        var isFirst = false
    }

    /// The most bytes of a plain heading.
    static let longestHeading = 110

    init(line: [UInt8], surroundings: Surroundings) {
        self.line = line
        self.surroundings = surroundings
    }

    /// Tells whether the line is a heading, and which.
    ///
    /// - Parameters:
    ///   - lastNumber: The number of the last numbered heading of a depth.
    ///   - titleLimit: The most bytes of the title.
    /// - Returns: The heading that the line is, or nil.
    func heading(lastNumber: (Int) -> Int?, titleLimit: Int) -> Heading? {
        guard !line.isEmpty, line.count <= Self.longestHeading else { return nil }
        let title = TitleText.clean(line, limit: titleLimit)
        if surroundings.isWholeLine {
            if let heading = labelled(title) ?? ideographic(title) { return heading }
        }
        if surroundings.isWholeLine, areUnmarkedAllowed, let heading = named(title) {
            return heading
        }
        guard surroundings.isParted else { return nil }
        if let heading = starred(title) { return heading }
        if let heading = numbered(title, lastNumber: lastNumber) { return heading }
        guard surroundings.isWholeLine else { return nil }
        return areUnmarkedAllowed ? capitals(title) ?? setApart(title) : nil
    }

    // MARK: - Labels

    /// `CHAPTER I`, `Part Two: The Sea`, `§ 12 Title`, `First Epilogue`.
    private func labelled(_ title: String) -> Heading? {
        let words = words
        guard let first = words.first, surroundings.isParted || isUpper else { return nil }
        var rest = line.endIndex
        var rank = PackedWord(line, first).flatMap { HeadingLexicon.labels[$0] }
        var number: Int?
        if line.starts(with: "§".utf8) {
            guard isNumber(first), let tail = labelTail(from: numeralEnd(from: first.upperBound))
            else { return nil }
            return Heading(
                rank: HeadingRank.section,
                title: title,
                form: tail.isEmpty ? .bareLabel : .label,
                number: value(first)
            )
        }
        if rank != nil, isUnnumberedAppendix(first) {
            return Heading(rank: HeadingRank.book, title: title, form: .label, number: nil)
        }
        if rank != nil, words.count > 1 {
            let hasArticle = words.count > 2 && line[words[1]].elementsEqual("the".utf8)
            let numeral = words[hasArticle ? 2 : 1]
            let gap = line[first.upperBound..<words[1].lowerBound]
            guard isNumber(numeral), gap.allSatisfy({ $0 == 0x20 || $0 == 0x2E }) else {
                return nil
            }
            number = value(numeral)
            rest = numeralEnd(from: numeral.upperBound)
            // "Twenty One" takes a second word.
            if words.count > 2, isOrdinalWord(words[1]), isOrdinalWord(words[2]) {
                rest = words[2].upperBound
            }
            if line[numeral].elementsEqual("A".utf8), rest + 1 < line.count,
                isLetterOrDigit(at: rest + 1)
            {
                return nil
            }
        } else if words.count > 1, isOrdinalWord(first),
            let label = PackedWord(line, words[1]).flatMap({
                HeadingLexicon.labels[$0] ?? HeadingLexicon.names[$0]
            })
        {
            rank = label
            rest = words[1].upperBound
        } else {
            return nil
        }
        guard let rank, let tail = labelTail(from: rest) else { return nil }
        return Heading(
            rank: rank,
            title: title,
            form: tail.isEmpty ? .bareLabel : .label,
            number: number
        )
    }

    /// `Appendix: How to Build`, which needs no number.
    private func isUnnumberedAppendix(_ first: Range<Int>) -> Bool {
        guard first.upperBound + 1 < line.count, line[first.upperBound] == UInt8(ascii: ":"),
            line[first.upperBound + 1] == 0x20, let word = PackedWord(line, first)
        else { return false }
        return HeadingLexicon.appendices.contains(word)
    }

    /// The end of a number with parts, such as `2.2(a)`.
    private func numeralEnd(from position: Int) -> Int {
        var index = position
        while index + 1 < line.count {
            if line[index] == 0x2E, (0x30...0x39).contains(line[index + 1]) {
                index += 2
            } else if (0x30...0x39).contains(line[index]) {
                index += 1
            } else if line[index] == UInt8(ascii: "("),
                let close = line[index...].prefix(6).firstIndex(of: UInt8(ascii: ")"))
            {
                index = close + 1
            } else {
                break
            }
        }
        return index
    }

    /// The title behind a label's number, or nil where the line reads on as a sentence.
    private func labelTail(from position: Int) -> ArraySlice<UInt8>? {
        var index = position
        var isPunctuated = false
        while index < line.count, !isLetterOrDigit(at: index) {
            if line[index] > 0x20 { isPunctuated = true }
            index += 1
        }
        let tail = line[index...]
        guard let first = tail.first else { return tail }
        if line.last == UInt8(ascii: ","), !isPunctuated { return nil }
        let (value, _) = Scalars.decode(line, at: index, end: line.count)
        let kind = Scalars.kind(value)
        if kind == .lower { return isPunctuated && !endsAsSentence ? tail : nil }
        // "Section 5 Anyone may …." is a sentence; "Chapter 5. Anyone" is a title.
        if !isPunctuated, endsAsSentence, first != UInt8(ascii: "(") { return nil }
        return tail
    }

    /// `第一章 …` and its like.
    private func ideographic(_ title: String) -> Heading? {
        guard line.starts(with: "第".utf8) else { return nil }
        let text = Array(String(decoding: line, as: UTF8.self).unicodeScalars.prefix(8))
        let ranks: [Unicode.Scalar: Int] = [
            "卷": HeadingRank.volume, "部": HeadingRank.book, "編": HeadingRank.part,
            "编": HeadingRank.part, "篇": HeadingRank.part, "章": HeadingRank.chapter,
            "回": HeadingRank.chapter, "話": HeadingRank.chapter, "節": HeadingRank.section,
            "节": HeadingRank.section, "条": HeadingRank.section, "條": HeadingRank.section,
        ]
        let numerals = "一二三四五六七八九十百千零〇两0123456789０１２３４５６７８９".unicodeScalars
        guard let end = text.dropFirst().firstIndex(where: { !numerals.contains($0) }), end > 1,
            let rank = ranks[text[end]], !endsAsSentence
        else { return nil }
        let form: Heading.Form = end + 1 == text.count ? .bareLabel : .label
        return Heading(rank: rank, title: title, form: form, number: nil)
    }

    // MARK: - Numbers

    /// `2.1 Related Work`, `0. Definitions.`, `IV. THE TITLE`, `A. Scope`.
    private func numbered(_ title: String, lastNumber: (Int) -> Int?) -> Heading? {
        guard let number = OutlineNumber(line) else { return nil }
        let content = Array(line[number.end...])
        if content.isEmpty {
            guard number.isRoman, surroundings.isFollowedByBlank, surroundings.isWholeLine,
                number.last == 1 || lastNumber(HeadingRank.roman) == number.last - 1
            else { return nil }
            return Heading(
                rank: HeadingRank.roman,
                title: title,
                form: .bareLabel,
                number: number.last
            )
        }
        guard !hasInnerNumber(from: number.end) else { return nil }
        let tail = HeadingRules(line: content, surroundings: surroundings)
        guard tail.startsWithCapital, content.last != UInt8(ascii: ",") else { return nil }
        let rank = number.rank
        let follows = number.last <= 1 || lastNumber(rank).map { number.last == $0 + 1 } ?? false
        let isTitle = tail.isTitleCase || tail.isUpper || (follows && tail.isMostlyTitleCase)
        if !surroundings.isWholeLine {
            // A run-in heading: its sentence is the title, and text follows in the line.
            guard follows, isTitle, content.last == UInt8(ascii: "."), content.count <= 80 else {
                return nil
            }
        } else if number.depth == 1 {
            guard follows || isTitle, surroundings.isFollowedByBlank, content.count <= 80 else {
                return nil
            }
            if tail.endsAsSentence, !isTitle { return nil }
            if !number.isPunctuated, !follows { return nil }
        } else if tail.endsAsSentence, !isTitle {
            return nil
        }
        return Heading(rank: rank, title: title, form: .numbered, number: number.last)
    }

    /// Whether a second outline number follows, as where a table of contents lost its lines.
    private func hasInnerNumber(from position: Int) -> Bool {
        guard position + 2 < line.count else { return false }
        return (position + 1..<line.count - 1).contains { index in
            line[index] == 0x2E && (0x30...0x39).contains(line[index - 1])
                && (0x30...0x39).contains(line[index + 1])
        }
    }

    // MARK: - Other forms

    /// A well-known section name alone on its line.
    private func named(_ title: String) -> Heading? {
        let words = words
        guard words.count <= 3, let first = words.first, let last = words.last else { return nil }
        guard startsWithCapital, line.last != UInt8(ascii: ",") else { return nil }
        if words.count == 1,
            let rank = PackedWord(line, first).flatMap({ HeadingLexicon.names[$0] })
        {
            guard last.upperBound >= line.count - 1, surroundings.isParted || !endsAsSentence else {
                return nil
            }
            return Heading(rank: rank, title: title, form: .named, number: nil)
        }
        guard words.count == 3, isTitleCase || isUpper, surroundings.isParted,
            PackedWord(line, last).map(HeadingLexicon.contents.contains) ?? false
        else { return nil }
        return Heading(rank: HeadingRank.chapter, title: title, form: .named, number: nil)
    }

    /// A line in capitals.
    private func capitals(_ title: String) -> Heading? {
        guard isUpper, letterCount >= 4, letterCount * 2 > line.count, words.count <= 14 else {
            return nil
        }
        // A word by itself is more often a name, a speaker or a signature.
        guard words.count > 1 || (surroundings.isFollowedByBlank && letterCount >= 7) else {
            return nil
        }
        guard let last = line.last, !",;!?-".utf8.contains(last) else { return nil }
        if last == UInt8(ascii: ".") || last == UInt8(ascii: ":"), words.count == 1 { return nil }
        if endsAsSentence, words.count > 5 { return nil }
        let opening = Scalars.kind(Scalars.decode(line, at: 0, end: line.count).value)
        guard opening == .upper || opening == .digit || opening == .letter else { return nil }
        return Heading(rank: HeadingRank.capitals, title: title, form: .capitals, number: nil)
    }

    /// `*** START OF THIS BOOK ***`; the end of the book also ends its parts.
    private func starred(_ title: String) -> Heading? {
        let stars = "***".utf8
        guard surroundings.isWholeLine, surroundings.isFollowedByBlank, isUpper,
            line.starts(with: stars), line.suffix(3).elementsEqual(stars), words.count > 1
        else { return nil }
        let isEnd = line[words[0]].elementsEqual("END".utf8)
        return Heading(
            rank: isEnd ? HeadingRank.documentTitle : HeadingRank.capitals,
            title: title,
            form: .capitals,
            number: nil
        )
    }

    /// A short line in title case that is indented and stands between blank lines.
    private func setApart(_ title: String) -> Heading? {
        guard surroundings.indentation >= 4, isTitleCase,
            surroundings.isFollowedByBlank || surroundings.isFirst,
            letterCount >= 4, letterCount * 3 > line.count * 2, line.count <= 80, !endsAsSentence,
            let last = line.last, !",;:-".utf8.contains(last), !line.contains(UInt8(ascii: "_"))
        else { return nil }
        return Heading(rank: HeadingRank.capitals, title: title, form: .named, number: nil)
    }
}
