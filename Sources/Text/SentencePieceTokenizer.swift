/// SentencePiece as the models of the Llama family have it: pieces with scores, of which the best
/// neighbours are joined, and single bytes for what is in no piece.
///
/// A space is written U+2581 in pieces. Text is not normalized.
/// - Source: Kudo and Richardson 2018, arXiv:1808.06226; Sennrich et al. 2016, arXiv:1508.07909.
public struct SentencePieceTokenizer: SubwordTokenizer {
    public var vocabularySize: Int { pieces.count }
    public let addsSpacePrefix: Bool

    private let pieces: [[UInt8]]
    private let kinds: [TokenKind]
    private let table: PieceTable
    /// For each piece what orders merges: the better its score, the less.
    private let priorities: [UInt32]
    private let specials: SpecialTokens
    /// The token of each byte.
    private let byteTokens: [Int32]

    private static let space: [UInt8] = [0xE2, 0x96, 0x81]

    /// A tokenizer of a vocabulary.
    ///
    /// - Parameters:
    ///   - pieces: The tokens' texts.
    ///   - scores: The better a piece, the greater.
    ///   - kinds: What each token is.
    ///   - unknownToken: What stands for a byte that has no token.
    ///   - addsSpacePrefix: Whether a text is read as if a space stood before it.
    /// - Throws: `VocabularyError` if the lists do not fit each other.
    public init(
        pieces: [[UInt8]],
        scores: [Float],
        kinds: [TokenKind],
        unknownToken: Int32,
        addsSpacePrefix: Bool
    ) throws(VocabularyError) {
        guard (1...Int(Int32.max)).contains(pieces.count) else { throw .size(pieces.count) }
        for count in [scores.count, kinds.count] where count != pieces.count {
            throw .lengths(tokens: pieces.count, other: count)
        }
        self.pieces = pieces
        self.kinds = kinds
        self.addsSpacePrefix = addsSpacePrefix
        table = PieceTable(pieces) { kinds[$0] == .normal || kinds[$0] == .userDefined }
        priorities = scores.map(Self.priority)
        specials = SpecialTokens(tokens: pieces, kinds: kinds)
        let bytes = PieceTable(pieces) { kinds[$0] == .byte }
        let table = table
        byteTokens = (0..<256).map { byte in
            let name = Array(Self.name(ofByte: UInt8(byte)).utf8)
            return name.withUnsafeBytes { bytes.piece($0) }
                ?? [UInt8(byte)].withUnsafeBytes { table.piece($0) } ?? unknownToken
        }
    }

    public func tokenIDs(of utf8: [UInt8], readsControlTokens: Bool) -> [Int32] {
        tokenIDs(of: utf8, readsControlTokens: readsControlTokens, isBehindText: false)
    }

    public func continuationIDs(of utf8: [UInt8]) -> [Int32] {
        tokenIDs(of: utf8, readsControlTokens: false, isBehindText: true)
    }

    private func tokenIDs(
        of utf8: [UInt8],
        readsControlTokens: Bool,
        isBehindText: Bool
    ) -> [Int32] {
        var tokens: [Int32] = []
        var merger = SymbolMerger()
        var isBehindSpecial = !isBehindText
        utf8.withUnsafeBytes { text in
            specials.forEachPart(of: text, readsControlTokens: readsControlTokens) { part in
                switch part {
                case .token(let token):
                    tokens.append(token)
                    isBehindSpecial = true
                case .text(let range):
                    var escaped = addsSpacePrefix && isBehindSpecial ? Self.space : []
                    escaped.reserveCapacity(range.count * 5 / 4 + 3)
                    for byte in text[range] {
                        if byte == 0x20 { escaped += Self.space } else { escaped.append(byte) }
                    }
                    escaped.withUnsafeBytes { append($0, to: &tokens, with: &merger) }
                    isBehindSpecial = false
                }
            }
        }
        return tokens
    }

    public func bytes(of token: Int32) -> [UInt8] {
        let index = Int(token)
        switch kinds[index] {
        case .control, .unused: return []
        case .unknown: return Array("\u{2047}".utf8)
        case .byte: return Self.byte(named: pieces[index]).map { [$0] } ?? pieces[index]
        case .normal, .userDefined: return Self.unescaped(pieces[index])
        }
    }

    private func append(
        _ text: UnsafeRawBufferPointer,
        to tokens: inout [Int32],
        with merger: inout SymbolMerger
    ) {
        func piece(_ range: Range<Int>) -> Int32? {
            table.piece(UnsafeRawBufferPointer(rebasing: text[range]))
        }
        var symbols: [TokenSymbol] = []
        symbols.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            var length = 1
            if text[index] >= 0x80,
                case .valid(let count) = UTF8Validation.character(in: text, at: index)
            {
                length = count
            }
            let token = piece(index..<(index + length)) ?? -1
            symbols.append(TokenSymbol(start: index, end: index + length, token: token))
            index += length
        }
        merger.merge(symbols) { left, right in
            guard let token = piece(left.start..<right.end) else { return nil }
            return SymbolMerger.Merge(priority: priorities[Int(token)], token: token)
        } emit: { symbol in
            if symbol.token >= 0 {
                tokens.append(symbol.token)
            } else {
                for byte in text[symbol.start..<symbol.end] {
                    tokens.append(byteTokens[Int(byte)])
                }
            }
        }
    }

    /// A number that is the less, the greater the score.
    private static func priority(_ score: Float) -> UInt32 {
        // Zeros of both signs are one score.
        let bits = (score + 0).bitPattern
        let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
        return ~ascending
    }

    private static func name(ofByte byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
    }

    private static func byte(named name: [UInt8]) -> UInt8? {
        guard name.count == 6, name.starts(with: Array("<0x".utf8)), name[5] == 0x3E else {
            return nil
        }
        return UInt8(String(decoding: name[3..<5], as: UTF8.self), radix: 16)
    }

    private static func unescaped(_ piece: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < piece.count {
            if piece[index...].starts(with: space) {
                bytes.append(0x20)
                index += space.count
            } else {
                bytes.append(piece[index])
                index += 1
            }
        }
        return bytes
    }
}
