/// What a Unicode scalar does to the words around it.
enum LexicalClass: UInt8 {
    /// Ends a word: space, punctuation, symbols, controls.
    case separator
    /// Belongs to a word: letters, marks, digits.
    case word
    /// Belongs to a script that is written without spaces, which is cut into pairs.
    case unspaced
    /// Is left out without ending the word: joiners, soft hyphens, variation selectors.
    case ignored
}

/// The class of every scalar, and its lowercase.
///
/// Scalars below U+3000 come from a table that is made once; the others are looked up.
struct LexicalScalars: Sendable {
    /// What one scalar becomes.
    struct Rule {
        let kind: LexicalClass
        /// Its lowercase, or itself.
        let folded: UInt32
    }

    /// The one table of the process.
    static let shared = LexicalScalars()

    /// For ASCII the lowercase of a letter or digit, otherwise 0, as for the bytes beyond ASCII.
    let ascii: [UInt8]
    private let table: [Rule]
    private static let tableSize: UInt32 = 0x3000

    private init() {
        table = (0..<LexicalScalars.tableSize).map(LexicalScalars.rule)
        ascii = (UInt8.min...UInt8.max).map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: 0
            }
        }
    }

    /// The rule of a scalar.
    subscript(value: UInt32) -> Rule {
        value < LexicalScalars.tableSize ? table[Int(value)] : LexicalScalars.rule(of: value)
    }

    private static func rule(of value: UInt32) -> Rule {
        // Full-width forms stand for ASCII.
        if (0xFF01...0xFF5E).contains(value) { return rule(of: value - 0xFEE0) }
        guard let scalar = Unicode.Scalar(value) else {
            return Rule(kind: .separator, folded: value)
        }
        let properties = scalar.properties
        let kind = kind(of: scalar, properties)
        guard kind == .word, let lower = properties.lowercaseMapping.unicodeScalars.first
        else { return Rule(kind: kind, folded: value) }
        return Rule(kind: kind, folded: lower.value)
    }

    private static func kind(
        of scalar: Unicode.Scalar,
        _ properties: Unicode.Scalar.Properties
    ) -> LexicalClass {
        let category = properties.generalCategory
        if unspaced.contains(where: { $0.contains(scalar.value) }) {
            return isInWord(category) ? .unspaced : .separator
        }
        if category == .format || properties.isVariationSelector { return .ignored }
        return isInWord(category) ? .word : .separator
    }

    private static func isInWord(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .enclosingMark,
            .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    /// Thai and Lao, Tibetan and Myanmar, Khmer, Han with the kana and Bopomofo, Hangul.
    private static let unspaced: [ClosedRange<UInt32>] = [
        0x0E00...0x0EFF, 0x0F00...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x2E80...0x2FDF,
        0x3005...0x3007, 0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7FF,
        0xF900...0xFAFF, 0xFF66...0xFFDC, 0x1B000...0x1B16F, 0x20000...0x3FFFF,
    ]
}
