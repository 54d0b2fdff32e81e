internal import Foundation

/// Remembers the stems of recent short words, since a text repeats most of its words.
///
/// Each word has one place, which a later word may take; so a lookup costs the same always, and
/// what is in the cache changes no result.
final class StemCache {
    /// 16 bytes of word, 16 of stem, the length of each.
    private struct Entry {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var stemLow: UInt64 = 0
        var stemHigh: UInt64 = 0
        /// The word's bytes, 0 in an empty entry.
        var count: UInt8 = 0
        var stemCount: UInt8 = 0
    }

    private static let longestBytes = 16
    private static let sizeLogarithm: UInt64 = 14
    private let entries: UnsafeMutablePointer<Entry>

    init() {
        let size = 1 << Int(StemCache.sizeLogarithm)
        entries = .allocate(capacity: size)
        entries.initialize(repeating: Entry(), count: size)
    }

    deinit { entries.deallocate() }

    /// Runs `body` with the stem of a word, if it is known; no bytes stand for a stop word.
    ///
    /// - Returns: Whether it is known.
    func withStem(
        of word: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        guard word.count <= StemCache.longestBytes else { return false }
        let (low, high) = StemCache.load(word)
        let entry = entries[StemCache.slot(low, high)]
        guard Int(entry.count) == word.count, entry.low == low, entry.high == high else {
            return false
        }
        withUnsafeBytes(of: (entry.stemLow.littleEndian, entry.stemHigh.littleEndian)) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) {
                body(UnsafeBufferPointer(rebasing: $0[..<Int(entry.stemCount)]))
            }
        }
        return true
    }

    /// Remembers the stem of a word, if both are short.
    func insert(_ word: UnsafeBufferPointer<UInt8>, stem: UnsafeBufferPointer<UInt8>) {
        guard
            word.count <= StemCache.longestBytes,
            stem.count <= StemCache.longestBytes
        else { return }
        let (low, high) = StemCache.load(word)
        let (stemLow, stemHigh) = StemCache.load(stem)
        entries[StemCache.slot(low, high)] = Entry(
            low: low,
            high: high,
            stemLow: stemLow,
            stemHigh: stemHigh,
            count: UInt8(word.count),
            stemCount: UInt8(stem.count)
        )
    }

    private static func load(_ bytes: UnsafeBufferPointer<UInt8>) -> (low: UInt64, high: UInt64) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for index in 0..<min(bytes.count, 8) { low |= UInt64(bytes[index]) << UInt64(8 * index) }
        if bytes.count > 8 {
            for index in 8..<bytes.count { high |= UInt64(bytes[index]) << UInt64(8 * index - 64) }
        }
        return (low, high)
    }

    private static func slot(_ low: UInt64, _ high: UInt64) -> Int {
        let mixed = (low ^ (high &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93
        return Int(mixed >> (64 - sizeLogarithm))
    }
}

extension String {
    /// Its canonical composition (NFC).
    var canonicallyComposed: String { precomposedStringWithCanonicalMapping }
}
