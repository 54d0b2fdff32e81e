/// A word of up to sixteen bytes in two registers, the first byte lowest, zeros behind the last.
struct ShortWord: Sendable, Equatable {
    static let byteCount = 16

    var low: UInt64 = 0
    var high: UInt64 = 0

    init() {}

    /// The word of `bytes`, or nil if there are more than sixteen.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count <= ShortWord.byteCount else { return nil }
        for (index, byte) in bytes.enumerated() { set(byte, at: index) }
    }

    /// The lowercase of `length` ASCII letters and digits that begin at `start`.
    ///
    /// - Precondition: They lie in `text`, and are at most sixteen.
    @inline(__always)
    init(lowercasing text: UnsafeRawBufferPointer, at start: Int, length: Int) {
        if start + ShortWord.byteCount <= text.count {
            low = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            high = UInt64(
                littleEndian: text.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
            )
        } else {
            for index in 0..<length { set(text[start + index], at: index) }
        }
        // The bit that parts capitals from small letters is set in every digit.
        let lowercase: UInt64 = 0x2020_2020_2020_2020
        let lowBits = UInt64(8 * min(length, 8))
        let highBits = UInt64(8 * max(length - 8, 0))
        low = (low | lowercase) & ShortWord.mask(lowBits)
        high = (high | lowercase) & ShortWord.mask(highBits)
    }

    /// Sets a byte that is zero.
    @inline(__always)
    mutating func set(_ byte: UInt8, at position: Int) {
        if position < 8 {
            low |= UInt64(byte) &<< UInt64(8 * position)
        } else {
            high |= UInt64(byte) &<< UInt64(8 * position - 64)
        }
    }

    /// Random bits of the word's, as many as 64 less `shift`.
    @inline(__always)
    func slot(shift: UInt64) -> Int {
        let mixed = (low ^ high &* 0x9FB2_1C65_1E98_DF25) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift)
    }

    /// A number with its lowest bits set.
    @inline(__always)
    private static func mask(_ bits: UInt64) -> UInt64 { bits == 64 ? ~0 : ~(~0 &<< bits) }
}
