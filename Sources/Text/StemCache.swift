internal import Foundation

/// Remembers the stems of recent short words, since a text repeats most of its words.
///
/// Each word has one place, which a later word may take; so a lookup costs the same always, and
/// what is in the cache changes no result.
final class StemCache {
    /// A word, never of no bytes, and its stem.
    private struct Entry {
        /// Of no bytes in an empty entry.
        var word = ShortWord()
        var stem = ShortWord()
        var stemCount = 0
    }

    private static let sizeLogarithm: UInt64 = 16
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
    @inline(__always)
    func withStem(of word: ShortWord, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        let entry = entries[StemCache.slot(of: word)]
        guard entry.word == word else { return false }
        guard entry.stemCount > 0 else { return true }
        withUnsafeBytes(of: (entry.stem.low.littleEndian, entry.stem.high.littleEndian)) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) {
                body(UnsafeBufferPointer(rebasing: $0[..<entry.stemCount]))
            }
        }
        return true
    }

    /// Remembers the stem of a word, if it is short.
    func insert(_ word: ShortWord, stem: UnsafeBufferPointer<UInt8>) {
        guard let short = ShortWord(stem) else { return }
        entries[StemCache.slot(of: word)] = Entry(word: word, stem: short, stemCount: stem.count)
    }

    private static func slot(of word: ShortWord) -> Int { word.slot(shift: 64 - sizeLogarithm) }
}

extension String {
    /// Its canonical composition (NFC).
    var canonicallyComposed: String { precomposedStringWithCanonicalMapping }
}
