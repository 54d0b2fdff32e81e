/// Where the pieces of a text go, one after another.
protocol PieceSink {
    /// How many pieces there are.
    var count: Int { get }
    mutating func append(_ identifier: Int32)
    /// Takes back all pieces beyond the first `count`.
    mutating func truncate(to count: Int)
}

/// Keeps the pieces.
struct PieceList: PieceSink {
    var identifiers: [Int32] = []
    var count: Int { identifiers.count }

    @inline(__always)
    mutating func append(_ identifier: Int32) { identifiers.append(identifier) }

    mutating func truncate(to count: Int) { identifiers.removeLast(identifiers.count - count) }
}

/// Only counts the pieces.
struct PieceCounter: PieceSink {
    var count = 0

    @inline(__always)
    mutating func append(_ identifier: Int32) { count += 1 }

    mutating func truncate(to count: Int) { self.count = count }
}

/// Scalars of the longest word that is cut into pieces.
let longestWord = 100
/// Bytes of the longest word, at four a scalar.
let longestWordBytes = 4 * longestWord

/// Reads a text once: gathers each normalized word and cuts it into pieces.
///
/// - Ownership: the pointers outlive the scanner, which exists inside `scan` only.
struct WordScanner<Sink: PieceSink> {
    private let tokenizer: WordPieceTokenizer
    private let nodes: UnsafePointer<PieceTrie.Node>
    private let ascii: UnsafePointer<UInt8>
    /// The word so far, normalized, in UTF-8: `longestWordBytes`.
    private let word: UnsafeMutablePointer<UInt8>
    private var wordLength = 0
    /// Scalars of the word, of which those beyond the longest word are counted but not kept.
    private var scalarCount = 0
    private var sink: Sink

    /// Scans all of `utf8`, or until `sink` holds more than `limit` pieces.
    static func scan(
        _ utf8: UnsafeRawBufferPointer,
        tokenizer: WordPieceTokenizer,
        limit: Int,
        into sink: inout Sink
    ) {
        tokenizer.trie.nodes.withUnsafeBufferPointer { nodes in
            tokenizer.rules.ascii.withUnsafeBufferPointer { ascii in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestWordBytes) { word in
                    guard let nodes = nodes.baseAddress, let ascii = ascii.baseAddress,
                        let word = word.baseAddress
                    else { return }
                    var scanner = WordScanner(
                        tokenizer: tokenizer,
                        nodes: nodes,
                        ascii: ascii,
                        word: word,
                        sink: sink
                    )
                    scanner.scan(utf8, limit: limit)
                    sink = scanner.sink
                }
            }
        }
    }

    private mutating func scan(_ utf8: UnsafeRawBufferPointer, limit: Int) {
        var index = 0
        while index < utf8.count {
            let byte = utf8[index]
            guard byte < 0x80 else {
                let (scalar, length) = Self.decode(utf8, at: index)
                index += length
                take(scalar: scalar)
                if sink.count > limit { return }
                continue
            }
            index += 1
            let rule = ascii[Int(byte)]
            if rule > 0x20, rule < 0x80 {
                append(ascii: rule)
            } else if rule != 0 {
                endWord()
                if rule != 0x20 {
                    if byte == UInt8(ascii: "["), let special = special(in: utf8, at: index - 1) {
                        sink.append(special.identifier)
                        index += special.text.count - 1
                    } else {
                        append(ascii: byte)
                        endWord()
                    }
                }
                if sink.count > limit { return }
            }
        }
        endWord()
    }

    /// The special piece that is spelt out at `start`, or nil.
    private func special(
        in utf8: UnsafeRawBufferPointer,
        at start: Int
    ) -> (text: [UInt8], identifier: Int32)? {
        tokenizer.specials.first { utf8[start...].starts(with: $0.text) }
    }

    /// The scalar at `start` and its length; U+FFFD and 1 where the bytes are not UTF-8.
    private static func decode(
        _ utf8: UnsafeRawBufferPointer,
        at start: Int
    ) -> (scalar: UInt32, length: Int) {
        let lead = utf8[start]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead < 0xF5, start + length <= utf8.count else { return (0xFFFD, 1) }
        var scalar = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = utf8[start + offset]
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        let isOverlong = scalar < (length == 3 ? 0x800 : length == 4 ? 0x1_0000 : 0x80)
        guard !isOverlong, Unicode.Scalar(scalar) != nil else { return (0xFFFD, 1) }
        return (scalar, length)
    }

    // MARK: - Gathering a word

    private mutating func take(scalar: UInt32) {
        let rule = tokenizer.rules.rule(of: scalar)
        if rule.bits == 0 {
            append(scalar: scalar)
        } else if rule.has(BertScalarRules.Rule.dropped) {
            return
        } else if rule.has(BertScalarRules.Rule.space) {
            endWord()
        } else if rule.has(BertScalarRules.Rule.isolated) {
            endWord()
            append(scalar: rule.scalar == 0 ? scalar : rule.scalar)
            endWord()
        } else if rule.has(BertScalarRules.Rule.sequence) {
            for part in tokenizer.rules.sequences[Int(rule.scalar)] { append(scalar: part) }
        } else if rule.has(BertScalarRules.Rule.hangul) {
            let (lead, vowel, tail) = BertScalarRules.jamo(of: scalar)
            append(scalar: lead)
            append(scalar: vowel)
            if let tail { append(scalar: tail) }
        } else {
            append(scalar: rule.scalar)
        }
    }

    @inline(__always)
    private mutating func append(ascii byte: UInt8) {
        scalarCount += 1
        guard scalarCount <= longestWord else { return }
        word[wordLength] = byte
        wordLength += 1
    }

    private mutating func append(scalar: UInt32) {
        scalarCount += 1
        guard scalarCount <= longestWord, let character = Unicode.Scalar(scalar) else { return }
        UTF8.encode(character) { byte in
            word[wordLength] = byte
            wordLength += 1
        }
    }

    // MARK: - Cutting it into pieces

    @inline(__always)
    private mutating func endWord() {
        guard scalarCount > 0 else { return }
        cutWord()
        wordLength = 0
        scalarCount = 0
    }

    /// Greedy longest match first; all of the word is one unknown piece if a part matches nothing.
    private mutating func cutWord() {
        guard scalarCount <= longestWord else { return sink.append(tokenizer.unknownID) }
        let countBefore = sink.count
        var start = 0
        var first = PieceTrie.root
        while start < wordLength {
            var node = first
            var end = start
            var piece: Int32 = -1
            for position in start..<wordLength {
                let next = Int(nodes[node].base) + Int(word[position])
                guard nodes[next].parent == Int32(truncatingIfNeeded: node) else { break }
                node = next
                if nodes[node].piece >= 0 {
                    piece = nodes[node].piece
                    end = position + 1
                }
            }
            guard piece >= 0 else {
                sink.truncate(to: countBefore)
                return sink.append(tokenizer.unknownID)
            }
            sink.append(piece)
            start = end
            first = tokenizer.continuationNode
        }
    }
}
