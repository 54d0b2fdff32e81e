/// The number or letter that opens a list item: `3.`, `b)`, `(iv)`, `2.)`.
package struct Enumerator: Sendable, Equatable {
    /// How the value is written.
    package enum Numbering: UInt8, Sendable {
        case arabic
        case lowerLetter
        case upperLetter
        case lowerRoman
        case upperRoman
    }

    /// How the value is written; a letter that is also a Roman numeral counts as a letter.
    package let numbering: Numbering
    /// The value, counted from 1 for letters.
    package let value: Int
    /// The value as a Roman numeral, where it is one.
    package let romanValue: Int?
    /// The punctuation: 1 for an opening bracket, 2 for a period, 4 for a closing bracket, added.
    package let style: UInt8
    /// Where the enumerator ends.
    package let end: Int

    /// The enumerator at `position`, or nil where there is none.
    package init?(bytes: borrowing [UInt8], at position: Int, end limit: Int) {
        var index = position
        var style: UInt8 = 0
        if index < limit, bytes[index] == UInt8(ascii: "(") {
            style |= 1
            index += 1
        }
        let valueStart = index
        // Most words are told from numbers by their first two letters.
        if index + 1 < limit, bytes[index] >= 0x41, isASCIIAlphanumeric(bytes[index + 1]),
            !Self.isRomanDigit(bytes[index]) || !Self.isRomanDigit(bytes[index + 1])
        {
            return nil
        }
        while index < limit, index - valueStart < 6, isASCIIAlphanumeric(bytes[index]) {
            index += 1
        }
        guard index < limit, index > valueStart,
            bytes[index] == UInt8(ascii: ".") || bytes[index] == UInt8(ascii: ")"),
            let parsed = Self.parse(bytes[valueStart..<index])
        else { return nil }
        if index < limit, bytes[index] == UInt8(ascii: ".") {
            style |= 2
            index += 1
        }
        if index < limit, bytes[index] == UInt8(ascii: ")") {
            style |= 4
            index += 1
        }
        guard style & 1 == 0 || style & 4 != 0 else { return nil }
        (numbering, value, romanValue) = parsed
        self.style = style
        end = index
    }

    /// Whether this is the item after `previous` in the same list.
    package func follows(_ previous: Enumerator) -> Bool {
        guard style == previous.style else { return false }
        if numbering == previous.numbering, value == previous.value + 1 { return true }
        guard let romanValue, let previousRoman = previous.romanValue else { return false }
        return romanValue == previousRoman + 1
    }

    private static func parse(
        _ text: ArraySlice<UInt8>
    ) -> (numbering: Numbering, value: Int, romanValue: Int?)? {
        guard let first = text.first else { return nil }
        if (0x30...0x39).contains(first) {
            guard text.count <= 3 else { return nil }
            var value = 0
            for byte in text {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return (.arabic, value, nil)
        }
        let isUpper = first < 0x61
        guard text.allSatisfy({ ($0 < 0x61) == isUpper && $0 > 0x40 }) else { return nil }
        let roman = romanValue(text)
        if text.count == 1 {
            return (isUpper ? .upperLetter : .lowerLetter, Int((first | 0x20) - 0x60), roman)
        }
        guard let roman else { return nil }
        return (isUpper ? .upperRoman : .lowerRoman, roman, roman)
    }

    /// Whether a byte is one of `c`, `d`, `i`, `l`, `m`, `v` and `x` in either case.
    private static func isRomanDigit(_ byte: UInt8) -> Bool {
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 26 && (0b1010_0000_0001_1001_0000_1100 as UInt32) >> UInt32(letter) & 1 != 0
    }

    /// The value of a Roman numeral in either case, or nil where it is none.
    package static func romanValue(_ text: ArraySlice<UInt8>) -> Int? {
        guard !text.isEmpty else { return nil }
        var total = 0
        var previous = 0
        for byte in text.reversed() {
            let digit: Int
            switch byte | 0x20 {
            case UInt8(ascii: "i"): digit = 1
            case UInt8(ascii: "v"): digit = 5
            case UInt8(ascii: "x"): digit = 10
            case UInt8(ascii: "l"): digit = 50
            case UInt8(ascii: "c"): digit = 100
            case UInt8(ascii: "d"): digit = 500
            case UInt8(ascii: "m"): digit = 1000
            default: return nil
            }
            total += digit < previous ? -digit : digit
            previous = max(previous, digit)
        }
        return total
    }
}
