// Foundation's composition on Linux leaves a syllable of Hangul and its last consonant apart, and takes
// U+1306F for U+306F; the standard library's own, by which strings are compared, is right.
@_spi(_Unicode) internal import Swift

/// Characters and the marks behind them as one character, where there is one: Unicode's form NFC.
///
/// - Source: Unicode Standard Annex #15.
package enum CanonicalComposition {
    /// The composed text, in which bytes that are no text stay; nil if it is the same.
    ///
    /// - Complexity: O(n); text without marks is only looked through in most scripts.
    package static func composed(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !isComposed(text) else { return nil }
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

    /// Whether a text is composed as far as its characters' ranges tell.
    private static func isComposed(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while true {
            index = UTF8Validation.endOfASCII(text, from: index)
            guard index < text.count else { return true }
            guard case .valid(let length) = UTF8Validation.character(in: text, at: index) else {
                index += 1
                continue
            }
            var value = UInt32(text[index]) & (0x7F >> UInt32(length))
            for offset in 1..<length { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
            guard isAlwaysComposed(value) else { return false }
            index += length
        }
    }

    /// Whether a character is one that stands for itself and joins none before it: those of whole ranges
    /// in which all do.
    package static func isAlwaysComposed(_ value: UInt32) -> Bool {
        switch value {
        case ...0x2FF, 0x400...0x482, 0x48A...0x590, 0x620...0x64A, 0x1E00...0x1EFF,
            0x2010...0x20CF, 0x3000...0x3029, 0x3030...0x3098, 0x309B...0x30FF, 0x3400...0x9FFF,
            0xAC00...0xD7A3, 0xFF00...0xFFEF, 0x1F000...0x1FAFF:
            true
        default: false
        }
    }
}
