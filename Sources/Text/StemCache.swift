private import CKernels
internal import Foundation

/// Remembers the stems of recent short words, since a text repeats most of its words.
///
/// Each word has one place, which a later word may take; so a lookup costs the same always, and
/// what is in the cache changes no result.
final class StemCache {
    /// A word, never of no bytes, and its stem; half a cache line.
    private struct Entry {
        /// Of no bytes in an empty entry.
        var word = ShortWord()
        /// Of no bytes for a stop word.
        var stem = ShortWord()
    }

    private static let sizeLogarithm: UInt64 = 16
    private let entries: UnsafeMutablePointer<Entry>

    init() {
        let size = 1 << Int(StemCache.sizeLogarithm)
        let byteCount = size * MemoryLayout<Entry>.stride
        // The size of a large page: words are anywhere in it, and small pages would be misses of their own.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: byteCount)
        madvise(memory, byteCount, MADV_HUGEPAGE)
        entries = memory.initializeMemory(as: Entry.self, repeating: Entry(), count: size)
    }

    deinit { entries.deallocate() }

    /// Asks for the memory that tells of a word.
    @inline(__always)
    func prefetch(_ word: ShortWord) {
        // An entry lies in one line.
        kernels_prefetch(entries + StemCache.slot(of: word), 1)
    }

    /// Runs `body` with the stem of a word, if it is known; no bytes stand for a stop word.
    ///
    /// - Returns: Whether it is known.
    @inline(__always)
    func withStem(of word: ShortWord, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        let entry = entries[StemCache.slot(of: word)]
        guard entry.word == word else { return false }
        let count = entry.stem.count
        guard count > 0 else { return true }
        withUnsafeBytes(of: (entry.stem.low.littleEndian, entry.stem.high.littleEndian)) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) {
                body(UnsafeBufferPointer(rebasing: $0[..<count]))
            }
        }
        return true
    }

    /// Remembers the stem of a word, if it is short.
    func insert(_ word: ShortWord, stem: UnsafeBufferPointer<UInt8>) {
        guard let short = ShortWord(stem) else { return }
        entries[StemCache.slot(of: word)] = Entry(word: word, stem: short)
    }

    private static func slot(of word: ShortWord) -> Int { word.slot(shift: 64 - sizeLogarithm) }
}

extension String {
    /// Its canonical composition (NFC).
    var canonicallyComposed: String { precomposedStringWithCanonicalMapping }
}
