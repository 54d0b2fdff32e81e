/// How text is cut into words before their bytes are joined to tokens.
///
/// Each rule is a regular expression in the models' own files, written here as the scan that a
/// matcher of it would do: alternatives in order, the first that fits.
public enum PreTokenizer: String, Sendable, CaseIterable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2 = "gpt-2"
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    case llama3 = "llama-bpe"
    /// As Llama 3, with each `\p{N}` alone.
    case qwen2
    /// One after another: `[\r\n]`, `\s?\p{L}+`, `\s?\p{P}+`, ideographs and syllables, `\p{N}`.
    case deepseekCoder = "deepseek-coder"

    /// Whether a word that is a token is taken as it is.
    var takesWholeWords: Bool { self == .llama3 }

    /// Calls `body` with where each word lies; the words tile the text.
    ///
    /// - Complexity: O(n).
    func forEachWord(of text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
        let scalars = ClassifiedText(text)
        if self == .deepseekCoder { return DeepSeekRule(text: scalars).forEachWord(body) }
        var start = 0
        while start < text.count {
            let end =
                switch self {
                case .llama3: Self.endOfModernWord(in: scalars, at: start, mostDigits: 3)
                case .qwen2: Self.endOfModernWord(in: scalars, at: start, mostDigits: 1)
                default: Self.endOfGPT2Word(in: scalars, at: start)
                }
            body(start..<end)
            start = end
        }
    }

    /// Where the words of a text lie.
    package func words(of utf8: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        utf8.withUnsafeBytes { text in forEachWord(of: text) { words.append($0) } }
        return words
    }

    // MARK: - Rules

    private static func endOfGPT2Word(in text: ClassifiedText, at start: Int) -> Int {
        if let end = text.endOfContraction(at: start, ignoresCase: false) { return end }
        let first = text.bytes[start] == 0x20 ? start + 1 : start
        if let kind = text.kind(at: first), !kind.isSpace {
            return text.endOfRun(of: kind, at: first)
        }
        return endOfSpaces(in: text, at: start)
    }

    private static func endOfModernWord(
        in text: ClassifiedText,
        at start: Int,
        mostDigits: Int
    ) -> Int {
        if let end = text.endOfContraction(at: start, ignoresCase: true) { return end }
        let kind = text.kind(at: start)
        if kind == .letter { return text.endOfRun(of: .letter, at: start) }
        if kind == .space || kind == .other {
            let next = start + text.length(at: start)
            if text.kind(at: next) == .letter { return text.endOfRun(of: .letter, at: next) }
        }
        if kind == .number {
            var end = start
            for _ in 0..<mostDigits where text.kind(at: end) == .number {
                end += text.length(at: end)
            }
            return end
        }
        let first = text.bytes[start] == 0x20 ? start + 1 : start
        if text.kind(at: first) == .other {
            return text.endOfRun(of: .newline, at: text.endOfRun(of: .other, at: first))
        }
        if let end = text.endOfNewlines(at: start) { return end }
        return endOfSpaces(in: text, at: start)
    }

    /// `\s+(?!\S)|\s+`: what is white, but the last of several where text follows.
    private static func endOfSpaces(in text: ClassifiedText, at start: Int) -> Int {
        var last = start
        var end = start
        while text.kind(at: end)?.isSpace == true {
            last = end
            end += text.length(at: end)
        }
        return end == text.bytes.count || last == start ? end : last
    }
}

/// The passes of DeepSeek Coder, each over the pieces that the one before left.
private struct DeepSeekRule {
    let text: ClassifiedText

    func forEachWord(_ body: (Range<Int>) -> Void) {
        let passes: [(Int, Int) -> Int?] = [
            { start, _ in text.kind(at: start) == .newline ? start + 1 : nil },
            { endOfRun(at: $0, end: $1) { $0 == .letter } },
            { start, end in
                let first =
                    text.kind(at: start)?.isSpace == true
                    ? start + text.length(at: start) : start
                return run(at: first, end: end) { text.isPunctuation(at: $0) }
            },
            { run(at: $0, end: $1) { text.isEastAsian(at: $0) } },
            { start, _ in
                text.kind(at: start) == .number ? start + text.length(at: start) : nil
            },
        ]
        var pieces = [0..<text.bytes.count]
        for pass in passes { pieces = pieces.flatMap { cut($0, pass) } }
        for piece in pieces { body(piece) }
    }

    /// Matches and what is between them.
    private func cut(_ piece: Range<Int>, _ match: (Int, Int) -> Int?) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var (start, index) = (piece.lowerBound, piece.lowerBound)
        while index < piece.upperBound {
            guard let end = match(index, piece.upperBound) else {
                index += text.length(at: index)
                continue
            }
            if start < index { pieces.append(start..<index) }
            pieces.append(index..<end)
            (start, index) = (end, end)
        }
        if start < piece.upperBound { pieces.append(start..<piece.upperBound) }
        return pieces
    }

    private func endOfRun(
        at start: Int,
        end: Int,
        _ belongs: (WordScalarKind) -> Bool
    ) -> Int? {
        let isSpace = text.kind(at: start)?.isSpace == true
        let first = isSpace ? start + text.length(at: start) : start
        return run(at: first, end: end) { text.kind(at: $0).map(belongs) ?? false }
    }

    private func run(at start: Int, end: Int, _ belongs: (Int) -> Bool) -> Int? {
        var index = start
        while index < end, belongs(index) { index += text.length(at: index) }
        return index > start ? index : nil
    }
}
