/// Finds the tokens that are cut out of a text before anything else is: control tokens by their
/// names, and pieces that the vocabulary's user defined.
struct SpecialTokens: Sendable {
    /// A part of a text.
    enum Part {
        case token(Int32)
        case text(Range<Int>)
    }

    private let all: Finder
    private let userDefined: Finder

    init(tokens: [[UInt8]], kinds: [TokenKind]) {
        all = Finder(tokens: tokens) {
            [.control, .unknown, .userDefined].contains(kinds[$0])
        }
        userDefined = Finder(tokens: tokens) { kinds[$0] == .userDefined }
    }

    /// Calls `body` with the parts of a text, in order; texts are not empty.
    ///
    /// - Complexity: O(n) for each length that a special token has.
    func forEachPart(
        of text: UnsafeRawBufferPointer,
        readsControlTokens: Bool,
        _ body: (Part) -> Void
    ) {
        let finder = readsControlTokens ? all : userDefined
        var start = 0
        var index = 0
        while index < text.count {
            guard finder.isFirst[Int(text[index])], let found = finder.longest(in: text, at: index)
            else {
                index += 1
                continue
            }
            if start < index { body(.text(start..<index)) }
            body(.token(found.token))
            index += found.length
            start = index
        }
        if start < text.count { body(.text(start..<text.count)) }
    }

    private struct Finder: Sendable {
        /// Whether a special token begins with a byte.
        let isFirst: [Bool]
        /// The lengths that they have, the greatest first.
        let lengths: [Int]
        let table: PieceTable

        init(tokens: [[UInt8]], isKept: (Int) -> Bool) {
            let kept = tokens.indices.filter { isKept($0) && !tokens[$0].isEmpty }
            var isFirst = [Bool](repeating: false, count: 256)
            for index in kept { isFirst[Int(tokens[index][0])] = true }
            self.isFirst = isFirst
            lengths = Set(kept.map { tokens[$0].count }).sorted(by: >)
            table = PieceTable(tokens, isKept: isKept)
        }

        func longest(
            in text: UnsafeRawBufferPointer,
            at index: Int
        ) -> (token: Int32, length: Int)? {
            for length in lengths where index + length <= text.count {
                let span = UnsafeRawBufferPointer(rebasing: text[index..<(index + length)])
                if let token = table.piece(span) { return (token, length) }
            }
            return nil
        }
    }
}
