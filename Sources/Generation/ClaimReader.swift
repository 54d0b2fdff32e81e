/// Cuts a model's answer into claims while it comes: a claim is a sentence with the citations that
/// stand in it or behind it.
///
///     var reader = ClaimReader()
///     for piece in pieces { for event in reader.take(piece) { … } }
///     for event in reader.finish() { … }
///
/// The texts of all events together are the answer without the space around it. The result does not
/// depend on how the answer is cut into pieces.
package struct ClaimReader {
    /// What came.
    package enum Event: Equatable {
        /// Text that can be shown.
        case text(String)
        /// The claim that ends here, before the space behind it.
        case claim(Claim)
    }

    /// The claim so far.
    private var claim = String.UnicodeScalarView()
    /// Space behind it, until something follows.
    private var space = String.UnicodeScalarView()
    /// What can be shown.
    private var shown = String.UnicodeScalarView()
    private var hasBegun = false

    /// A reader to which nothing came.
    package init() {}

    /// Bytes of a claim at which it ends, whatever stands there.
    package static let longestClaim = 1 << 14

    private static let terminators: Set<Unicode.Scalar> = [".", "!", "?", "…"]
    private static let wideTerminators: Set<Unicode.Scalar> = ["。", "！", "？"]
    private static let closers: Set<Unicode.Scalar> = [
        "\"", "'", "”", "’", "»", ")", "*", "_", "」",
    ]
    /// Words whose full stop ends no sentence, in lowercase.
    private static let abbreviations: Set<String> = [
        "al", "approx", "ca", "cf", "ch", "co", "dr", "ed", "eg", "e.g", "eq", "fig", "gen", "ie",
        "i.e", "inc", "jr", "lt", "ltd", "mr", "mrs", "ms", "no", "nr", "p", "pp", "prof", "rev",
        "sen", "sr", "st", "u.s", "vol", "vs",
    ]

    /// Takes the next piece.
    package mutating func take(_ text: String) -> [Event] {
        var events: [Event] = []
        for scalar in text.unicodeScalars { take(scalar, &events) }
        show(&events)
        return events
    }

    /// Ends the answer.
    package mutating func finish() -> [Event] {
        var events: [Event] = []
        endClaim(&events)
        self = ClaimReader()
        return events
    }

    private mutating func take(_ scalar: Unicode.Scalar, _ events: inout [Event]) {
        let isSpace = scalar.properties.isWhitespace
        guard hasBegun || !isSpace else { return }
        hasBegun = true
        if isSpace {
            if scalar == "\n", !claim.isEmpty { endClaim(&events) }
            space.append(scalar)
            return
        }
        if !claim.isEmpty, String(claim).utf8.count >= Self.longestClaim || isEnd(before: scalar) {
            endClaim(&events)
        }
        if !claim.isEmpty { claim += space }
        shown += space
        space = .init()
        claim.append(scalar)
        shown.append(scalar)
    }

    /// Ends the claim; the space behind it is shown behind what is said of it.
    private mutating func endClaim(_ events: inout [Event]) {
        show(&events)
        let ended = Claim(String(claim))
        if ended.saysSomething { events.append(.claim(ended)) }
        claim = .init()
    }

    private mutating func show(_ events: inout [Event]) {
        if !shown.isEmpty { events.append(.text(String(shown))) }
        shown = .init()
    }

    /// Whether the claim ends before a character that is not space.
    private func isEnd(before next: Unicode.Scalar) -> Bool {
        guard next != "[" else { return false }
        let sentence = Self.withoutTail(claim)
        guard let last = sentence.last else { return false }
        if Self.wideTerminators.contains(last) { return !Self.closers.contains(next) }
        guard !space.isEmpty, Self.terminators.contains(last) else { return false }
        // What goes on in lowercase is the same sentence.
        guard !next.properties.isLowercase else { return false }
        return last != "." || !Self.isAbbreviation(sentence.dropLast())
    }

    /// A text without citations and closing marks at its end.
    private static func withoutTail(_ text: String.UnicodeScalarView) -> Substring.UnicodeScalarView
    {
        var rest = text[...]
        while let last = rest.last {
            if closers.contains(last) || last.properties.isWhitespace {
                rest.removeLast()
            } else if last == "]", let open = rest.lastIndex(of: "["),
                !Claim(String(rest[open...])).numbers.isEmpty
            {
                rest = rest[..<open]
            } else {
                break
            }
        }
        return rest
    }

    /// Whether the full stop behind a text belongs to its last word.
    private static func isAbbreviation(_ text: Substring.UnicodeScalarView) -> Bool {
        let start = text.lastIndex { $0.properties.isWhitespace || $0 == "(" }
        let word = text[(start.map { text.index(after: $0) } ?? text.startIndex)...]
        // An initial; or the number of an item of a list.
        if word.count == 1, word.first?.properties.isAlphabetic == true { return true }
        if start == nil, word.allSatisfy({ $0.properties.numericType != nil }) { return true }
        return abbreviations.contains(String(word).lowercased())
    }
}
