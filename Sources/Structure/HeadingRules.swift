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

    /// The line as a heading's title.
    var title: String { TitleText.clean(line, limit: Outliner.titleLimit) }

    /// Tells whether the line is a heading, and which.
    ///
    /// - Parameter lastNumber: The number of the last numbered heading of a depth.
    /// - Returns: The heading that the line is, or nil.
    func heading(lastNumber: (Int) -> Int?) -> Heading? {
        guard !line.isEmpty, line.count <= Self.longestHeading else { return nil }
        if surroundings.isWholeLine {
            if let heading = labelled() ?? ideographic() { return heading }
        }
        if surroundings.isWholeLine, areUnmarkedAllowed, let heading = named() {
            return heading
        }
        guard surroundings.isParted else { return nil }
        if let heading = starred() { return heading }
        if let heading = numbered(lastNumber: lastNumber) { return heading }
        guard surroundings.isWholeLine else { return nil }
        return areUnmarkedAllowed ? capitals() ?? setApart() : nil
    }

    // MARK: - Numbers

    /// `2.1 Related Work`, `0. Definitions.`, `IV. THE TITLE`, `A. Scope`.
    private func numbered(lastNumber: (Int) -> Int?) -> Heading? {
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
    private func named() -> Heading? {
        guard startsWithCapital, line.last != UInt8(ascii: ",") else { return nil }
        let words = words(upTo: 4)
        guard words.count <= 3, let first = words.first, let last = words.last else { return nil }
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
    private func capitals() -> Heading? {
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

    /// A short line in title case that is indented and stands between blank lines.
    private func setApart() -> Heading? {
        guard surroundings.indentation >= 4, isTitleCase,
            surroundings.isFollowedByBlank || surroundings.isFirst,
            letterCount >= 4, letterCount * 3 > line.count * 2, line.count <= 80, !endsAsSentence,
            let last = line.last, !",;:-".utf8.contains(last), !line.contains(UInt8(ascii: "_"))
        else { return nil }
        return Heading(rank: HeadingRank.capitals, title: title, form: .named, number: nil)
    }
}
