/// What a scalar means for the rules of sentence and line boundaries.
package enum ScalarKind: UInt8, Sendable {
    /// A space, a tab, a no-break or ideographic space, a byte-order mark.
    case space
    /// Any line end: LF, CR, VT, FF, NEL, line and paragraph separators.
    case newline
    case upper
    case lower
    /// A letter of a script without case.
    case letter
    case digit
    /// A nonspacing mark or a formatting character, part of what it follows.
    case mark
    /// `.` and its like, which may also end an abbreviation.
    case period
    /// `!` and `?` in scripts with spaces.
    case exclamation
    /// `…`
    case ellipsis
    /// A terminator that needs no space behind it: `。`, `।`, `؟` and so on.
    case strongTerminator
    /// `"` and `'`, which open or close by context.
    case straightQuote
    /// A typographic quote, which opens or closes by language.
    case quote
    case opener
    case closer
    /// A comma, semicolon or colon of any script.
    case clause
    case dash
    case bullet
    case other
}

/// Classification of UTF-8 without allocation.
package enum Scalars {
    /// The scalar at `index` and its length; a byte that starts no scalar counts as U+FFFD.
    ///
    /// - Precondition: `index < end <= bytes.count`.
    @inline(__always)
    package static func decode(
        _ bytes: [UInt8],
        at index: Int,
        end: Int
    ) -> (value: UInt32, length: Int) {
        let lead = bytes[index]
        if lead < 0x80 { return (UInt32(lead), 1) }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0
        guard length > 0, index + length <= end else { return (0xFFFD, 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return (value, length)
    }

    /// The start of the scalar that ends before `index`, not before `start`.
    @inline(__always)
    package static func previous(_ bytes: [UInt8], before index: Int, start: Int) -> Int {
        var position = index - 1
        while position > start, bytes[position] & 0xC0 == 0x80, index - position < 4 {
            position -= 1
        }
        return position
    }

    /// The kind of a scalar.
    @inline(__always)
    package static func kind(_ value: UInt32) -> ScalarKind {
        // Before the others, since most scalars are these, and tables of a type are asked for with a call.
        if value &- 0x61 < 26 { return .lower }
        if value &- 0x41 < 26 { return .upper }
        return value < 0x80 ? ascii(UInt8(truncatingIfNeeded: value)) : wide(value)
    }

    /// The kind of a scalar of ASCII that is no letter.
    private static func ascii(_ value: UInt8) -> ScalarKind {
        switch value {
        case 0x0A...0x0D: .newline
        case 0...0x20, 0x7F: .space
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "."): .period
        case UInt8(ascii: "!"), UInt8(ascii: "?"): .exclamation
        case UInt8(ascii: "\""), UInt8(ascii: "'"): .straightQuote
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): .opener
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): .closer
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"): .clause
        case UInt8(ascii: "-"): .dash
        default: .other
        }
    }

    private static func wide(_ value: UInt32) -> ScalarKind {
        switch value {
        case 0x85, 0x2028, 0x2029: .newline
        case 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000, 0xFEFF: .space
        case 0x200C...0x200F, 0x202A...0x202E, 0x2060...0x206F: .mark
        case 0xAB, 0xBB, 0x2018...0x201F, 0x2039, 0x203A: .quote
        case 0xA1, 0xBF, 0x2045, 0x2E28: .opener
        case 0x300C, 0x300E, 0x300A, 0x3008, 0x3010, 0x3014, 0x3016, 0x3018, 0x301A, 0x301D,
            0xFF08, 0xFF3B, 0xFF5B, 0xFF5F, 0xFF62, 0xFE41, 0xFE43:
            .opener
        case 0x300D, 0x300F, 0x300B, 0x3009, 0x3011, 0x3015, 0x3017, 0x3019, 0x301B, 0x301E, 0x301F,
            0xFF09, 0xFF3D, 0xFF5D, 0xFF60, 0xFF63, 0xFE42, 0xFE44:
            .closer
        case 0x2010...0x2015, 0x2212, 0x301C, 0xFF5E, 0x2E3A, 0x2E3B: .dash
        case 0x2022, 0x2023, 0x2043, 0x25AA, 0x25CF, 0x25E6, 0x25A0, 0x25B6, 0x27A2, 0xF0B7,
            0x2219, 0x25AB, 0x25CB, 0x2713, 0x27A4:
            .bullet
        case 0x2026, 0x22EF: .ellipsis
        case 0x2024, 0x2025: .period
        case 0x203C, 0x203D, 0x2047...0x2049: .exclamation
        case 0x60C, 0x61B, 0x3001, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF64, 0x1363...0x1366, 0x104A, 0x55D,
            0x387, 0x1802, 0x1808:
            .clause
        case 0x0589, 0x061D...0x061F, 0x06D4, 0x0700...0x0702, 0x07F9, 0x0837, 0x0839, 0x083D,
            0x083E, 0x0964, 0x0965, 0x0F0D...0x0F11, 0x104B, 0x1362, 0x1367, 0x1368, 0x166E, 0x1735,
            0x1736, 0x17D4, 0x17D5, 0x1803, 0x1809, 0x1944, 0x1945, 0x1AA8...0x1AAB, 0x1B5A, 0x1B5B,
            0x1B5E, 0x1B5F, 0x1C3B, 0x1C3C, 0x1C7E, 0x1C7F, 0x2CF9...0x2CFB, 0x2E2E, 0x3002, 0xA4FF,
            0xA60E, 0xA60F, 0xA6F3, 0xA6F7, 0xA876, 0xA877, 0xA8CE, 0xA8CF, 0xA92F, 0xA9C8, 0xA9C9,
            0xAA5D...0xAA5F, 0xAAF0, 0xAAF1, 0xABEB, 0xFE52, 0xFE56, 0xFE57, 0xFF01, 0xFF0E, 0xFF1F,
            0xFF61, 0x11047, 0x11048, 0x110BE...0x110C1, 0x11141...0x11143, 0x111C5, 0x111C6:
            .strongTerminator
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF66...0xFF9F,
            0x20000...0x3FFFF:
            .letter
        default: property(value)
        }
    }

    private static func property(_ value: UInt32) -> ScalarKind {
        guard let scalar = Unicode.Scalar(value) else { return .other }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter: .upper
        case .lowercaseLetter: .lower
        case .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .digit
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: .mark
        case .openPunctuation: .opener
        case .closePunctuation: .closer
        case .initialPunctuation, .finalPunctuation: .quote
        case .dashPunctuation: .dash
        case .spaceSeparator: .space
        default: .other
        }
    }
}
