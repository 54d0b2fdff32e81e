/// How a sentence reads when it is quoted on its own.
///
/// A quoted fragment is worse than none: one that was cut at an abbreviation, the rest of a list, a
/// lone closing quotation mark, `so she said:`. Whether a sentence is whole is seen from its marks
/// and from how the next one begins; that it points back, from its first words (English only).
package struct SentenceForm: Equatable {
    /// Whether it begins and ends as a sentence does and closes what it opens.
    package let isWhole: Bool
    /// Whether it asks.
    package let isQuestion: Bool
    /// Whether its first words mean something that was said before it.
    package let pointsBack: Bool

    /// The form of a sentence.
    ///
    /// - Parameters:
    ///   - utf8: The sentence without the white space around it.
    ///   - next: What follows it in its document; empty at the end.
    ///   - language: The language's English name.
    package init(_ utf8: [UInt8], next: [UInt8], language: String) {
        let scalars = Array(String(decoding: utf8, as: UTF8.self).unicodeScalars)
        let body = scalars.dropFirst(SentenceForm.opening(of: scalars))
        let mark = scalars.last { !SentenceForm.closers.contains($0) && $0 != " " }
        isQuestion = mark.map { SentenceForm.questionMarks.contains($0) } ?? false
        let ends = mark.map { SentenceForm.endMarks.contains($0) } ?? false
        isWhole =
            SentenceForm.begins(body) && ends && !SentenceForm.goesOn(in: next)
            && SentenceForm.isBalanced(scalars)
            && SentenceForm.isProse(scalars)
        pointsBack = language == "english" && SentenceForm.pointsBack(body)
    }

    private static let openers: Set<Unicode.Scalar> = Set("\"'“‘„«‹([{—–-*•¿¡「『".unicodeScalars)
    private static let closers: Set<Unicode.Scalar> = Set("\"'”’“‘»›)]}*」』_".unicodeScalars)
    private static let questionMarks: Set<Unicode.Scalar> = Set("?？؟;⸮՞".unicodeScalars)
    private static let endMarks = questionMarks.union(".!…。！।॥۔።؛։".unicodeScalars)
        .subtracting([";"])
    private static let pairs: [(Unicode.Scalar, Unicode.Scalar)] = [
        ("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"), ("「", "」"),
    ]

    /// How many scalars stand before the first word: marks that open, and one number of a list.
    private static func opening(of scalars: [Unicode.Scalar]) -> Int {
        func skipOpeners(_ start: Int) -> Int {
            var index = start
            while index < scalars.count,
                openers.contains(scalars[index]) || scalars[index].properties.isWhitespace
            {
                index += 1
            }
            return index
        }
        let start = skipOpeners(0)
        var end = start
        while end < scalars.count, end - start < 5, isDigit(scalars[end]) { end += 1 }
        if end == start, end < scalars.count, scalars[end].properties.isAlphabetic { end += 1 }
        // `1.`, `[0004]` and `(a)` number a sentence; `1984` is its first word.
        guard end > start, end < scalars.count, ".)]".unicodeScalars.contains(scalars[end]) else {
            return start
        }
        return skipOpeners(end + 1)
    }

    /// Whether a first word can begin a sentence, and not only go on with one.
    private static func begins(_ body: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = body.first, !first.properties.isLowercase else { return false }
        guard first.properties.isAlphabetic || first.properties.numericType != nil else {
            return false
        }
        // `No. 5` was cut off after an abbreviation.
        let word = String(String.UnicodeScalarView(body.prefix(6)))
        let number = word.drop { $0.isLetter }
        return
            !(["No", "Nos", "Nr"].contains(word.prefix { $0.isLetter })
            && number.first == "." && number.dropFirst().first { $0 != " " }?.isNumber ?? false)
    }

    /// Whether what follows begins in lower case: then the sentence was cut.
    private static func goesOn(in next: [UInt8]) -> Bool {
        let text = String(decoding: next.prefix(64), as: UTF8.self)
        let first = text.unicodeScalars.first {
            !openers.contains($0) && !$0.properties.isWhitespace
        }
        return first?.properties.isLowercase ?? false
    }

    /// Whether every bracket and quotation mark that opens closes.
    private static func isBalanced(_ scalars: [Unicode.Scalar]) -> Bool {
        var counts: [Unicode.Scalar: Int] = [:]
        for scalar in scalars where !scalar.properties.isAlphabetic {
            counts[scalar, default: 0] += 1
        }
        return counts["\"", default: 0].isMultiple(of: 2)
            && pairs.allSatisfy { counts[$0.0] == counts[$0.1] }
    }

    /// Whether it is mostly letters, and not a row of a table.
    private static func isProse(_ scalars: [Unicode.Scalar]) -> Bool {
        let visible = scalars.count { !$0.properties.isWhitespace }
        let letters = scalars.count {
            $0.properties.isAlphabetic || $0.properties.generalCategory == .nonspacingMark
        }
        return Float(letters) >= 0.7 * Float(visible)
    }

    private static let pronouns: Set<String> = [
        "he", "she", "they", "him", "them", "his", "her", "their", "its", "he's", "she's",
        "they're",
    ]
    private static let connectives: Set<String> = [
        "however", "instead", "thus", "therefore", "moreover", "furthermore", "then", "so", "also",
        "but", "and", "or", "nor", "yet", "similarly", "likewise", "otherwise", "nevertheless",
        "nonetheless", "consequently", "hence", "meanwhile", "accordingly", "besides", "again",
        "such", "both", "yes", "no", "well", "okay", "oh", "yeah",
    ]
    private static let connectivePhrases: Set<String> = [
        "as such", "in addition", "by contrast", "in contrast", "for example", "for instance",
        "as well", "after that", "at that", "in this", "in that", "in these", "in those",
        "in fact", "in turn", "as a result", "of these", "of course", "on the other",
        "the latter", "the former", "the same",
    ]
    private static let demonstratives: Set<String> = ["it", "this", "that", "these", "those"]
    private static let verbs: Set<String> = [
        "is", "was", "are", "were", "has", "had", "have", "does", "did", "will", "would", "can",
        "could", "may", "might", "must", "should", "also", "means", "meant", "makes", "made",
    ]

    private static func pointsBack(_ body: ArraySlice<Unicode.Scalar>) -> Bool {
        let start = String(String.UnicodeScalarView(body.prefix(120))).lowercased()
            .replacing("’", with: "'")
        let words = start.split { !$0.isLetter && $0 != "'" }
        guard let first = words.first.map(String.init) else { return false }
        if pronouns.contains(first) || connectives.contains(first) { return true }
        let pairs = [2, 3].map { words.prefix($0).joined(separator: " ") }
        if pairs.contains(where: connectivePhrases.contains) { return true }
        guard demonstratives.contains(first), words.count > 1, verbs.contains(String(words[1]))
        else { return false }
        // `It is necessary to …`: what it means comes after.
        let isExpletive = words.dropFirst(2).prefix(7).contains { ["that", "to"].contains($0) }
        return !(first == "it" && isExpletive)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
