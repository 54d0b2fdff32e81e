private import CKernels

/// The pieces whose bytes behind a prefix are up to 16, found in one step by those bytes.
///
/// A word of the vocabulary is its own longest piece, so it needs no search for one; in English text
/// that is nine words of ten.
/// - Complexity: a lookup reads a slot or two; 30,522 pieces take 1.5 MB, of which running text
///   touches the few hundred kilobytes of its frequent words.
struct WordTable: Sendable {
    struct Slot: Sendable {
        var key = ShortWord()
        /// The word's piece, or -1 where the slot is empty.
        var piece: Int32 = -1
    }

    /// A power of two, at most half of it taken; behind the last comes the first.
    private var slots: [Slot]
    private let shift: UInt64
    /// Eight bits for each slot, of which those of its pieces are set: few enough for the caches near the
    /// core, they spare most looks for beginnings of words that are no pieces.
    private var filter: [UInt64]
    /// For each hash of four bytes how long the longest piece is that begins with them, else 3: in scripts of
    /// which a vocabulary has single letters a search begins near its end.
    private var longest = [UInt8](repeating: 3, count: 1 << 12)

    /// The short ones among the pieces that begin with `prefix`, by their bytes behind it; those that begin
    /// with `other` are left out.
    init(_ pieces: PieceTable, behind prefix: [UInt8], notBehind other: [UInt8]? = nil) {
        // No text yields a zero byte, and zeros fill up a key.
        let short = (0..<pieces.count).filter { index in
            let piece = pieces[index]
            let rest = piece.dropFirst(prefix.count)
            return piece.starts(with: prefix) && (1...ShortWord.byteCount).contains(rest.count)
                && !rest.contains(0) && !(other.map { piece.starts(with: $0) } ?? false)
        }
        var bits = 4
        while 1 << bits < 2 * short.count { bits += 1 }
        shift = UInt64(64 - bits)
        slots = [Slot](repeating: Slot(), count: 1 << bits)
        filter = [UInt64](repeating: 0, count: slots.count / 8)
        for index in short {
            var key = ShortWord()
            for (position, byte) in pieces[index].dropFirst(prefix.count).enumerated() {
                key.set(byte, at: position)
            }
            if key.count > 3 {
                let start = key.startHash
                longest[start] = max(longest[start], UInt8(key.count))
            }
            let bit = key.slot(shift: shift - 3)
            filter[bit / 64] |= 1 << UInt64(bit % 64)
            var slot = bit / 8
            while slots[slot].piece >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Slot(key: key, piece: Int32(index))
        }
    }

    /// Runs `body` with what finds pieces, which is valid inside it only.
    @inline(__always)
    func withFinder(_ body: (Finder) -> Void) {
        slots.withUnsafeBufferPointer { slots in
            filter.withUnsafeBufferPointer { filter in
                longest.withUnsafeBufferPointer { longest in
                    guard let start = slots.baseAddress, let filter = filter.baseAddress,
                        let longest = longest.baseAddress
                    else { return }
                    body(
                        Finder(
                            slots: start,
                            mask: slots.count - 1,
                            shift: shift,
                            filter: filter,
                            longest: longest
                        )
                    )
                }
            }
        }
    }

    /// Finds pieces.
    ///
    /// - Ownership: the pointers outlive it, which exists inside `withFinder` only.
    struct Finder {
        fileprivate let slots: UnsafePointer<Slot>
        fileprivate let mask: Int
        fileprivate let shift: UInt64
        fileprivate let filter: UnsafePointer<UInt64>
        fileprivate let longest: UnsafePointer<UInt8>

        /// Asks for the memory that tells of a word.
        @inline(__always)
        func prefetch(_ key: ShortWord) {
            kernels_prefetch(slots + key.slot(shift: shift), MemoryLayout<Slot>.size)
        }

        /// The piece that is exactly the word, or -1.
        @inline(__always)
        func piece(_ key: ShortWord) -> Int32 { piece(key, from: key.slot(shift: shift)) }

        /// The longest piece that the first of a word's `count` bytes are, and how many of them; -1 and 0 if
        /// there is none.
        @inline(__always)
        func longestPiece(of word: ShortWord, _ count: Int) -> (piece: Int32, length: Int) {
            var length = min(count, Int(longest[word.startHash]))
            while length > 0 {
                // No piece ends inside a character.
                if length < count, word[length] & 0xC0 == 0x80 {
                    length -= 1
                    continue
                }
                let key = word.first(length)
                let bit = key.slot(shift: shift &- 3)
                if filter[bit / 64] &>> UInt64(bit % 64) & 1 != 0 {
                    let piece = piece(key, from: bit / 8)
                    if piece >= 0 { return (piece, length) }
                }
                length -= 1
            }
            return (-1, 0)
        }

        @inline(__always)
        private func piece(_ key: ShortWord, from first: Int) -> Int32 {
            var slot = first
            while true {
                let found = slots[slot]
                if found.key == key || found.piece < 0 { return found.piece }
                slot = (slot + 1) & mask
            }
        }
    }
}

extension ShortWord {
    /// Twelve random bits of its first four bytes.
    @inline(__always)
    fileprivate var startHash: Int {
        Int((UInt32(truncatingIfNeeded: low) &* 0x9E37_79B9) >> 20)
    }
}
