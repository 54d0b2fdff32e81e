public import Text

/// Counts the word pieces that the sentence encoder would make of a text.
public protocol PieceCounter: Sendable {
    /// The word pieces of `utf8`, without special pieces; counting may stop beyond `limit`.
    ///
    /// - Returns: the exact count where it is at most `limit`, otherwise any number above `limit`.
    func pieceCount(of utf8: UnsafeRawBufferPointer, limit: Int) -> Int
}

extension WordPieceTokenizer: PieceCounter {}

/// Counts by the bound that holds for every vocabulary, where no tokenizer is at hand.
public struct BoundingPieceCounter: PieceCounter {
    /// A counter without state.
    public init() {}

    public func pieceCount(of utf8: UnsafeRawBufferPointer, limit: Int) -> Int {
        PieceBound.upperBound(of: utf8, stopAbove: limit)
    }
}

/// A bound on the word pieces of a text that needs no vocabulary.
///
/// A piece holds at least one scalar of the normalized text (NFD, nonspacing marks removed, lower
/// case). By exhaustion over Unicode 15, a scalar normalizes to at most one scalar, except for
/// Indic and Balinese vowels (two), Hangul syllables (three) and scalars beyond U+FFFF (three).
/// So a table by the scalar's first byte bounds the pieces.
package enum PieceBound {
    /// At most this many pieces start in a scalar with the given first byte.
    static let piecesByLead: [UInt8] = (0...255).map { lead in
        switch lead {
        case 0...0x20, 0x7F...0xC1: 0
        case 0xE0, 0xE1: 2
        case 0xEA...0xED, 0xF0...0xFF: 3
        default: 1
        }
    }

    /// A number that the pieces of `utf8` cannot exceed; adding stops once above `stopAbove`.
    ///
    /// - Complexity: O(bytes), stopping early every 64 bytes.
    package static func upperBound(
        of utf8: UnsafeRawBufferPointer,
        stopAbove: Int = .max
    ) -> Int {
        piecesByLead.withUnsafeBufferPointer { table in
            var bound = 0
            var index = 0
            while index < utf8.count, bound <= stopAbove {
                let end = min(index + 64, utf8.count)
                while index < end {
                    bound += Int(table[Int(utf8[index])])
                    index += 1
                }
            }
            return bound
        }
    }
}
