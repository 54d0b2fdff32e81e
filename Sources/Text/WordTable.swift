/// The pieces that are whole words of up to 16 bytes, found in one step by their bytes.
///
/// A word of the vocabulary is its own longest piece, so it needs no walk through the trie; in
/// English text that is nine words of ten.
/// - Complexity: a lookup reads a slot or two; 30,522 pieces take 1.5 MB, of which running text
///   touches the few hundred kilobytes of its frequent words.
struct WordTable: Sendable {
    struct Slot: Sendable {
        var key = ShortWord()
        /// The word's piece, or -1 where the slot is empty.
        var piece: Int32 = -1
    }

    /// A power of two, at most half of it taken; behind the last comes the first.
    private(set) var slots: [Slot]
    let shift: UInt64

    /// The short ones among `pieces`; the index of each is its identifier.
    init(pieces: [[UInt8]]) {
        // No text yields a zero byte, and zeros fill up a key.
        let short = pieces.indices.filter {
            (1...ShortWord.byteCount).contains(pieces[$0].count) && !pieces[$0].contains(0)
        }
        var bits = 4
        while 1 << bits < 2 * short.count { bits += 1 }
        shift = UInt64(64 - bits)
        slots = [Slot](repeating: Slot(), count: 1 << bits)
        for index in short {
            var key = ShortWord()
            for (position, byte) in pieces[index].enumerated() { key.set(byte, at: position) }
            var slot = key.slot(shift: shift)
            while slots[slot].piece >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Slot(key: key, piece: Int32(index))
        }
    }

    /// The piece that is exactly the word, or -1; `slots` are this table's.
    @inline(__always)
    func piece(_ key: ShortWord, in slots: UnsafePointer<Slot>, mask: Int) -> Int32 {
        var slot = key.slot(shift: shift)
        while true {
            let found = slots[slot]
            if found.key == key || found.piece < 0 { return found.piece }
            slot = (slot + 1) & mask
        }
    }
}
