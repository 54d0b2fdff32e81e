/// Cuts text into the terms by which it is found: the same for what is stored and what is asked.
///
/// A word is a run of letters, marks and digits, in lowercase, without the possessive's `s`; stop
/// words are left out and the others stemmed. Scripts that are written without spaces become
/// overlapping pairs of characters.
///
///     let analyzer = try LexicalAnalyzer(language: "english")
///     analyzer.terms(of: "The rivers' sources")  // ["river", "sourc"]
///
/// - Concurrency: Belongs to one thread or task. Terms do not depend on what was analyzed before.
package final class LexicalAnalyzer {
    /// The language's English name, or `none` for no stemming and no stop words.
    package let language: String

    let scalars = LexicalScalars.shared
    private let stopWords: StopWords
    private let stemmer: SnowballStemmer?
    private let stems: StemCache
    private let word: UnsafeMutableBufferPointer<UInt8>

    /// How many words are looked up together: their memory comes while others are read.
    private static let wordsTogether = 16

    /// Bytes of a word beyond which it is cut.
    static let longestWordBytes = 128

    /// An analyzer for a language by its English name, or `none`.
    ///
    /// - Throws: `TextError.unknownLanguage` if there is no stemmer for it.
    package init(language: String = "english") throws(TextError) {
        self.language = language
        stopWords = StopWords(language: language)
        stemmer = language == "none" ? nil : try SnowballStemmer(language: language)
        stems = StemCache()
        word = .allocate(capacity: LexicalAnalyzer.longestWordBytes + 4)
    }

    deinit { word.deallocate() }

    /// Names the analysis: terms of analyzers whose fingerprints differ do not match.
    package var fingerprint: String { "words-1-\(language)" }

    /// Whether a term only makes a question of a statement.
    package func isInterrogative(_ term: [UInt8]) -> Bool {
        stopWords.interrogative.contains(term)
    }

    /// The terms of a text in its order, repeated as often as they occur.
    package func terms(of text: String) -> [String] {
        var text = text
        var terms: [String] = []
        text.withUTF8 { utf8 in
            forEachTerm(in: UnsafeRawBufferPointer(utf8)) {
                terms.append(String(decoding: $0, as: UTF8.self))
            }
        }
        return terms
    }

    /// Runs `body` for every term of a text in its order.
    ///
    /// Bytes that are not UTF-8 end a word. The bytes given to `body` are valid inside it only.
    ///
    /// - Complexity: O(bytes).
    package func forEachTerm(
        in utf8: UnsafeRawBufferPointer,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        scalars.ascii.withUnsafeBufferPointer { ascii in
            withUnsafeTemporaryAllocation(of: ShortWord.self, capacity: Self.wordsTogether) {
                words in
                var scan = Scan(text: utf8, ascii: ascii)
                while scan.index < utf8.count {
                    let count = readShortWords(&scan, into: words)
                    for word in words[..<count] { end(word, &scan, body) }
                    if count < words.count, scan.index < utf8.count { step(&scan, body) }
                }
                endWord(&scan, body)
            }
        }
    }

    /// Where the reading of a text stands.
    private struct Scan {
        let text: UnsafeRawBufferPointer
        let ascii: UnsafeBufferPointer<UInt8>
        var index = 0
        /// Bytes of the word so far.
        var count = 0
        /// The character of an unspaced script before this one, in UTF-8: 0 bytes if there is none.
        var previous: (bytes: UInt32, count: Int) = (0, 0)
        /// Whether `previous` is part of a pair.
        var isPaired = false
        /// Whether the word follows an apostrophe that follows a letter.
        var isAfterApostrophe = false
        /// Whether the word has combining marks that may stand for a composed letter.
        var hasMarks = false
    }

    /// Reads words of ASCII, each with the separator behind it, and asks for the memory of their stems;
    /// ends before anything else.
    ///
    /// Nine words of ten in English text.
    /// - Returns: How many words there are; all that there is room for where the text may go on with one.
    @inline(__always)
    private func readShortWords(
        _ scan: inout Scan,
        into words: UnsafeMutableBufferPointer<ShortWord>
    ) -> Int {
        guard scan.count == 0, scan.previous.count == 0, !scan.isAfterApostrophe else { return 0 }
        let text = scan.text
        var count = 0
        while count < words.count, scan.index < text.count {
            let byte = text[scan.index]
            guard byte < 0x80 else {
                // An apostrophe that follows no word is like any other separator.
                guard let separator = separator(text, at: scan.index) else { break }
                scan.index += separator.length
                continue
            }
            guard scan.ascii[Int(byte)] != 0 else {
                scan.index += 1
                continue
            }
            let (word, length) = ShortWord.lowercasing(text, at: scan.index)
            let end = scan.index + length
            // Behind sixteen bytes the word may go on.
            guard end < text.count, length < ShortWord.byteCount, let next = next(scan, behind: end)
            else { break }
            words[count] = word
            count += 1
            stems.prefetch(word)
            scan.index = next
        }
        return count
    }

    /// Where to go on behind a word of ASCII that ends at `end`: past the separator there, and past the one
    /// letter that follows an apostrophe; nil where that takes a closer look.
    @inline(__always)
    private func next(_ scan: Scan, behind end: Int) -> Int? {
        let text = scan.text
        var index = end + 1
        if text[end] >= 0x80 {
            guard let separator = separator(text, at: end) else { return nil }
            index = end + separator.length
            if !separator.isApostrophe { return index }
        } else if text[end] != UInt8(ascii: "'") {
            return index
        }
        guard index < text.count else { return index }
        guard text[index] < 0x80 else { return nil }
        guard scan.ascii[Int(text[index])] != 0 else { return index }
        guard index + 1 < text.count else { return index + 1 }
        let after = text[index + 1]
        if after < 0x80 {
            if scan.ascii[Int(after)] != 0 { return index }
            return after == UInt8(ascii: "'") ? nil : index + 1
        }
        return separator(text, at: index + 1)?.isApostrophe == false ? index + 1 : nil
    }

    /// The bytes of a separator beyond ASCII, and whether it is an apostrophe; nil for another character.
    @inline(__always)
    private func separator(
        _ text: UnsafeRawBufferPointer,
        at index: Int
    ) -> (length: Int, isApostrophe: Bool)? {
        guard case .valid(let length) = UTF8Validation.character(in: text, at: index) else {
            return nil
        }
        let value = LexicalAnalyzer.scalar(text, at: index, length: length)
        return scalars[value].kind == .separator ? (length, value == 0x2019) : nil
    }

    /// Ends a word that was read as a whole.
    @inline(__always)
    private func end(
        _ short: ShortWord,
        _ scan: inout Scan,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        if stems.withStem(of: short, body) { return }
        scan.count = short.count
        for index in 0..<scan.count { word[index] = short[index] }
        endWord(&scan, body)
    }

    private func step(_ scan: inout Scan, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let byte = scan.text[scan.index]
        guard byte >= 0x80 else {
            scan.index += 1
            let folded = scan.ascii[Int(byte)]
            if folded != 0 {
                if scan.previous.count > 0 { endPairs(&scan, body) }
                append(folded, &scan)
            } else {
                end(&scan, isApostrophe: byte == UInt8(ascii: "'"), body)
            }
            return
        }
        guard case .valid(let length) = UTF8Validation.character(in: scan.text, at: scan.index)
        else {
            scan.index += 1
            return end(&scan, isApostrophe: false, body)
        }
        let value = LexicalAnalyzer.scalar(scan.text, at: scan.index, length: length)
        scan.index += length
        let rule = scalars[value]
        switch rule.kind {
        case .ignored: break
        case .separator: end(&scan, isApostrophe: value == 0x2019, body)
        case .unspaced:
            endWord(&scan, body)
            pair(rule.folded, &scan, body)
        case .word:
            endPairs(&scan, body)
            if (0x300...0x36F).contains(value) { scan.hasMarks = true }
            append(scalar: rule.folded, &scan)
        }
    }

    private func end(
        _ scan: inout Scan,
        isApostrophe: Bool,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let hadWord = scan.count > 0
        endWord(&scan, body)
        endPairs(&scan, body)
        scan.isAfterApostrophe = isApostrophe && hadWord
    }

    private func append(_ byte: UInt8, _ scan: inout Scan) {
        guard scan.count < LexicalAnalyzer.longestWordBytes else { return }
        word[scan.count] = byte
        scan.count += 1
    }

    private func append(scalar value: UInt32, _ scan: inout Scan) {
        guard scan.count < LexicalAnalyzer.longestWordBytes, let scalar = Unicode.Scalar(value)
        else { return }
        // The room beyond the limit holds one whole scalar.
        for byte in UTF8.encode(scalar) ?? .init() {
            word[scan.count] = byte
            scan.count += 1
        }
    }

    /// Ends the word, if there is one, and gives its stem unless it is a stop word.
    private func endWord(_ scan: inout Scan, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard scan.count > 0 else { return }
        var count = scan.count
        let isSuffix = scan.isAfterApostrophe && count == 1
        if scan.hasMarks { count = composed(count) }
        scan.count = 0
        scan.hasMarks = false
        scan.isAfterApostrophe = false
        guard !isSuffix, count > 0 else { return }
        let whole = UnsafeBufferPointer(rebasing: word[..<count])
        guard let stemmer else { return body(whole) }
        let short = ShortWord(whole)
        if let short, stems.withStem(of: short, body) { return }
        let isStopWord = stopWords.unindexed.contains(Array(whole))
        let stem = isStopWord ? UnsafeBufferPointer(rebasing: whole[..<0]) : stemmer.stem(whole)
        if let short { stems.insert(short, stem: stem) }
        if stem.count > 0 { body(stem) }
    }

    /// Puts the composed form of the word in its place.
    private func composed(_ count: Int) -> Int {
        let text = String(decoding: word[..<count], as: UTF8.self)
        var length = 0
        for byte in text.canonicallyComposed.utf8 where length < word.count {
            word[length] = byte
            length += 1
        }
        return length
    }

    /// Gives the pair of the last character of an unspaced script and this one.
    private func pair(
        _ value: UInt32,
        _ scan: inout Scan,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard let scalar = Unicode.Scalar(value) else { return }
        var bytes: UInt32 = 0
        var count = 0
        for byte in UTF8.encode(scalar) ?? .init() {
            bytes |= UInt32(byte) << UInt32(8 * count)
            count += 1
        }
        if scan.previous.count > 0 {
            put(scan.previous, at: 0)
            put((bytes, count), at: scan.previous.count)
            body(UnsafeBufferPointer(rebasing: word[..<(scan.previous.count + count)]))
            scan.isPaired = true
        }
        scan.previous = (bytes, count)
    }

    /// Ends a run of an unspaced script, of which a lone character is a term itself.
    private func endPairs(_ scan: inout Scan, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard scan.previous.count > 0 else { return }
        if !scan.isPaired {
            // The word's bytes are free: a word and a run are never open together.
            put(scan.previous, at: 0)
            body(UnsafeBufferPointer(rebasing: word[..<scan.previous.count]))
        }
        scan.previous = (0, 0)
        scan.isPaired = false
    }

    private func put(_ character: (bytes: UInt32, count: Int), at offset: Int) {
        for index in 0..<character.count {
            word[offset + index] = UInt8(truncatingIfNeeded: character.bytes >> UInt32(8 * index))
        }
    }

    private static func scalar(
        _ text: UnsafeRawBufferPointer,
        at index: Int,
        length: Int
    ) -> UInt32 {
        let lead = UInt32(text[index])
        var value = length == 2 ? lead & 0x1F : length == 3 ? lead & 0x0F : lead & 0x07
        for offset in 1..<length { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        return value
    }
}
