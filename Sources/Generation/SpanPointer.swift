/// Points at the words inside a sentence that answer a question, where just one stretch can.
///
/// What a question asks for tells what its answer looks like: `how many` asks for a number, `when`
/// for a date, `who` and `where` for a name. If the sentence has exactly one such stretch that the
/// question does not itself name, it is pointed at; if several or none, the sentence stands alone.
///
/// - Source: Vinyals et al. 2015, arXiv:1506.03134 (pointer networks), for an output that is a
///   position in the input; here the type of the answer takes the place of trained attention.
package struct SpanPointer: Sendable {
    private enum Wanted { case number, date, name }

    /// A pointer without state.
    package init() {}

    /// The bytes of `sentence` that answer `question`, or nil.
    package func span(in sentence: [UInt8], question: String) -> Range<Int>? {
        let asked = SpanPointer.words(of: Array(question.utf8))
        guard let wanted = wanted(by: asked.map { $0.lowercased }) else { return nil }
        let known = Set(asked.map { $0.lowercased })
        let words = SpanPointer.words(of: sentence)
        var spans: [Range<Int>] = []
        var index = 0
        while index < words.count {
            let end = stretch(of: wanted, in: words, from: index, known: known)
            if end > index {
                spans.append(words[index].range.lowerBound..<words[end - 1].range.upperBound)
                index = end
            } else {
                index += 1
            }
        }
        return spans.count == 1 ? spans[0] : nil
    }

    private func wanted(by words: [String]) -> Wanted? {
        for (word, next) in zip(words, words.dropFirst() + [""]) {
            switch (word, next) {
            case ("when", _), ("what", "year"), ("which", "year"), ("what", "date"): return .date
            case ("how", "many"), ("how", "much"), ("how", "long"), ("how", "old"),
                ("how", "far"), ("how", "tall"), ("how", "large"), ("what", "percentage"):
                return .number
            case ("who", _), ("whom", _), ("where", _), ("whose", _): return .name
            default: continue
            }
        }
        return nil
    }

    /// Where the stretch of the wanted kind that begins at a word ends; the word itself if none does.
    private func stretch(
        of wanted: Wanted,
        in words: [Word],
        from start: Int,
        known: Set<String>
    ) -> Int {
        var end = start
        switch wanted {
        case .number:
            while end < words.count, words[end].isNumber { end += 1 }
            // The unit belongs to it: `132 km`, `five hundred men`.
            if end > start, end < words.count, words[end].isAttached { end += 1 }
        case .date:
            while end < words.count, words[end].isDatePart { end += 1 }
            guard words[start..<end].contains(where: \.isYearOrDay) else { return start }
        case .name:
            while end < words.count, words[end].isCapitalized, end == start || words[end].isAttached
            {
                end += 1
            }
            // The first word of a sentence is capital by its place.
            if start == 0, end == 1 { return start }
        }
        let isKnown = words[start..<end].allSatisfy { known.contains($0.lowercased) }
        return isKnown ? start : end
    }

    /// A run of letters and digits.
    private struct Word {
        let range: Range<Int>
        let text: String
        /// Whether only a space stands between it and the word before.
        let isAttached: Bool
        var lowercased: String { text.lowercased() }

        private static let numbers: Set<String> = [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
            "eighty", "ninety", "hundred", "thousand", "million", "billion", "dozen",
        ]
        private static let months: Set<String> = [
            "january", "february", "march", "april", "may", "june", "july", "august",
            "september", "october", "november", "december",
        ]

        var isNumber: Bool { (text.first?.isNumber ?? false) || Self.numbers.contains(lowercased) }
        var isCapitalized: Bool { text.first?.isUppercase ?? false }
        var isYearOrDay: Bool {
            guard let value = Int(text) else { return Self.months.contains(lowercased) }
            return (1000...2100).contains(value) && text.count == 4
        }
        var isDatePart: Bool {
            Self.months.contains(lowercased) && isCapitalized
                || (Int(text).map { (1...31).contains($0) || text.count == 4 } ?? false)
        }
    }

    private static func words(of utf8: [UInt8]) -> [Word] {
        var words: [Word] = []
        var offset = 0
        var start: Int?
        var text = ""
        var gap = ""
        func end(at offset: Int) {
            guard let begin = start else { return }
            words.append(Word(range: begin..<offset, text: text, isAttached: gap == " "))
            start = nil
            text = ""
            gap = ""
        }
        for character in String(decoding: utf8, as: UTF8.self) {
            let length = String(character).utf8.count
            let joinsDigits =
                (character == "," || character == ".") && (text.last?.isNumber ?? false)
            if character.isLetter || character.isNumber || character == "%" {
                if start == nil { start = offset }
                text.append(character)
            } else if joinsDigits, offset + 1 < utf8.count, (0x30...0x39).contains(utf8[offset + 1])
            {
                text.append(character)
            } else {
                end(at: offset)
                gap.append(character)
            }
            offset += length
        }
        end(at: offset)
        return words
    }
}
