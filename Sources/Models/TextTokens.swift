internal import Text

/// Cuts a text that comes in pieces into the tokens that it has as a whole.
///
///     var tokens = TextTokens(model.tokenizer)
///     for piece in pieces { read(tokens.append(piece)) }
///     read(tokens.finish())
///
/// Text is cut where no token reaches over: behind a line feed, before something visible; where a
/// mebibyte has none, before a space between words; where there is no such space either, anywhere.
public struct TextTokens: Sendable {
    private let tokenizer: ModelTokenizer
    private var waiting: [UInt8] = []
    private var isAtBeginning = true

    /// Text that is looked at together.
    private static let partBytes = 1 << 16
    private static let mostWaitingBytes = 1 << 20

    /// The tokens of a text that is still to come.
    public init(_ tokenizer: ModelTokenizer) {
        self.tokenizer = tokenizer
    }

    /// Takes the next piece of the text, which is cut between characters.
    ///
    /// - Returns: The tokens that it makes certain.
    public mutating func append(_ piece: [UInt8]) -> [Int32] {
        waiting += piece
        guard waiting.count >= Self.partBytes else { return [] }
        let isUrgent = waiting.count >= Self.mostWaitingBytes
        guard
            let end = Self.lastCut(of: waiting, behind: { $0 == 0x0A })
                ?? (isUrgent ? Self.lastSpace(of: waiting) ?? waiting.count : nil)
        else { return [] }
        defer { waiting.removeFirst(end) }
        return tokens(of: Array(waiting[..<end]))
    }

    /// The tokens of what is left.
    public mutating func finish() -> [Int32] {
        defer { waiting = [] }
        return waiting.isEmpty && !isAtBeginning ? [] : tokens(of: waiting)
    }

    private mutating func tokens(of text: [UInt8]) -> [Int32] {
        defer { isAtBeginning = false }
        return isAtBeginning
            ? tokenizer.promptTokens(of: text) : tokenizer.tokenizer.continuationIDs(of: text)
    }

    /// The last place between a byte of a kind and one that is visible and of one or more bytes.
    private static func lastCut(of text: [UInt8], behind isKind: (UInt8) -> Bool) -> Int? {
        (1..<text.count).last { isKind(text[$0 - 1]) && text[$0] > 0x20 }
    }

    /// The last place before a single space between words.
    private static func lastSpace(of text: [UInt8]) -> Int? {
        guard text.count > 2 else { return nil }
        return (1..<(text.count - 1)).last {
            text[$0] == 0x20 && text[$0 - 1] > 0x20 && text[$0 + 1] > 0x20
        }
    }
}
