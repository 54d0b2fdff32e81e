/// The token before a terminator and what it can be: a word, a number, an abbreviation, an address.
struct PrecedingWord {
    private let bytes: [UInt8]
    private let start: Int
    /// The whole run without whitespace or opening brackets.
    private var token: Range<Int>
    /// The letters and digits right before the terminator.
    private var word: Range<Int>
    /// How many letters and digits the word has, marks not counted.
    private(set) var letterCount = 0
    private(set) var startsLower = false
    private(set) var isCaseless = false
    private(set) var isNumber = false
    /// Whether the token has inner periods between letters, as in `U.S`.
    private(set) var isDotted = false
    /// Whether the token is a mail or web address, or a path.
    private(set) var isAddress = false

    /// The token that ends at `end`, looked for back to `start`.
    init(bytes: [UInt8], start: Int, end: Int) {
        self.bytes = bytes
        self.start = start
        token = end..<end
        word = end..<end
        var tokenStart = end
        var wordStart: Int?
        back: while tokenStart > start, end - tokenStart < 64 {
            let index = Scalars.previous(bytes, before: tokenStart, start: start)
            let (value, _) = Scalars.decode(bytes, at: index, end: end)
            switch Scalars.kind(value) {
            case .space, .newline, .opener, .strongTerminator: break back
            case .straightQuote where value == 0x22: break back
            case .quote where value != 0x2019: break back
            case .dash where value > 0x7F: break back
            case .upper, .lower, .letter, .digit, .mark: break
            case .straightQuote, .quote:
                // An apostrophe joins only letters.
                guard tokenStart < end, index > start, bytes[index - 1] > 0x40 else { break back }
            default:
                if wordStart == nil { wordStart = tokenStart }
                if value == 0x40 || value == 0x2F { isAddress = true }
            }
            tokenStart = index
        }
        token = tokenStart..<end
        word = (wordStart ?? tokenStart)..<end
        classifyWord()
        classifyToken()
    }

    /// Whether no letter or digit stands before the terminator.
    var isEmpty: Bool { word.isEmpty }

    /// Whether a bracket, quote or sign stands before the terminator.
    var isPunctuated: Bool {
        guard word.lowerBound > start else { return false }
        return bytes[word.lowerBound - 1] > 0x20
    }

    /// The token where it is dotted, otherwise the word, as the lexicon knows it.
    ///
    /// Nil where the word is too long, or is an abbreviation only when capitalized and is not.
    var packed: PackedWord? {
        guard let packed = PackedWord(bytes, isDotted ? token : word) else { return nil }
        return startsLower && Lexicon.capitalized.contains(packed) ? nil : packed
    }

    /// Whether a number sign stands before the terminator: `N°.`, `№.`.
    var isNumberSign: Bool {
        let before = bytes[start..<word.upperBound].suffix(3)
        return before.suffix(2).elementsEqual("°".utf8) || before.suffix(2).elementsEqual("º".utf8)
            || before.elementsEqual("№".utf8)
    }

    /// Whether the word is one letter behind another abbreviated letter, as in `н. э.`.
    var followsAbbreviatedLetter: Bool {
        var index = token.lowerBound
        while index > start, bytes[index - 1] <= 0x20 { index -= 1 }
        guard index > start, index < token.lowerBound, bytes[index - 1] == 0x2E else {
            return false
        }
        let before = PrecedingWord(bytes: bytes, start: start, end: index - 1)
        return before.letterCount == 1 && !before.isNumber
    }

    /// Whether the word is a common one in small letters, too long for an unlisted abbreviation.
    func isOrdinary(leastLetters: Int) -> Bool {
        guard startsLower, !isNumber, !isDotted, !isAddress, letterCount >= leastLetters else {
            return false
        }
        guard bytes[word].contains(where: isVowel) else { return false }
        guard let packed else { return true }
        return !Lexicon.prepositive.contains(packed) && !Lexicon.postpositive.contains(packed)
            && !Lexicon.beforeNumber.contains(packed)
    }

    /// Whether at most three words of the segment stand before the token.
    var isNearStart: Bool {
        token.lowerBound - start <= 48
            && bytes[start..<token.lowerBound].split(separator: 0x20).count <= 3
    }

    /// Whether the word is a single capital letter.
    var isInitial: Bool { letterCount == 1 && !startsLower && !isNumber }

    /// Whether a capitalized word stands before this token.
    var followsCapital: Bool {
        var index = token.lowerBound
        while index > start, bytes[index - 1] <= 0x20 { index -= 1 }
        guard index > start, index < token.lowerBound else { return false }
        let before = PrecedingWord(bytes: bytes, start: start, end: index)
        guard !before.isEmpty else {
            guard bytes[index - 1] == 0x2E else { return false }
            return PrecedingWord(bytes: bytes, start: start, end: index - 1).isInitial
        }
        return !before.startsLower && !before.isNumber && !before.isCaseless
    }

    /// Whether the token begins the segment and can number it: `3`, `iv`, `b`, `1.2`.
    var isEnumerator: Bool {
        guard token.count <= 5, letterCount == 1 || isNumber || isRomanNumeral else { return false }
        var index = start
        while index < token.lowerBound {
            let (value, length) = Scalars.decode(bytes, at: index, end: token.lowerBound)
            switch Scalars.kind(value) {
            case .upper, .lower, .letter, .digit: return false
            default: index += length
            }
        }
        return true
    }

    /// Whether the token numbers a heading's label that begins the segment: `CHAPTER II`.
    var isLabelNumber: Bool {
        guard isNumber || isRomanNumeral else { return false }
        var lower = start
        while lower < token.lowerBound, bytes[lower] <= 0x20 { lower += 1 }
        var upper = token.lowerBound
        while upper > lower, bytes[upper - 1] <= 0x20 { upper -= 1 }
        guard upper < token.lowerBound, bytes[lower..<upper].allSatisfy({ $0 > 0x40 }) else {
            return false
        }
        return PackedWord(bytes, lower..<upper).map(Lexicon.labels.contains) ?? false
    }

    /// Whether the word is capitalized, short and without a vowel, as unlisted abbreviations are.
    var isConsonantal: Bool {
        guard !startsLower, !isNumber, 2...5 ~= word.count else { return false }
        let tail = bytes[(word.lowerBound + 1)..<word.upperBound]
        return tail.allSatisfy { byte in
            (0x61...0x7A).contains(byte) && !"aeiouy".utf8.contains(byte)
        } && !"AEIOU".utf8.contains(bytes[word.lowerBound])
    }

    /// Whether German function words stand before the token.
    var isAmongGerman: Bool {
        var hits = 0
        var wordEnd = token.lowerBound
        let floor = max(start, wordEnd - 160)
        while wordEnd > floor, hits < 2 {
            var wordStart = wordEnd
            while wordStart > floor, bytes[wordStart - 1] > 0x40 { wordStart -= 1 }
            if wordStart < wordEnd, let packed = PackedWord(bytes, wordStart..<wordEnd),
                Lexicon.german.contains(packed)
            {
                hits += 1
            }
            wordEnd = wordStart == wordEnd ? wordEnd - 1 : wordStart
        }
        return hits >= 2
    }

    private var isRomanNumeral: Bool {
        word.allSatisfy { "IVXLCivxlc".utf8.contains(bytes[$0]) }
    }

    private mutating func classifyWord() {
        var index = word.lowerBound
        var digitCount = 0
        while index < word.upperBound {
            let (value, length) = Scalars.decode(bytes, at: index, end: word.upperBound)
            let kind = Scalars.kind(value)
            if index == word.lowerBound { startsLower = kind == .lower }
            if kind != .mark { letterCount += 1 }
            if kind == .digit { digitCount += 1 }
            if kind == .letter { isCaseless = true }
            index += length
        }
        isNumber = letterCount > 0 && digitCount == letterCount
    }

    private mutating func classifyToken() {
        guard token.lowerBound < word.lowerBound else { return }
        let separator = bytes[word.lowerBound - 1]
        isDotted =
            separator == 0x2E && !isNumber && letterCount <= 3
            && bytes[token].split(separator: 0x2E).allSatisfy { $0.count <= 6 }
        if bytes[token].starts(with: "www.".utf8) { isAddress = true }
    }
}

/// Whether a byte is a Latin vowel or belongs to a scalar beyond ASCII.
private func isVowel(_ byte: UInt8) -> Bool {
    switch byte | 0x20 {
    case 0x61, 0x65, 0x69, 0x6F, 0x75, 0x79: true
    default: byte >= 0x80
    }
}
