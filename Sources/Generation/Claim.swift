/// A sentence of a model's answer, with the numbers that it cites.
package struct Claim: Equatable {
    /// The sentence with its citations, without space around it.
    package let text: String
    /// The sentence without its citations.
    package let words: String
    /// The numbers in the order in which they are cited, each once.
    package let numbers: [Int]

    /// A longer range of numbers, such as `[1-900]`, is none.
    private static let longestRange = 20
    /// A number of more digits is none of a passage.
    private static let mostDigits = 9

    /// Takes the citations out of a sentence: `[2]`, `[1, 3]`, `[1-3]`.
    package init(_ text: String) {
        var words = ""
        var numbers: [Int] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "[") {
            let inside = rest[rest.index(after: open)...].prefix { $0 != "]" && $0 != "[" }
            let isClosed = inside.endIndex < rest.endIndex && rest[inside.endIndex] == "]"
            if isClosed, let cited = Self.numbers(in: inside) {
                words += rest[..<open]
                numbers += cited
                rest = rest[rest.index(after: inside.endIndex)...]
            } else {
                words += rest[...open]
                rest = rest[rest.index(after: open)...]
            }
        }
        words += rest
        self.text = text
        self.words = words
        var seen: Set<Int> = []
        self.numbers = numbers.filter { seen.insert($0).inserted }
    }

    /// Whether it says something.
    var saysSomething: Bool {
        words.unicodeScalars.contains {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
        }
    }

    /// The numbers between brackets, or nil if something else stands there.
    private static func numbers(in text: Substring) -> [Int]? {
        var numbers: [Int] = []
        for item in text.split(
            omittingEmptySubsequences: false,
            whereSeparator: { ",;".contains($0) }
        ) {
            let ends = item.split(omittingEmptySubsequences: false) { "-–".contains($0) }
                .map { number(String($0.filter { !$0.isWhitespace })) }
            switch (ends.first ?? nil, ends.count == 2 ? ends[1] : nil) {
            case (let number?, nil) where ends.count == 1: numbers.append(number)
            case (let first?, let last?) where first <= last && last - first < longestRange:
                numbers += first...last
            default: return nil
            }
        }
        return numbers
    }

    private static func number(_ digits: String) -> Int? {
        guard digits.utf8.count <= mostDigits, digits.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int(digits)
    }
}
