internal import Chunking

extension HeadingRules {
    /// `CHAPTER I`, `Part Two: The Sea`, `§ 12 Title`, `First Epilogue`, `Appendix: Title`.
    func labelled() -> Heading? {
        guard surroundings.isParted || isUpper else { return nil }
        let words = words
        guard let first = words.first else { return nil }
        let label = PackedWord(line, first).flatMap { HeadingLexicon.labels[$0] }
        if label != nil, isUnnumberedAppendix(first) {
            return Heading(rank: HeadingRank.book, title: title, form: .label, number: nil)
        }
        let found: Label?
        if line.starts(with: "§".utf8) {
            found = isNumber(first) ? Label(rank: HeadingRank.section, number: first) : nil
        } else if let label {
            found = numberedLabel(rank: label, words)
        } else {
            found = ordinalLabel(words)
        }
        guard let found else { return nil }
        let end = found.end ?? numeralEnd(from: found.number.upperBound)
        guard let tail = labelTail(from: end) else { return nil }
        return Heading(
            rank: found.rank,
            title: title,
            form: tail.isEmpty ? .bareLabel : .label,
            number: found.end == nil ? value(found.number) : nil
        )
    }

    /// A label's rank and the word that is its number.
    private struct Label {
        let rank: Int
        let number: Range<Int>
        /// Where the label ends, if its number is in words.
        var end: Int?
    }

    /// `CHAPTER I`, `Book the First`, `Chapter Twenty One`.
    private func numberedLabel(rank: Int, _ words: [Range<Int>]) -> Label? {
        guard words.count > 1 else { return nil }
        let hasArticle = words.count > 2 && line[words[1]].elementsEqual("the".utf8)
        let numeral = words[hasArticle ? 2 : 1]
        let gap = line[words[0].upperBound..<words[1].lowerBound]
        guard isNumber(numeral), gap.allSatisfy({ $0 == 0x20 || $0 == 0x2E }) else { return nil }
        if words.count > 2, isOrdinalWord(words[1]), isOrdinalWord(words[2]) {
            return Label(rank: rank, number: numeral, end: words[2].upperBound)
        }
        // "Part A" is a label, "Part A boat" is none.
        let end = numeral.upperBound
        if line[numeral].elementsEqual("A".utf8), end + 1 < line.count, isLetterOrDigit(at: end + 1)
        {
            return nil
        }
        return Label(rank: rank, number: numeral)
    }

    /// `First Epilogue`, `Second Part`.
    private func ordinalLabel(_ words: [Range<Int>]) -> Label? {
        guard words.count > 1, isOrdinalWord(words[0]), let word = PackedWord(line, words[1]),
            let rank = HeadingLexicon.labels[word] ?? HeadingLexicon.names[word]
        else { return nil }
        return Label(rank: rank, number: words[0], end: words[1].upperBound)
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
    func ideographic() -> Heading? {
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

    /// `*** START OF THIS BOOK ***`; the end of the book also ends its parts.
    func starred() -> Heading? {
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
}
