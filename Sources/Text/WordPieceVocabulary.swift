import Glibc

/// A vocabulary: its pieces by their numbers, and the longest one that a word starts with.
///
/// Pieces are found by hashes of their bytes, of which those of a word's beginnings come one from
/// another; so a word's first piece costs a look for each length from the longest on, none of which
/// waits for another.
/// - Complexity: 30,522 pieces take 1 MB.
struct WordPieceVocabulary: Sendable {
    /// A piece and 32 bits of its hash.
    struct Slot: Sendable {
        var tag: UInt32 = 0
        /// -1 where the slot is empty.
        var piece: Int32 = -1
    }

    /// The pieces, each ended by a line feed.
    let text: [UInt8]
    /// Where each piece begins in the text, and where one more would.
    let starts: [Int]
    /// A power of two, at most half of it taken; behind the last comes the first.
    private var slots: [Slot]
    private let shift: UInt64
    /// Bytes of the longest piece.
    let longest: Int

    /// How many pieces there are.
    var count: Int { starts.count - 1 }

    /// The pieces of a text, one a line, of which the last may lack its line feed.
    ///
    /// - Throws: If a piece is longer than any word, or comes twice.
    init(lines: some Sequence<UInt8>, file: String) throws(WordPieceError) {
        var text: [UInt8] = []
        var starts = [0]
        text.reserveCapacity(lines.underestimatedCount + 1)
        func endPiece() {
            if text.count > starts[starts.count - 1], text.last == UInt8(ascii: "\r") {
                text.removeLast()
            }
            text.append(UInt8(ascii: "\n"))
            starts.append(text.count)
        }
        for byte in lines {
            if byte == UInt8(ascii: "\n") { endPiece() } else { text.append(byte) }
        }
        if text.count > starts[starts.count - 1] { endPiece() }
        let count = starts.count - 1
        var bits = 4
        while 1 << bits < 2 * count { bits += 1 }
        shift = UInt64(64 - bits)
        slots = [Slot](repeating: Slot(), count: 1 << bits)
        longest = zip(starts, starts.dropFirst()).reduce(0) { max($0, $1.1 - $1.0 - 1) }
        self.text = text
        self.starts = starts
        try fillSlots(file: file)
    }

    private mutating func fillSlots(file: String) throws(WordPieceError) {
        for piece in 0..<count {
            let bytes = self[piece]
            guard bytes.count <= longestWordBytes else {
                throw .pieceTooLong(file: file, line: piece + 1)
            }
            // A vocabulary may hold several empty lines.
            if bytes.isEmpty { continue }
            let hash = bytes.reduce(0) { WordPieceVocabulary.extended($0, by: $1) }
            var slot = Int(truncatingIfNeeded: hash >> shift)
            while slots[slot].piece >= 0 {
                let other = Int(slots[slot].piece)
                if slots[slot].tag == WordPieceVocabulary.tag(of: hash), self[other] == bytes {
                    throw .duplicatePiece(file: file, line: piece + 1, firstLine: other + 1)
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = Slot(tag: WordPieceVocabulary.tag(of: hash), piece: Int32(piece))
        }
    }

    /// The bytes of a piece.
    subscript(piece: Int) -> ArraySlice<UInt8> { text[starts[piece]..<(starts[piece + 1] - 1)] }

    /// The piece that is exactly `bytes`, or nil.
    func piece(_ bytes: [UInt8]) -> Int32? {
        withFinder { finder in
            bytes.withUnsafeBufferPointer { word in
                guard let start = word.baseAddress, bytes.count <= longest else { return nil }
                let found = finder.longestPiece(of: start, word.count, behind: .nothing)
                return found.length == bytes.count ? found.piece : nil
            }
        }
    }

    /// Whether a piece goes on with a word.
    var hasContinuations: Bool {
        (0..<count).contains { self[$0].starts(with: Prefix.mark) }
    }

    /// Runs `body` with what finds pieces, which is valid inside it only.
    func withFinder<Result>(_ body: (Finder) -> Result?) -> Result? {
        text.withUnsafeBufferPointer { text in
            starts.withUnsafeBufferPointer { starts in
                slots.withUnsafeBufferPointer { slots in
                    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: longest) { hashes in
                        guard let text = text.baseAddress, let starts = starts.baseAddress,
                            let slots = slots.baseAddress, let hashes = hashes.baseAddress
                        else { return nil }
                        return body(
                            Finder(
                                text: text,
                                starts: starts,
                                slots: slots,
                                mask: self.slots.count - 1,
                                shift: shift,
                                longest: longest,
                                hashes: hashes
                            )
                        )
                    }
                }
            }
        }
    }

    @inline(__always)
    fileprivate static func extended(_ hash: UInt64, by byte: UInt8) -> UInt64 {
        ((hash << 5 | hash >> 59) ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
    }

    @inline(__always)
    fileprivate static func tag(of hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: hash >> 16)
    }

    /// What stands before a word's bytes in a piece.
    struct Prefix {
        /// Before the pieces behind a word's first.
        static let mark = Array("##".utf8)
        static let nothing = Prefix(bytes: [])
        static let continuation = Prefix(bytes: mark)

        fileprivate let count: Int
        fileprivate let hash: UInt64

        private init(bytes: [UInt8]) {
            count = bytes.count
            hash = bytes.reduce(0) { WordPieceVocabulary.extended($0, by: $1) }
        }
    }

    /// Finds pieces.
    ///
    /// - Ownership: the pointers outlive it, which exists inside `withFinder` only.
    struct Finder {
        fileprivate let text: UnsafePointer<UInt8>
        fileprivate let starts: UnsafePointer<Int>
        fileprivate let slots: UnsafePointer<Slot>
        fileprivate let mask: Int
        fileprivate let shift: UInt64
        fileprivate let longest: Int
        /// Of a word's beginnings: room for `longest`.
        fileprivate let hashes: UnsafeMutablePointer<UInt64>

        /// The longest piece that a prefix and the first of `count` bytes make, and how many of them; -1
        /// and 0 if there is none.
        @inline(__always)
        func longestPiece(
            of word: UnsafePointer<UInt8>,
            _ count: Int,
            behind prefix: Prefix
        ) -> (piece: Int32, length: Int) {
            let most = min(count, longest)
            var hash = prefix.hash
            for index in 0..<most {
                hash = WordPieceVocabulary.extended(hash, by: word[index])
                hashes[index] = hash
            }
            var length = most
            while length > 0 {
                let hash = hashes[length - 1]
                var slot = Int(truncatingIfNeeded: hash &>> shift)
                while slots[slot].piece >= 0 {
                    let piece = slots[slot].piece
                    if slots[slot].tag == WordPieceVocabulary.tag(of: hash),
                        isPiece(Int(piece), word, length, behind: prefix)
                    {
                        return (piece, length)
                    }
                    slot = (slot + 1) & mask
                }
                length -= 1
            }
            return (-1, 0)
        }

        private func isPiece(
            _ piece: Int,
            _ word: UnsafePointer<UInt8>,
            _ length: Int,
            behind prefix: Prefix
        ) -> Bool {
            let start = starts[piece]
            guard starts[piece + 1] - start - 1 == prefix.count + length else { return false }
            let isMarked = prefix.count == 0 || text[start] == 0x23 && text[start + 1] == 0x23
            return isMarked && memcmp(text + start + prefix.count, word, length) == 0
        }
    }
}
