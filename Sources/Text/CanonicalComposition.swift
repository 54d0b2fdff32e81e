// Foundation's composition on Linux leaves a syllable of Hangul and its last consonant apart, and takes
// U+1306F for U+306F; the standard library's own, by which strings are compared, is right.
@_spi(_Unicode) internal import Swift

/// Characters and the marks behind them as one character, where there is one: Unicode's form NFC.
///
/// - Source: Unicode Standard Annex #15.
enum CanonicalComposition {
    /// The first byte of U+0300; characters before it are as they should be.
    private static let leastChangedByte: UInt8 = 0xCC

    /// The composed text, in which bytes that are no text stay; nil if it is the same.
    ///
    /// - Complexity: O(n); text up to U+02FF is only looked through.
    static func composed(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.contains(where: { $0 >= leastChangedByte }) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let end = endOfCharacters(in: text, from: index)
            for scalar in String(decoding: text[index..<end], as: UTF8.self)._nfc {
                UTF8Validation.append(scalar, to: &result)
            }
            if end < text.count { result.append(text[end]) }
            index = end + 1
        }
        return result
    }

    /// Where the first byte is from `start` on that belongs to no character, or the end.
    private static func endOfCharacters(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while true {
            index = UTF8Validation.endOfASCII(text, from: index)
            guard index < text.count,
                case .valid(let length) = UTF8Validation.character(in: text, at: index)
            else { return index }
            index += length
        }
    }
}
