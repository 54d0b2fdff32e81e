/// The text behind a terminator and its closers, up to the end of the next word.
struct Follow {
    /// Whether nothing but whitespace follows within reach, or a blank line comes first.
    private(set) var isAtEnd = true
    /// Whether whitespace stands between the terminator and what follows.
    private(set) var isSpaced = false
    /// The kind of the first scalar behind the whitespace.
    private(set) var kind = ScalarKind.other
    /// The kind of the first scalar behind whitespace, quotes, brackets and dashes.
    private(set) var wordKind = ScalarKind.other
    /// Whether an enumerator in brackets follows, such as `(b)`.
    private(set) var isEnumerator = false
    private let bytes: [UInt8]
    private let end: Int
    private var word = 0..<0

    /// What follows `position`, looked at up to `end`.
    init(bytes: [UInt8], from position: Int, end: Int) {
        self.bytes = bytes
        self.end = end
        var index = position
        var newlineCount = 0
        skipSpace: while index < end {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            switch Scalars.kind(value) {
            case .space: break
            case .newline where value == 0x0D: break
            case .newline: newlineCount += 1
            default: break skipSpace
            }
            index += length
        }
        isSpaced = index > position
        guard index < end, newlineCount < 2 else { return }
        isAtEnd = false
        kind = Scalars.kind(Scalars.decode(bytes, at: index, end: end).value)
        readWord(from: index)
    }

    private mutating func readWord(from position: Int) {
        var index = position
        var hasOpened = false
        wordKind = kind
        lead: while index < end {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            wordKind = Scalars.kind(value)
            switch wordKind {
            case .opener: hasOpened = true
            case .quote, .straightQuote, .dash, .space, .mark, .bullet, .ellipsis: break
            case .period where index + 1 < end && bytes[index + 1] == UInt8(ascii: "."): break
            case .period where index > position && bytes[index - 1] == UInt8(ascii: "."): break
            case .other where value == 0x2A || value == 0x5F: break
            default: break lead
            }
            index += length
        }
        word = index..<Self.wordEnd(bytes, from: index, end: end)
        isEnumerator =
            hasOpened && !word.isEmpty && word.count <= 4 && word.upperBound < end
            && bytes[word.upperBound] == UInt8(ascii: ")")
    }

    /// Whether the next scalar behind whitespace, or the next word, is of one of two kinds.
    func starts(_ first: ScalarKind, _ second: ScalarKind) -> Bool {
        wordKind == first || wordKind == second || kind == .letter
    }

    /// Whether the sign for a number follows, to which an abbreviation belongs.
    var isNumberSign: Bool {
        wordKind == .other && bytes[word.lowerBound...].starts(with: "№".utf8)
    }

    /// Whether the next word is one that an ordinal stands before, such as a German month.
    var isCounted: Bool {
        PackedWord(bytes, word).map(Lexicon.counted.contains) ?? false
    }

    /// Whether the next word is a title that stands before a name.
    var isPrepositive: Bool {
        PackedWord(bytes, word).map(Lexicon.prepositive.contains) ?? false
    }

    /// Whether the next word is capitalized and often begins a sentence.
    var isStarter: Bool {
        guard wordKind == .upper, let packed = PackedWord(bytes, word) else {
            return wordKind == .letter
        }
        // An initial is no article.
        if word.count == 1, word.upperBound < end, bytes[word.upperBound] == 0x2E { return false }
        if Lexicon.starters.contains(packed) { return true }
        // French and Italian elide: "L'espace", "Qu’il".
        guard let cut = word.prefix(4).first(where: { bytes[$0] == 0x27 || bytes[$0] == 0xE2 }),
            let article = PackedWord(bytes, word.lowerBound..<cut)
        else { return false }
        return Lexicon.elided.contains(article)
    }

    /// Whether the next word is one that has its capital everywhere.
    var isAlwaysCapital: Bool {
        PackedWord(bytes, word).map(Lexicon.capitalizedStarters.contains) ?? false
    }

    /// Whether the next word is capitalized though it would not be inside a sentence.
    var beginsSentence: Bool {
        guard wordKind == .upper, let packed = PackedWord(bytes, word) else { return false }
        return Lexicon.starters.contains(packed) && !Lexicon.capitalizedStarters.contains(packed)
    }

    /// Whether the next word is of letters, with a gap behind it.
    var isPlainWord: Bool {
        word.upperBound < end && bytes[word.upperBound] <= 0x20
            && !word.contains { isASCIIDigit(bytes[$0]) }
    }

    /// Whether the next word is a capital and small letters, or a Roman numeral, then a gap.
    var isPlainCapitalizedWord: Bool {
        guard kind == .upper, word.upperBound < end,
            !(PackedWord(bytes, word).map(Lexicon.domains.contains) ?? false)
        else { return false }
        let next = bytes[word.upperBound]
        let isGap =
            next <= 0x20 || next == UInt8(ascii: ",")
            || (next == UInt8(ascii: ".") && word.upperBound + 1 < end
                && bytes[word.upperBound + 1] <= 0x20)
        guard isGap else { return false }
        let (_, firstLength) = Scalars.decode(bytes, at: word.lowerBound, end: end)
        var index = word.lowerBound + firstLength
        while index < word.upperBound {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            let kind = Scalars.kind(value)
            guard kind == .lower || kind == .mark || value == 0x27 || value == 0x2019 else {
                return isRomanNumeral
            }
            index += length
        }
        return true
    }

    private var isRomanNumeral: Bool {
        word.allSatisfy { "IVXLC".utf8.contains(bytes[$0]) }
    }

    /// The end of the letters, marks and inner apostrophes from `position`.
    static func wordEnd(_ bytes: [UInt8], from position: Int, end: Int) -> Int {
        var index = position
        while index < end {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            switch Scalars.kind(value) {
            case .upper, .lower, .letter, .digit, .mark: index += length
            default:
                guard index > position, value == 0x27 || value == 0x2019, index + length < end,
                    bytes[index + length] > 0x40
                else { return index }
                index += length
            }
        }
        return index
    }
}
