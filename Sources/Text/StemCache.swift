private import CKernels
internal import Foundation

/// Remembers the stems of recent short words, since a text repeats most of its words.
///
/// Each word has a place for it and one other, the one that came before it; so a lookup costs the same
/// always, and what is in the cache changes no result.
final class StemCache {
    /// A word, never of no bytes, and its stem; half a cache line.
    private struct Entry {
        /// Of no bytes in an empty entry.
        var word = ShortWord()
        /// Of no bytes for a stop word.
        var stem = ShortWord()
    }

    /// The last two words of a place, the later one first; a cache line.
    private struct Place {
        var last = Entry()
        var secondLast = Entry()
    }

    private static let sizeLogarithm: UInt64 = 15
    private let places: UnsafeMutablePointer<Place>

    init() {
        let size = 1 << Int(StemCache.sizeLogarithm)
        let byteCount = size * MemoryLayout<Place>.stride
        // The size of a large page: words are anywhere in it, and small pages would be misses of their own.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: byteCount)
        madvise(memory, byteCount, MADV_HUGEPAGE)
        places = memory.initializeMemory(as: Place.self, repeating: Place(), count: size)
    }

    deinit { places.deallocate() }

    /// Asks for the memory that tells of a word.
    @inline(__always)
    func prefetch(_ word: ShortWord) {
        kernels_prefetch(places + StemCache.slot(of: word), 1)
    }

    /// Runs `body` with the stem of a word, if it is known; no bytes stand for a stop word.
    ///
    /// - Returns: Whether it is known.
    @inline(__always)
    func withStem(of word: ShortWord, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        let place = places + StemCache.slot(of: word)
        var stem = place.pointee.last.stem
        if place.pointee.last.word != word {
            guard place.pointee.secondLast.word == word else { return false }
            stem = place.pointee.secondLast.stem
        }
        let count = stem.count
        guard count > 0 else { return true }
        withUnsafeBytes(of: (stem.low.littleEndian, stem.high.littleEndian)) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) {
                body(UnsafeBufferPointer(rebasing: $0[..<count]))
            }
        }
        return true
    }

    /// Remembers the stem of a word, if it is short.
    func insert(_ word: ShortWord, stem: UnsafeBufferPointer<UInt8>) {
        guard let short = ShortWord(stem) else { return }
        let place = places + StemCache.slot(of: word)
        place.pointee = Place(last: Entry(word: word, stem: short), secondLast: place.pointee.last)
    }

    private static func slot(of word: ShortWord) -> Int { word.slot(shift: 64 - sizeLogarithm) }
}

extension String {
    /// Its canonical composition (NFC).
    var canonicallyComposed: String { precomposedStringWithCanonicalMapping }
}
