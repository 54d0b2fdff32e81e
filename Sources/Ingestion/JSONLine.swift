private import Text

/// One line of NDJSON: the members of its object, strings decoded, other values as they are written.
struct JSONLine {
    /// A member of the object.
    struct Member: Equatable {
        let key: [UInt8]
        /// The decoded string, or the JSON text of any other value.
        let value: [UInt8]
        let isString: Bool
        /// Where the value begins in the line.
        let offset: Int
    }

    /// Why a line is not an object, and at which byte of it.
    struct Failure: Error, Equatable {
        let offset: Int
        let reason: String
    }

    /// How deep values may be nested.
    static let maximumDepth = 128

    /// The members in their order; of members with one key, all.
    private(set) var members: [Member] = []

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    /// Reads a line, strictly by RFC 8259.
    init(_ line: UnsafeBufferPointer<UInt8>) throws(Failure) {
        bytes = line
        skipSpace()
        try expect(UInt8(ascii: "{"), "expected an object")
        skipSpace()
        if peek == UInt8(ascii: "}") {
            index += 1
        } else {
            try readMembers()
        }
        skipSpace()
        guard index == bytes.count else { throw failure("expected the end of the line") }
    }

    /// The value of the last member with a key that is a string.
    func string(_ key: String) -> [UInt8]? {
        members.last { $0.key.elementsEqual(key.utf8) && $0.isString }?.value
    }

    /// The value of the last member with a key.
    func member(_ key: String) -> Member? {
        members.last { $0.key.elementsEqual(key.utf8) }
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func failure(_ reason: String) -> Failure { Failure(offset: index, reason: reason) }

    private mutating func readMembers() throws(Failure) {
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
            let key = try readString()
            skipSpace()
            try expect(UInt8(ascii: ":"), "expected `:`")
            skipSpace()
            let isString = peek == UInt8(ascii: "\"")
            let start = index
            let value: [UInt8]
            if isString {
                value = try readString()
            } else {
                try skipValue(depth: 0)
                value = Array(bytes[start..<index])
            }
            members.append(Member(key: key, value: value, isString: isString, offset: start))
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            index += 1
        }
        try expect(UInt8(ascii: "}"), "expected `,` or `}`")
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            index += 1
        }
    }

    private mutating func expect(_ byte: UInt8, _ reason: String) throws(Failure) {
        guard peek == byte else { throw failure(reason) }
        index += 1
    }

    private mutating func skipValue(depth: Int) throws(Failure) {
        guard depth < Self.maximumDepth else { throw failure("nested too deeply") }
        switch peek {
        case UInt8(ascii: "\""): _ = try readString()
        case UInt8(ascii: "{"): try skipContainer(end: UInt8(ascii: "}"), depth: depth)
        case UInt8(ascii: "["): try skipContainer(end: UInt8(ascii: "]"), depth: depth)
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: try skipNumber()
        }
    }

    private mutating func skipContainer(end: UInt8, depth: Int) throws(Failure) {
        index += 1
        skipSpace()
        if peek == end {
            index += 1
            return
        }
        while true {
            skipSpace()
            if end == UInt8(ascii: "}") {
                guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
                _ = try readString()
                skipSpace()
                try expect(UInt8(ascii: ":"), "expected `:`")
                skipSpace()
            }
            try skipValue(depth: depth + 1)
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            index += 1
        }
        try expect(end, "expected `,` or the end of the list")
    }

    private mutating func skipWord(_ word: StaticString) throws(Failure) {
        let end = index + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer {
            end <= bytes.count && bytes[index..<end].elementsEqual($0)
        }
        guard matches else { throw failure("expected a value") }
        index = end
    }

    private mutating func skipNumber() throws(Failure) {
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
        if peek == UInt8(ascii: "-") { index += 1 }
        guard isDigit(peek) else { throw failure("expected a value") }
        let startsWithZero = peek == UInt8(ascii: "0")
        index += 1
        while !startsWithZero, isDigit(peek) { index += 1 }
        if peek == UInt8(ascii: ".") {
            index += 1
            guard isDigit(peek) else { throw failure("expected a digit") }
            while isDigit(peek) { index += 1 }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            guard isDigit(peek) else { throw failure("expected a digit") }
            while isDigit(peek) { index += 1 }
        }
    }

    /// Reads a string from its opening quote on.
    private mutating func readString() throws(Failure) -> [UInt8] {
        index += 1
        var value: [UInt8] = []
        var copied = index
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                value.append(contentsOf: bytes[copied..<index])
                index += 1
                return value
            case UInt8(ascii: "\\"):
                value.append(contentsOf: bytes[copied..<index])
                index += 1
                try readEscape(into: &value)
                copied = index
            case 0..<0x20: throw failure("a control character in a string")
            default: index += 1
            }
        }
        throw failure("the string does not end")
    }

    private mutating func readEscape(into value: inout [UInt8]) throws(Failure) {
        guard let byte = peek else { throw failure("the string does not end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): value.append(byte)
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0C)
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "r"): value.append(0x0D)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try readUnit()
            UTF8Validation.append(try scalar(from: unit), to: &value)
        default:
            index -= 1
            throw failure("unknown escape")
        }
    }

    /// The character of an escape; a lone surrogate becomes U+FFFD, as UTF-8 cannot hold it.
    private mutating func scalar(from unit: UInt16) throws(Failure) -> Unicode.Scalar {
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        let rest = bytes[index...]
        guard rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return "\u{FFFD}" }
        let before = index
        index += 2
        let trail = try readUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            index = before
            return "\u{FFFD}"
        }
        let value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(trail & 0x3FF))
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private mutating func readUnit() throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch peek {
            case let byte? where (0x30...0x39).contains(byte): digit = byte - 0x30
            case let byte? where (0x41...0x46).contains(byte & 0xDF): digit = (byte & 0xDF) - 0x37
            default: throw failure("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }
}
