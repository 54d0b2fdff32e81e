internal import Text

/// The words of a sentence as a summary counts them: stems of content words, and function words.
///
/// Summaries are written in prose, so a sentence that brings its articles and prepositions along
/// serves better than a list or a shout. How often function words stand in English prose is known;
/// in other languages only content words count.
final class SummaryWords {
    /// The share of each function word among the words of English prose.
    ///
    /// - Source: Rounded relative frequencies of the most frequent words of written English.
    static let functionWordShares: [String: Float] = [
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

    private let content: LexicalAnalyzer
    private let plain: LexicalAnalyzer?

    /// Words of a language by its English name.
    init(language: String) throws(TextError) {
        content = try LexicalAnalyzer(language: language)
        plain = language == "english" ? try LexicalAnalyzer(language: "none") : nil
    }

    /// The content words of a sentence with their counts.
    func contentCounts(of utf8: [UInt8]) -> [String: Int] {
        var counts: [String: Int] = [:]
        utf8.withUnsafeBytes { text in
            content.forEachTerm(in: text) {
                counts[String(decoding: $0, as: UTF8.self), default: 0] += 1
            }
        }
        return counts
    }

    /// The function words of a sentence with their counts.
    func functionCounts(of utf8: [UInt8]) -> [String: Int] {
        var counts: [String: Int] = [:]
        utf8.withUnsafeBytes { text in
            plain?.forEachTerm(in: text) { term in
                guard term.count <= 5 else { return }
                let word = String(decoding: term, as: UTF8.self)
                if Self.functionWordShares[word] != nil { counts[word, default: 0] += 1 }
            }
        }
        return counts
    }

    /// How many words people would count: runs between spaces, and two ideographs for one.
    static func count(of utf8: [UInt8]) -> Int {
        var words = 0
        var wide = 0
        var isInWord = false
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
            if scalar.properties.isWhitespace {
                isInWord = false
            } else if scalar.properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) {
                wide += 1
                isInWord = false
            } else if !isInWord {
                words += 1
                isInWord = true
            }
        }
        return words + (wide + 1) / 2
    }
}
