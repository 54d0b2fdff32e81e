package import Text

/// The words of a sentence as a summary counts them: stems of content words, and function words.
///
/// Summaries are written in prose, so a sentence that brings its articles and prepositions along
/// serves better than a list or a shout. How often function words stand in English prose is known;
/// in other languages only content words count.
package final class SummaryWords {
    /// The share of each function word among the words of English prose.
    ///
    /// - Source: Rounded relative frequencies of the most frequent words of written English.
    package static let functionWordShares: [String: Float] = [
        "the": 0.065, "of": 0.034, "and": 0.032, "to": 0.030, "a": 0.022, "in": 0.022,
        "for": 0.011, "that": 0.011, "is": 0.010, "on": 0.008, "with": 0.008, "as": 0.007,
        "by": 0.007, "was": 0.006, "he": 0.006, "are": 0.006, "his": 0.005, "it": 0.005,
        "be": 0.005, "from": 0.005, "at": 0.0045, "an": 0.004, "has": 0.004, "her": 0.0035,
        "their": 0.0035, "they": 0.0035, "this": 0.0035, "not": 0.0035, "she": 0.0035,
        "which": 0.003, "or": 0.003, "have": 0.003, "were": 0.003, "who": 0.003, "its": 0.003,
        "will": 0.0025, "but": 0.0025, "about": 0.0025, "him": 0.0025, "had": 0.002,
        "been": 0.002, "would": 0.002, "also": 0.002, "more": 0.002, "when": 0.002,
        "after": 0.002, "can": 0.002, "out": 0.0015, "into": 0.0015, "up": 0.0015,
        "other": 0.0015, "if": 0.001,
    ]

    private static let functionWords = Set(functionWordShares.keys.map { hash(Array($0.utf8)) })
    private static let longestFunctionWord = 5

    private let content: LexicalAnalyzer
    private let plain: LexicalAnalyzer?

    /// Words of a language by its English name.
    package init(language: String) throws(TextError) {
        content = try LexicalAnalyzer(language: language)
        plain = language == "english" ? try LexicalAnalyzer(language: "none") : nil
    }

    /// The hashes of the content words of a sentence, each once.
    package func contentWords(of utf8: [UInt8]) -> Set<UInt64> {
        var words: Set<UInt64> = []
        utf8.withUnsafeBytes { text in
            content.forEachTerm(in: text) { words.insert(Self.hash($0)) }
        }
        return words
    }

    /// How often each content and function word stands in a sentence, by its hash.
    package func counts(of utf8: [UInt8]) -> [UInt64: Int] {
        var counts: [UInt64: Int] = [:]
        utf8.withUnsafeBytes { text in
            content.forEachTerm(in: text) { counts[Self.hash($0), default: 0] += 1 }
            var functionCounts: [UInt64: Int] = [:]
            plain?.forEachTerm(in: text) { term in
                guard term.count <= Self.longestFunctionWord else { return }
                let word = Self.hash(term)
                if Self.functionWords.contains(word) { functionCounts[word, default: 0] += 1 }
            }
            // Some are terms too.
            counts.merge(functionCounts) { content, _ in content }
        }
        return counts
    }

    /// Stands for a word, so that counting needs no strings; two words of a text share one hash
    /// less often than once in 10⁸ texts.
    ///
    /// - Source: Fowler, Noll, Vo: FNV-1a of 64 bits.
    package static func hash(_ utf8: some Sequence<UInt8>) -> UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// How many words people would count: runs between spaces, and two ideographs for one.
    package static func count(of utf8: [UInt8]) -> Int {
        var words = 0
        var wide = 0
        var isInWord = false
        var index = 0
        while index < utf8.count {
            let byte = utf8[index]
            guard byte >= 0x80 else {
                let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
                if !isSpace, !isInWord { words += 1 }
                isInWord = !isSpace
                index += 1
                continue
            }
            let length = max(1, min((~byte).leadingZeroBitCount, utf8.count - index))
            for scalar in String(decoding: utf8[index..<(index + length)], as: UTF8.self)
                .unicodeScalars
            {
                if scalar.properties.isWhitespace {
                    isInWord = false
                } else if isWide(scalar) {
                    wide += 1
                    isInWord = false
                } else if !isInWord {
                    words += 1
                    isInWord = true
                }
            }
            index += length
        }
        return words + (wide + 1) / 2
    }

    /// Whether a scalar is a word's half: an ideograph, or a sign of a syllable.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value)
    }
}
