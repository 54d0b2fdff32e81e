/// What a scalar is to the rules that cut words out for byte-pair encoding.
enum WordScalarKind: UInt8 {
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `[\r\n]`
    case newline
    /// `\s` but for those.
    case space
    /// Anything else, a byte that is no UTF-8 among it.
    case other

    /// Whether it is `\s`.
    var isSpace: Bool { self == .newline || self == .space }
}

/// Text whose scalars are looked at one at a time.
struct ClassifiedText {
    let bytes: UnsafeRawBufferPointer
    private let table = ClassifiedText.table

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// What stands at a byte, or nil at the end.
    func kind(at index: Int) -> WordScalarKind? {
        guard index < bytes.count else { return nil }
        if bytes[index] < 0x80 { return table[Int(bytes[index])] }
        guard let scalar = scalar(at: index) else { return .other }
        return scalar.value < table.count ? table[Int(scalar.value)] : Self.kind(of: scalar)
    }

    /// Bytes of what stands at a byte, 1 for one that is no UTF-8.
    func length(at index: Int) -> Int {
        guard bytes[index] >= 0x80,
            case .valid(let length) = UTF8Validation.character(in: bytes, at: index)
        else { return 1 }
        return length
    }

    /// Whether `\p{P}` stands at a byte.
    func isPunctuation(at index: Int) -> Bool {
        guard let scalar = scalar(at: index) else { return false }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    /// Whether one of `[一-龥ࠀ-一가-퟿]` stands at a byte.
    func isEastAsian(at index: Int) -> Bool {
        guard let scalar = scalar(at: index) else { return false }
        return (0x0800...0x9FA5).contains(scalar.value) || (0xAC00...0xD7FF).contains(scalar.value)
    }

    /// The end of the scalars of a kind that stand at `start`.
    func endOfRun(of kind: WordScalarKind, at start: Int) -> Int {
        var index = start
        while self.kind(at: index) == kind { index += length(at: index) }
        return index
    }

    /// The end of `\s*[\r\n]+`, or nil.
    func endOfNewlines(at start: Int) -> Int? {
        var index = start
        var end: Int?
        while let kind = kind(at: index), kind.isSpace {
            index += length(at: index)
            if kind == .newline { end = index }
        }
        return end
    }

    /// The end of `'s|'t|'re|'ve|'m|'ll|'d`, or nil.
    func endOfContraction(at start: Int, ignoresCase: Bool) -> Int? {
        guard bytes[start] == UInt8(ascii: "'") else { return nil }
        func letter(_ distance: Int) -> UInt8 {
            guard start + distance < bytes.count else { return 0 }
            let byte = bytes[start + distance]
            return ignoresCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        switch (letter(1), letter(2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
            (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default: return nil
        }
    }

    private func scalar(at index: Int) -> Unicode.Scalar? {
        let first = UInt32(bytes[index])
        if first < 0x80 { return Unicode.Scalar(first) }
        guard case .valid(let length) = UTF8Validation.character(in: bytes, at: index) else {
            return nil
        }
        var value = first & (0x7F >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// The kinds of the scalars below U+3000, made once; the others are looked up.
    private static let table: [WordScalarKind] = (0..<UInt32(0x3000)).map { value in
        Unicode.Scalar(value).map(kind) ?? .other
    }

    private static func kind(of scalar: Unicode.Scalar) -> WordScalarKind {
        if scalar == "\r" || scalar == "\n" { return .newline }
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .other
        }
    }
}
