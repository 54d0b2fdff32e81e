/// Where the pieces of a text go, one after another.
protocol PieceSink {
    /// How many pieces there are.
    var count: Int { get }
    mutating func append(_ identifier: Int32)
    mutating func append(_ identifiers: UnsafeBufferPointer<Int32>)
    /// Takes back all pieces beyond the first `count`.
    mutating func truncate(to count: Int)
}

/// Keeps the pieces, behind those that the list holds already.
struct PieceList: PieceSink {
    var identifiers: [Int32]
    /// Where the pieces of the text begin.
    let start: Int
    var count: Int { identifiers.count - start }

    @inline(__always)
    mutating func append(_ identifier: Int32) { identifiers.append(identifier) }

    @inline(__always)
    mutating func append(_ identifiers: UnsafeBufferPointer<Int32>) {
        self.identifiers.append(contentsOf: identifiers)
    }

    mutating func truncate(to count: Int) { identifiers.removeLast(self.count - count) }
}

/// Only counts the pieces.
struct PieceCounter: PieceSink {
    var count = 0

    @inline(__always)
    mutating func append(_ identifier: Int32) { count += 1 }

    @inline(__always)
    mutating func append(_ identifiers: UnsafeBufferPointer<Int32>) { count += identifiers.count }

    mutating func truncate(to count: Int) { self.count = count }
}

/// Scalars of the longest word that is cut into pieces.
let longestWord = 100
/// How many words are looked up together: their memory comes while others are read.
private let wordsTogether = 16
/// Bytes of the longest word, at four a scalar.
let longestWordBytes = 4 * longestWord
/// Bytes of the mark, `##`, before pieces that go on with a word.
private let markBytes = 2

/// Reads a text once: gathers each normalized word and cuts it into pieces.
///
/// A run of ASCII letters and digits is gathered in two registers and looked up as a whole; only a
/// word that is longer, is no piece or holds other scalars goes through the buffer.
/// - Ownership: the tokenizer and the pointers outlive the scanner, which exists inside `scan` only.
struct WordScanner<Sink: PieceSink> {
    private unowned(unsafe) let tokenizer: WordPieceTokenizer
    private let rules: BertScalarRules.Table
    private let ascii: UnsafePointer<UInt8>
    private let words: WordTable.Finder
    private let continuations: WordTable.Finder
    /// The word so far, normalized, in UTF-8: `longestWordBytes`, with room for a mark before them and to
    /// read a `ShortWord` at each.
    private let word: UnsafeMutablePointer<UInt8>
    private var wordLength = 0
    /// Scalars of the word, of which those beyond the longest word are counted but not kept.
    private var scalarCount = 0

    /// Scans all of `utf8`, or until `sink` holds more than `limit` pieces.
    static func scan(
        _ utf8: UnsafeRawBufferPointer,
        tokenizer: WordPieceTokenizer,
        limit: Int,
        into sink: inout Sink
    ) {
        tokenizer.words.withFinder { words in
            tokenizer.continuations.withFinder { continuations in
                tokenizer.rules.ascii.withUnsafeBufferPointer { ascii in
                    withUnsafeTemporaryAllocation(
                        of: UInt8.self,
                        capacity: markBytes + longestWordBytes + ShortWord.byteCount
                    ) { room in
                        guard let ascii = ascii.baseAddress, let room = room.baseAddress else {
                            return
                        }
                        var scanner = WordScanner(
                            tokenizer: tokenizer,
                            rules: tokenizer.rules.table,
                            ascii: ascii,
                            words: words,
                            continuations: continuations,
                            word: room + markBytes
                        )
                        scanner.scan(utf8, limit: limit, into: &sink)
                    }
                }
            }
        }
    }

    /// Each round begins between two words.
    private mutating func scan(
        _ utf8: UnsafeRawBufferPointer,
        limit: Int,
        into sink: inout Sink
    ) {
        withUnsafeTemporaryAllocation(of: ShortWord.self, capacity: wordsTogether) { keys in
            var index = 0
            while index < utf8.count, sink.count <= limit {
                let count = readShortWords(utf8, from: &index, into: keys)
                take(UnsafeBufferPointer(rebasing: keys[..<count]), limit: limit, into: &sink)
                guard count < keys.count, index < utf8.count, sink.count <= limit else { continue }
                guard utf8[index] == UInt8(ascii: "[") else {
                    index = scanWord(utf8, from: index, limit: limit, into: &sink)
                    continue
                }
                if let special = special(in: utf8, at: index) {
                    sink.append(special.identifier)
                    index += special.text.count
                } else {
                    keys[0] = ShortWord()
                    keys[0].set(utf8[index], at: 0)
                    take(UnsafeBufferPointer(rebasing: keys[..<1]), limit: limit, into: &sink)
                    index += 1
                }
            }
        }
    }

    /// Reads words of ASCII and punctuation marks, of which keys are made, and asks for the memory that
    /// tells of them; ends before a longer word, another scalar or a `[`, which may begin a special piece.
    ///
    /// - Returns: How many there are; all that there is room for where the text may go on with one.
    @inline(__always)
    private func readShortWords(
        _ utf8: UnsafeRawBufferPointer,
        from index: inout Int,
        into keys: UnsafeMutableBufferPointer<ShortWord>
    ) -> Int {
        var count = 0
        while count < keys.count, index < utf8.count {
            let start = index
            var rule = ascii[Int(utf8[start])]
            var key: ShortWord
            if BertScalarRules.isWord(rule) {
                let length: Int
                (key, length) = ShortWord.lowercasing(utf8, at: start)
                let end = start + length
                rule = end < utf8.count ? ascii[Int(utf8[end])] : BertScalarRules.space
                let isEnd =
                    rule == BertScalarRules.beyondASCII
                    ? mark(utf8, at: end) != nil : BertScalarRules.endsWord(rule)
                guard isEnd else { break }
                index = end
            } else if rule == BertScalarRules.beyondASCII {
                guard let mark = mark(utf8, at: start) else { break }
                index += mark.length
                key = mark.key
            } else {
                guard utf8[start] != UInt8(ascii: "[") else { break }
                index += 1
                guard rule > BertScalarRules.space else { continue }
                key = ShortWord()
                key.set(utf8[start], at: 0)
            }
            keys[count] = key
            count += 1
            words.prefetch(key)
        }
        return count
    }

    /// A scalar beyond ASCII that is a word by itself, such as a quotation mark, and its length; nil for others.
    @inline(__always)
    private func mark(
        _ utf8: UnsafeRawBufferPointer,
        at start: Int
    ) -> (key: ShortWord, length: Int)? {
        let (scalar, length) = Self.decode(utf8, at: start)
        let rule = rules[scalar]
        guard rule.bits & ~BertScalarRules.Rule.scalarBits == BertScalarRules.Rule.isolated else {
            return nil
        }
        var key = ShortWord()
        if rule.scalar == 0 {
            for place in 0..<length { key.set(utf8[start + place], at: place) }
        } else {
            for (place, byte) in (Unicode.Scalar(rule.scalar).flatMap(UTF8.encode) ?? .init())
                .enumerated()
            {
                key.set(byte, at: place)
            }
        }
        return (key, length)
    }

    /// Takes words that `readShortWords` gives, up to `wordsTogether`, until `sink` holds more than `limit` pieces.
    @inline(__always)
    private mutating func take(
        _ keys: UnsafeBufferPointer<ShortWord>,
        limit: Int,
        into sink: inout Sink
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: wordsTogether) { pieces in
            // Words that are pieces wait for each other: to grow a list has its price.
            var waiting = 0
            var room = limit - sink.count
            for key in keys where waiting <= room {
                let piece = words.piece(key)
                guard piece < 0 else {
                    pieces[waiting] = piece
                    waiting += 1
                    continue
                }
                sink.append(UnsafeBufferPointer(rebasing: pieces[..<waiting]))
                waiting = 0
                cut(key, of: key.count, with: words, behind: sink.count, into: &sink)
                room = limit - sink.count
            }
            sink.append(UnsafeBufferPointer(rebasing: pieces[..<waiting]))
        }
    }

    /// Takes scalar by scalar up to an ASCII space or punctuation mark, or until `sink` holds more than
    /// `limit` pieces, and gives the place.
    private mutating func scanWord(
        _ utf8: UnsafeRawBufferPointer,
        from start: Int,
        limit: Int,
        into sink: inout Sink
    ) -> Int {
        var index = start
        while index < utf8.count, sink.count <= limit {
            let rule = ascii[Int(utf8[index])]
            if rule == BertScalarRules.beyondASCII {
                let (scalar, length) = Self.decode(utf8, at: index)
                index += length
                take(scalar: scalar, into: &sink)
                continue
            }
            if BertScalarRules.endsWord(rule) { break }
            index += 1
            if BertScalarRules.isWord(rule) { append(ascii: rule) }
        }
        endWord(into: &sink)
        return index
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

    private mutating func take(scalar: UInt32, into sink: inout Sink) {
        let rule = rules[scalar]
        if rule.bits == 0 {
            append(scalar: scalar)
        } else if rule.has(BertScalarRules.Rule.dropped) {
            return
        } else if rule.has(BertScalarRules.Rule.space) {
            endWord(into: &sink)
        } else if rule.has(BertScalarRules.Rule.isolated) {
            endWord(into: &sink)
            append(scalar: rule.scalar == 0 ? scalar : rule.scalar)
            endWord(into: &sink)
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
    private mutating func endWord(into sink: inout Sink) {
        guard scalarCount > 0 else { return }
        cutWord(into: &sink)
        wordLength = 0
        scalarCount = 0
    }

    /// Greedy longest match first; all of the word is one unknown piece if a part matches nothing.
    private mutating func cutWord(into sink: inout Sink) {
        guard scalarCount <= longestWord else { return sink.append(tokenizer.unknownID) }
        let countBefore = sink.count
        var start = 0
        while wordLength - start > ShortWord.byteCount {
            guard let found = longestPiece(from: start) else {
                sink.truncate(to: countBefore)
                return sink.append(tokenizer.unknownID)
            }
            sink.append(found.piece)
            start += found.length
        }
        let count = wordLength - start
        cut(
            ShortWord(loading: word + start).first(count),
            of: count,
            with: start == 0 ? words : continuations,
            behind: countBefore,
            into: &sink
        )
    }

    /// The longest piece at a place of the word that has more bytes behind it than a `ShortWord`, and how
    /// many it takes.
    private mutating func longestPiece(from start: Int) -> (piece: Int32, length: Int)? {
        let table = start == 0 ? words : continuations
        let short = table.longestPiece(of: ShortWord(loading: word + start), ShortWord.byteCount)
        let mark = start == 0 ? 0 : markBytes
        // The mark takes the place of bytes that were cut off.
        for index in 0..<mark { word[start - 1 - index] = UInt8(ascii: "#") }
        let span = UnsafeRawBufferPointer(
            start: word + start - mark,
            count: wordLength - start + mark
        )
        let least = mark + ShortWord.byteCount
        if let long = tokenizer.table.longestPiece(of: span, longerThan: least) {
            return (long.piece, long.length - mark)
        }
        return short.length > 0 ? short : nil
    }

    /// Cuts the rest of a word, whose pieces so far are those behind `countBefore`.
    private mutating func cut(
        _ rest: ShortWord,
        of count: Int,
        with table: WordTable.Finder,
        behind countBefore: Int,
        into sink: inout Sink
    ) {
        var rest = rest
        var count = count
        var table = table
        while count > 0 {
            let found = table.longestPiece(of: rest, count)
            guard found.length > 0 else {
                sink.truncate(to: countBefore)
                return sink.append(tokenizer.unknownID)
            }
            sink.append(found.piece)
            rest = rest.dropFirst(found.length)
            count -= found.length
            table = continuations
        }
    }
}
