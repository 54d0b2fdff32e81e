private import Foundation

/// A word or number of a sentence, and where it stands.
struct SpanWord: Equatable {
    /// Its bytes in the sentence.
    let range: Range<Int>
    /// As it is written.
    let text: String
    /// In lower case, without accents.
    let folded: String
    /// What stands between it and the word before.
    let gap: String
    /// What follows it is a possessive's `'s`.
    let isPossessive: Bool

    /// Whether only a space stands before it.
    var isAttached: Bool { gap == " " }
    var isCapitalized: Bool { text.unicodeScalars.first?.properties.isUppercase ?? false }
    var isDigits: Bool { text.drop { "$£€".contains($0) }.first?.isNumber ?? false }
    var isMoney: Bool { text.first.map { "$£€".contains($0) } ?? false }
    var isPercentage: Bool { text.hasSuffix("%") }
    var isYear: Bool {
        let digits = text.hasSuffix("s") ? text.dropLast() : text[...]
        return digits.utf8.count == 4 && (Int(digits).map { (1000...2100).contains($0) } ?? false)
    }
    var isDayOfMonth: Bool { Int(text).map { (1...31).contains($0) } ?? false }
    /// Without the ending of a plural.
    var singular: String {
        for ending in ["ies", "es", "s"]
        where folded.hasSuffix(ending) && folded.count > ending.count + 2 {
            return String(folded.dropLast(ending.count))
        }
        return folded
    }

    /// The words of a text; none if it is not UTF-8.
    static func words(of utf8: [UInt8]) -> [SpanWord] {
        guard let text = String(validating: utf8, as: UTF8.self) else { return [] }
        var scanner = Scanner(scalars: Array(text.unicodeScalars))
        while let word = scanner.next() { scanner.words.append(word) }
        return scanner.words
    }

    private struct Scanner {
        let scalars: [Unicode.Scalar]
        var words: [SpanWord] = []
        private var index = 0
        private var offset = 0

        init(scalars: [Unicode.Scalar]) {
            self.scalars = scalars
        }

        mutating func next() -> SpanWord? {
            let gapStart = index
            while index < scalars.count, !isLetter(index), !isNumber(index) { advance() }
            guard index < scalars.count else { return nil }
            let gap = text(gapStart..<index)
            let start = (index: index, offset: offset)
            advance(to: isNumber(index) ? endOfNumber(index) : endOfWord(index))
            let text = text(start.index..<index)
            return SpanWord(
                range: start.offset..<offset,
                text: text,
                folded: text.folding(
                    options: [.caseInsensitive, .diacriticInsensitive],
                    locale: nil
                ),
                gap: gap,
                isPossessive: isPossessive(index)
            )
        }

        private mutating func advance() {
            offset += UTF8.width(scalars[index])
            index += 1
        }

        private mutating func advance(to end: Int) {
            while index < end { advance() }
        }

        private func text(_ range: Range<Int>) -> String {
            String(String.UnicodeScalarView(scalars[range]))
        }

        /// Digits with their separators, currency, ordinal's ending and sign of percentage.
        private func endOfNumber(_ start: Int) -> Int {
            var end = isCurrency(start) ? start + 1 : start
            while isDigit(end) || `is`(end, ".,:") && isDigit(end + 1) { end += 1 }
            for ending in ["st", "nd", "rd", "th", "s"] {
                let after = end + ending.unicodeScalars.count
                if after <= scalars.count, text(end..<after) == ending, !isLetter(after) {
                    end = after
                    break
                }
            }
            return `is`(end, "%") ? end + 1 : end
        }

        private func endOfWord(_ start: Int) -> Int {
            var end = start
            while isLetter(end)
                || `is`(end, "'’") && end > start && isLetter(end + 1) && !isPossessive(end)
            {
                end += 1
            }
            return end
        }

        private func isPossessive(_ index: Int) -> Bool {
            `is`(index, "'’") && `is`(index + 1, "s") && !isLetter(index + 2)
        }

        private func isNumber(_ index: Int) -> Bool {
            isDigit(index) || isCurrency(index) && isDigit(index + 1)
        }

        private func isCurrency(_ index: Int) -> Bool { `is`(index, "$£€") }

        private func isDigit(_ index: Int) -> Bool { `is`(index, "0123456789") }

        private func isLetter(_ index: Int) -> Bool {
            guard index < scalars.count else { return false }
            let properties = scalars[index].properties
            return properties.isAlphabetic || properties.generalCategory == .nonspacingMark
        }

        private func `is`(_ index: Int, _ set: String) -> Bool {
            index < scalars.count && set.unicodeScalars.contains(scalars[index])
        }
    }
}
