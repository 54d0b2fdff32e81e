internal import Chunking

extension HeadingRules {
    /// The ranges of the line's words; of more than sixteen, of seventeen.
    var words: [Range<Int>] { words(upTo: 17) }

    /// The ranges of the line's first words.
    func words(upTo limit: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(limit)
        var index = 0
        while index < line.count, ranges.count < limit {
            let end = wordEnd(from: index)
            if end > index {
                ranges.append(index..<end)
                index = end
            } else {
                index += Scalars.decode(line, at: index, end: line.count).length
            }
        }
        return ranges
    }

    private func wordEnd(from position: Int) -> Int {
        var index = position
        while index < line.count {
            let (value, length) = Scalars.decode(line, at: index, end: line.count)
            switch Scalars.kind(value) {
            case .upper, .lower, .letter, .digit, .mark: index += length
            default:
                let isApostrophe = value == 0x27 || value == 0x2019
                guard isApostrophe, index > position, index + length < line.count else {
                    return index
                }
                index += length
            }
        }
        return index
    }

    func isLetterOrDigit(at index: Int) -> Bool {
        switch Scalars.kind(Scalars.decode(line, at: index, end: line.count).value) {
        case .upper, .lower, .letter, .digit: true
        default: false
        }
    }

    /// Whether the line has capitals and no small letters.
    var isUpper: Bool {
        var hasUpper = false
        var index = 0
        while index < line.count {
            let (value, length) = Scalars.decode(line, at: index, end: line.count)
            switch Scalars.kind(value) {
            case .upper: hasUpper = true
            case .lower: return false
            default: break
            }
            index += length
        }
        return hasUpper
    }

    /// How many bytes belong to letters.
    var letterCount: Int {
        var count = 0
        var index = 0
        while index < line.count {
            let (value, length) = Scalars.decode(line, at: index, end: line.count)
            switch Scalars.kind(value) {
            case .upper, .lower, .letter: count += length
            default: break
            }
            index += length
        }
        return count
    }

    /// Whether the first letter is a capital, or of a script without case.
    var startsWithCapital: Bool {
        var index = 0
        while index < line.count {
            let (value, length) = Scalars.decode(line, at: index, end: line.count)
            switch Scalars.kind(value) {
            case .upper, .letter: return true
            case .quote, .straightQuote, .opener: index += length
            default: return false
            }
        }
        return false
    }

    /// Whether all words but the small ones are capitalized, the first among them.
    var isTitleCase: Bool {
        let words = words
        guard let first = words.first, words.count <= 14, startsWithCapital else { return false }
        return words.allSatisfy { word in
            switch Scalars.kind(Scalars.decode(line, at: word.lowerBound, end: line.count).value) {
            case .upper, .digit: return true
            case .lower:
                guard word != first, let packed = PackedWord(line, word) else { return false }
                return HeadingLexicon.minor.contains(packed)
            default: return false
            }
        }
    }

    /// Whether most of the longer words are capitalized.
    var isMostlyTitleCase: Bool {
        let longer = words.filter { $0.count >= 4 }
        let capitalized = longer.filter { word in
            Scalars.kind(Scalars.decode(line, at: word.lowerBound, end: line.count).value) == .upper
        }
        return startsWithCapital && capitalized.count * 3 >= longer.count * 2
    }

    /// Whether the last sign can end a title: a letter, a digit, a bracket, a quote, a terminator.
    var endsAsTitle: Bool {
        guard !line.isEmpty else { return false }
        let start = Scalars.previous(line, before: line.count, start: 0)
        return switch Scalars.kind(Scalars.decode(line, at: start, end: line.count).value) {
        case .clause, .dash, .other, .bullet: false
        default: true
        }
    }

    /// Whether the line ends with a terminator.
    var endsAsSentence: Bool {
        guard !line.isEmpty else { return false }
        let start = Scalars.previous(line, before: line.count, start: 0)
        switch Scalars.kind(Scalars.decode(line, at: start, end: line.count).value) {
        case .period, .exclamation, .ellipsis, .strongTerminator: return true
        case .closer, .quote, .straightQuote:
            guard start > 0 else { return false }
            return ".!?".utf8.contains(line[start - 1])
        default: return false
        }
    }

    func isASCIIDigits(_ word: Range<Int>) -> Bool {
        line[word].allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether a word is a number in digits, Roman numerals, words, or a single capital letter.
    func isNumber(_ word: Range<Int>) -> Bool {
        if isASCIIDigits(word) { return word.count <= 4 }
        if isOrdinalWord(word) { return true }
        if word.count == 1, (0x41...0x5A).contains(line[word.lowerBound]) { return true }
        if Enumerator.romanValue(line[word]) != nil {
            return line[word].allSatisfy { $0 < 0x61 }
                || word.count > 1 && line.first.map { $0 < 0x61 } == true
        }
        let (value, _) = Scalars.decode(line, at: word.lowerBound, end: line.count)
        return Scalars.kind(value) == .digit && word.count <= 12
    }

    func isOrdinalWord(_ word: Range<Int>) -> Bool {
        PackedWord(line, word).map(HeadingLexicon.numberWords.contains) ?? false
    }

    /// The value of a number in digits or Roman numerals.
    func value(_ word: Range<Int>) -> Int? {
        if isASCIIDigits(word) { return Int(String(decoding: line[word], as: UTF8.self)) }
        return Enumerator.romanValue(line[word])
    }
}

/// The number of a numbered heading: `2`, `2.1.`, `IV.`, `A)`.
struct OutlineNumber {
    /// How many parts the number has.
    let depth: Int
    /// The last part's value.
    let last: Int
    let isRoman: Bool
    /// Whether a period or bracket follows the number.
    let isPunctuated: Bool
    /// The rank of a heading with this number.
    let rank: Int
    /// Where the title starts.
    let end: Int

    /// The number at the start of a line, or nil; a gap or the line's end must follow it.
    init?(_ line: [UInt8]) {
        var index = 0
        var depth = 0
        var last = 0
        while index < line.count, depth < 6 {
            let start = index
            while index < line.count, (0x30...0x39).contains(line[index]), index - start < 3 {
                index += 1
            }
            guard index > start else { break }
            last = line[start..<index].reduce(0) { $0 * 10 + Int($1 - 0x30) }
            depth += 1
            guard index + 1 < line.count, line[index] == 0x2E,
                (0x30...0x39).contains(line[index + 1])
            else { break }
            index += 1
        }
        var rank = HeadingRank.numbered + depth
        var isRoman = false
        if depth == 0 {
            guard let mark = Enumerator(bytes: line, at: 0, end: line.count), mark.style == 2,
                mark.numbering == .upperLetter || mark.numbering == .upperRoman
            else {
                guard line.count <= 7, line.allSatisfy({ $0 < 0x61 && $0 > 0x40 }),
                    let value = Enumerator.romanValue(line[...])
                else { return nil }
                (self.depth, self.last, self.isRoman) = (1, value, true)
                (isPunctuated, self.rank, end) = (false, HeadingRank.roman, line.count)
                return
            }
            // Of the single letters only I, V and X are read as Roman numerals.
            isRoman = mark.numbering == .upperRoman || "IVX".utf8.contains(line[0])
            last = isRoman ? mark.romanValue ?? mark.value : mark.value
            rank = isRoman ? HeadingRank.roman : HeadingRank.letter
            depth = 1
            index = mark.end - 1
        }
        var isPunctuated = false
        while index < line.count, line[index] == 0x2E || line[index] == 0x29 {
            isPunctuated = true
            index += 1
        }
        guard index == line.count || line[index] <= 0x20 else { return nil }
        while index < line.count, line[index] <= 0x20 { index += 1 }
        (self.depth, self.last, self.isRoman) = (depth, last, isRoman)
        (self.isPunctuated, self.rank, end) = (isPunctuated, rank, index)
    }

    /// Whether this is the number after the one that `title` starts with.
    func follows(_ title: String) -> Bool {
        guard let other = OutlineNumber(Array(title.utf8)) else { return false }
        return other.rank == rank && other.depth == depth && other.last + 1 == last
    }
}
