/// A lower-cased word of at most 16 bytes of UTF-8, compared and hashed without allocation.
package struct PackedWord: Hashable, Sendable {
    fileprivate let low: UInt64
    fileprivate let high: UInt64

    /// The word in `bytes[range]`, or nil where it is empty or longer than 16 bytes.
    package init?(_ bytes: borrowing [UInt8], _ range: Range<Int>) {
        guard !range.isEmpty, range.count <= 16 else { return nil }
        var halves: (low: UInt64, high: UInt64) = (0, 0)
        var shift: UInt64 = 0
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte < 0x80 {
                let small = UInt64(byte &- 0x41 < 26 ? byte | 0x20 : byte)
                if shift < 64 {
                    halves.low |= small << shift
                } else {
                    halves.high |= small << (shift - 64)
                }
                shift += 8
                index += 1
                continue
            }
            let (value, length) = Scalars.decode(bytes, at: index, end: range.upperBound)
            var packed = PackedWord.lowercased(value)
            var rest = length
            // A lower-case form here has as many bytes as its capital.
            var encoded: UInt64 = 0
            while rest > 1 {
                rest -= 1
                encoded |= UInt64(0x80 | packed & 0x3F) << (8 * UInt64(rest))
                packed >>= 6
            }
            let leads: [UInt32] = [0, 0, 0xC0, 0xE0, 0xF0]
            encoded |= UInt64(packed | leads[length])
            for offset in 0..<UInt64(length) {
                let byte = encoded >> (8 * offset) & 0xFF
                if shift < 64 {
                    halves.low |= byte << shift
                } else {
                    halves.high |= byte << (shift - 64)
                }
                shift += 8
            }
            index += length
        }
        (low, high) = halves
    }

    /// The words of a list separated by spaces; words beyond 16 bytes are left out.
    package static func words(_ list: String) -> [PackedWord] {
        list.split(whereSeparator: \.isWhitespace).compactMap { word in
            let bytes = Array(word.utf8)
            return PackedWord(bytes, 0..<bytes.count)
        }
    }

    /// The set of the words of a list.
    package static func set(_ list: String) -> PackedWordSet { PackedWordSet(words(list)) }

    /// The simple lower case of Latin, Greek and Cyrillic capitals whose UTF-8 length stays.
    private static func lowercased(_ value: UInt32) -> UInt32 {
        switch value {
        case 0x41...0x5A, 0xC0...0xD6, 0xD8...0xDE, 0x391...0x3A9, 0x410...0x42F: value + 0x20
        case 0x400...0x40F: value + 0x50
        case 0x100...0x12F, 0x132...0x137, 0x14A...0x177, 0x460...0x481, 0x48A...0x4BF,
            0x4D0...0x52F:
            value | 1
        case 0x139...0x148, 0x179...0x17E: value + (value & 1)
        default: value
        }
    }
}

/// A fixed set of words, found with one multiplication.
///
/// - Invariant: the slots are a power of two and at least half of them are empty.
package struct PackedWordSet: Sendable {
    private var slots: [PackedWord?]

    init(_ words: [PackedWord]) {
        var count = 4
        while count < 2 * words.count { count *= 2 }
        slots = Array(repeating: nil, count: count)
        for word in words {
            var slot = firstSlot(word)
            while let other = slots[slot], other != word { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = word
        }
    }

    /// Whether the set holds `word`.
    ///
    /// - Complexity: O(1) expected.
    package func contains(_ word: PackedWord) -> Bool {
        var slot = firstSlot(word)
        while let other = slots[slot] {
            if other == word { return true }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    private func firstSlot(_ word: PackedWord) -> Int {
        let mixed = (word.low ^ (word.high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40) & (slots.count - 1)
    }
}
