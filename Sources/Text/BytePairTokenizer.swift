/// Byte-level byte-pair encoding: words are cut out by a rule, their bytes joined by a list of pairs.
///
/// - Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", §2.2.
public struct BytePairTokenizer: SubwordTokenizer {
    public var vocabularySize: Int { pieces.count }
    public var addsSpacePrefix: Bool { false }

    /// The bytes that each token stands for.
    private let pieces: [[UInt8]]
    private let kinds: [TokenKind]
    private let preTokenizer: PreTokenizer
    private let composesText: Bool
    private let specials: SpecialTokens
    /// Words that are tokens without being joined, if the vocabulary is read so.
    private let wholeWords: PieceTable?
    /// The token of each byte, or -1.
    private let byteTokens: [Int32]
    /// What two tokens become, by both.
    private let merges: [UInt64: SymbolMerger.Merge]

    /// A tokenizer of a vocabulary.
    ///
    /// - Parameters:
    ///   - tokens: The tokens' texts, in which characters stand for bytes as in GPT-2.
    ///   - kinds: What each token is.
    ///   - merges: Two texts with a space between them, the first to be joined first.
    ///   - preTokenizer: How words are cut out.
    ///   - composesText: Whether a character and the marks behind it are read as one (NFC). The tokens
    ///     then stand for the composed text.
    /// - Throws: `VocabularyError` if the lists do not fit each other.
    public init(
        tokens: [[UInt8]],
        kinds: [TokenKind],
        merges: [[UInt8]],
        preTokenizer: PreTokenizer,
        composesText: Bool = false
    ) throws(VocabularyError) {
        guard (1...Int(Int32.max)).contains(tokens.count) else { throw .size(tokens.count) }
        guard kinds.count == tokens.count else {
            throw .lengths(tokens: tokens.count, other: kinds.count)
        }
        self.kinds = kinds
        self.preTokenizer = preTokenizer
        self.composesText = composesText
        pieces = zip(tokens, kinds).map { token, kind in
            kind == .normal ? ByteAlphabet.bytes(of: token) : token
        }
        specials = SpecialTokens(tokens: tokens, kinds: kinds)
        let table = PieceTable(pieces) { kinds[$0] == .normal }
        wholeWords = preTokenizer.takesWholeWords ? table : nil
        byteTokens = (0..<256).map { byte in
            [UInt8(byte)].withUnsafeBytes { table.piece($0) } ?? -1
        }
        self.merges = try Self.merges(merges, in: table)
    }

    public func tokenIDs(of utf8: [UInt8], readsControlTokens: Bool) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(utf8.count / 3)
        var merger = SymbolMerger()
        utf8.withUnsafeBytes { text in
            specials.forEachPart(of: text, readsControlTokens: readsControlTokens) { part in
                switch part {
                case .token(let token): tokens.append(token)
                case .text(let range):
                    let part = UnsafeRawBufferPointer(rebasing: text[range])
                    if composesText, let composed = CanonicalComposition.composed(part) {
                        composed.withUnsafeBytes { append(wordsOf: $0, to: &tokens, with: &merger) }
                    } else {
                        append(wordsOf: part, to: &tokens, with: &merger)
                    }
                }
            }
        }
        return tokens
    }

    public func bytes(of token: Int32) -> [UInt8] {
        switch kinds[Int(token)] {
        case .control, .unused: []
        default: pieces[Int(token)]
        }
    }

    private func append(
        wordsOf text: UnsafeRawBufferPointer,
        to tokens: inout [Int32],
        with merger: inout SymbolMerger
    ) {
        preTokenizer.forEachWord(of: text) { word in
            append(UnsafeRawBufferPointer(rebasing: text[word]), to: &tokens, with: &merger)
        }
    }

    private func append(
        _ word: UnsafeRawBufferPointer,
        to tokens: inout [Int32],
        with merger: inout SymbolMerger
    ) {
        if let token = wholeWords?.piece(word) { return tokens.append(token) }
        let symbols = word.indices.lazy.map { index in
            TokenSymbol(start: index, end: index + 1, token: byteTokens[Int(word[index])])
        }
        merger.merge(symbols) { left, right in
            guard left.token >= 0, right.token >= 0 else { return nil }
            return merges[Self.key(left.token, right.token)]
        } emit: { symbol in
            // A byte that the vocabulary lacks has no token to stand for it.
            if symbol.token >= 0 { tokens.append(symbol.token) }
        }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The rules by their tokens; a rule whose pieces or result are no tokens never applies.
    private static func merges(
        _ rules: [[UInt8]],
        in table: PieceTable
    ) throws(VocabularyError) -> [UInt64: SymbolMerger.Merge] {
        var merges: [UInt64: SymbolMerger.Merge] = [:]
        merges.reserveCapacity(rules.count)
        for (index, rule) in rules.enumerated() {
            // The space of the text itself is written otherwise, so one space is there.
            let parts = rule.split(separator: 0x20, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw .merge(index: index)
            }
            let (left, right) = (
                ByteAlphabet.bytes(of: Array(parts[0])), ByteAlphabet.bytes(of: Array(parts[1]))
            )
            guard let first = left.withUnsafeBytes({ table.piece($0) }),
                let second = right.withUnsafeBytes({ table.piece($0) }),
                let joined = (left + right).withUnsafeBytes({ table.piece($0) })
            else { continue }
            let merge = SymbolMerger.Merge(priority: UInt32(index), token: joined)
            // Of equal rules the first counts.
            if merges[key(first, second)] == nil { merges[key(first, second)] = merge }
        }
        return merges
    }
}

/// The characters that stand for bytes in vocabularies of byte-level tokens.
enum ByteAlphabet {
    /// For each scalar up to U+0143 the byte it stands for, or nil.
    private static let bytes: [UInt8?] = {
        let visible = Array(UInt8(33)...126) + Array(161...172) + Array(174...255)
        var bytes = [UInt8?](repeating: nil, count: 256 + 68)
        for byte in visible { bytes[Int(byte)] = byte }
        let others = (0...UInt8.max).filter { !visible.contains($0) }
        for (place, byte) in others.enumerated() { bytes[256 + place] = byte }
        return bytes
    }()

    /// The bytes of a token's text; a character that stands for none is its own bytes.
    static func bytes(of token: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in String(decoding: token, as: UTF8.self).unicodeScalars {
            if scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] {
                result.append(byte)
            } else {
                UTF8Validation.append(scalar, to: &result)
            }
        }
        return result
    }
}
