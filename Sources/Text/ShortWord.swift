private import CKernels

/// A word of up to sixteen bytes in two registers, the first byte lowest, zeros behind the last.
struct ShortWord: Sendable, Equatable {
    static let byteCount = 16

    var low: UInt64 = 0
    var high: UInt64 = 0

    /// How many bytes it has, if none of them is zero.
    @inline(__always)
    var count: Int {
        ShortWord.byteCount
            - (high == 0 ? 64 + low.leadingZeroBitCount : high.leadingZeroBitCount) / 8
    }

    init() {}

    /// The word of `bytes`, or nil if there are more than sixteen.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count <= ShortWord.byteCount else { return nil }
        for (index, byte) in bytes.enumerated() { set(byte, at: index) }
    }

    /// The lowercase of the ASCII letters and digits that begin at `start`, and how many they are.
    ///
    /// Of more than sixteen only the first are in the word.
    ///
    /// - Precondition: `start` lies in `text`.
    @inline(__always)
    static func lowercasing(
        _ text: UnsafeRawBufferPointer,
        at start: Int
    ) -> (word: ShortWord, length: Int) {
        guard let base = text.baseAddress else { return (ShortWord(), 0) }
        let bytes = base.assumingMemoryBound(to: UInt8.self) + start
        if start + byteCount <= text.count { return wordOf(kernels_read_word(bytes)) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { room in
            room.initialize(repeating: 0)
            guard let place = room.baseAddress else { return (ShortWord(), 0) }
            place.update(from: bytes, count: text.count - start)
            return wordOf(kernels_read_word(place))
        }
    }

    @inline(__always)
    private static func wordOf(_ read: kernels_word) -> (word: ShortWord, length: Int) {
        var word = ShortWord()
        (word.low, word.high) = (read.low, read.high)
        return (word, read.length)
    }

    /// The word of sixteen bytes.
    @inline(__always)
    init(loading bytes: UnsafePointer<UInt8>) {
        let raw = UnsafeRawPointer(bytes)
        low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        high = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Its first bytes.
    @inline(__always)
    func first(_ count: Int) -> ShortWord {
        var word = self
        word.low &= ShortWord.mask(bytes: min(count, 8))
        word.high &= ShortWord.mask(bytes: max(count - 8, 0))
        return word
    }

    /// The bytes behind the first `count`, of which there is one at least.
    @inline(__always)
    func dropFirst(_ count: Int) -> ShortWord {
        var word = ShortWord()
        if count < 8 {
            // Shifted in two steps, since a shift by all bits would be one by none.
            let shift = UInt64(8 * count)
            word.low = low &>> shift | (high &<< (56 - shift)) &<< 8
            word.high = high &>> shift
        } else if count < 16 {
            word.low = high &>> UInt64(8 * count - 64)
        }
        return word
    }

    /// One of its bytes.
    @inline(__always)
    subscript(position: Int) -> UInt8 {
        let half = position < 8 ? low : high
        return UInt8(truncatingIfNeeded: half &>> UInt64(8 * (position % 8)))
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

    /// A number whose lowest bytes are all ones.
    @inline(__always)
    private static func mask(bytes: Int) -> UInt64 {
        bytes == 8 ? ~0 : ~(~0 &<< UInt64(8 * bytes))
    }
}
