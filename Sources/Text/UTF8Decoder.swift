/// Turns a byte stream into valid UTF-8, cut anywhere.
///
/// A byte-order mark at the start is dropped, and one of UTF-16 makes the stream be read as that.
/// Carriage returns and NULs are text like any other and stay. What is not valid is replaced by
/// U+FFFD, one for each maximal part of a character, as browsers and Python do, or refused.
///
/// - Source: The Unicode Standard 16.0, §3.9, tables 3-7 and 3-8; WHATWG Encoding, UTF-8 decoder.
public struct UTF8Decoder: Sendable {
    /// What to do with bytes that are not text.
    public enum InvalidBytes: Sendable {
        /// Put U+FFFD in their place.
        case replaced
        /// Throw `TextError.invalidBytes`.
        case refused
    }

    private enum Encoding {
        case undecided, utf8, utf16(isBigEndian: Bool), single(SingleByteEncoding)
    }

    private let invalidBytes: InvalidBytes
    private var encoding: Encoding
    /// The beginning of a character, or of the stream, whose rest has not come; at most 3 bytes.
    private var pending: [UInt8] = []
    private var highSurrogate: UInt16?
    /// The offset in the input of the next byte that is not in `pending`.
    private var inputOffset = 0
    /// How many replacements were made.
    public private(set) var replacementCount = 0
    /// The offset in the input of the first bytes that were not text.
    public private(set) var firstInvalidOffset: Int?

    /// A decoder at the start of a stream.
    ///
    /// - Parameters:
    ///   - invalidBytes: What to do with bytes that are not text.
    ///   - encoding: A single-byte encoding to read the stream as, instead of UTF-8.
    public init(invalidBytes: InvalidBytes = .replaced, encoding: SingleByteEncoding? = nil) {
        self.invalidBytes = invalidBytes
        self.encoding = encoding.map(Encoding.single) ?? .undecided
    }

    /// Appends the text of the next bytes to `output`.
    ///
    /// - Throws: `TextError.invalidBytes` if they are refused.
    public mutating func decode(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(TextError) {
        guard !bytes.isEmpty else { return }
        if pending.isEmpty, case .utf8 = encoding {
            return try decodeUTF8(bytes, isLast: false, into: &output)
        }
        let all = pending + Array(bytes)
        inputOffset -= pending.count
        pending = []
        try all.withUnsafeBufferPointer { buffer throws(TextError) in
            try dispatch(UnsafeRawBufferPointer(buffer), isLast: false, into: &output)
        }
    }

    /// Ends the stream: a character whose rest did not come is invalid.
    ///
    /// - Throws: `TextError.invalidBytes` if that is refused.
    public mutating func finish(into output: inout [UInt8]) throws(TextError) {
        let rest = pending
        inputOffset -= rest.count
        pending = []
        try rest.withUnsafeBufferPointer { buffer throws(TextError) in
            try dispatch(UnsafeRawBufferPointer(buffer), isLast: true, into: &output)
        }
        if highSurrogate != nil {
            highSurrogate = nil
            try replace(at: inputOffset, into: &output)
        }
    }

    private mutating func dispatch(
        _ bytes: UnsafeRawBufferPointer,
        isLast: Bool,
        into output: inout [UInt8]
    ) throws(TextError) {
        switch encoding {
        case .undecided:
            guard bytes.count >= 3 || isLast else {
                pending = Array(bytes)
                inputOffset += bytes.count
                return
            }
            let skipped = decide(bytes)
            inputOffset += skipped
            try dispatch(.init(rebasing: bytes[skipped...]), isLast: isLast, into: &output)
        case .utf8: try decodeUTF8(bytes, isLast: isLast, into: &output)
        case .utf16(let isBigEndian):
            try decodeUTF16(bytes, isBigEndian: isBigEndian, isLast: isLast, into: &output)
        case .single(let table):
            for byte in bytes { table.append(byte, to: &output) }
            inputOffset += bytes.count
        }
    }

    /// Looks for a byte-order mark; returns its length.
    private mutating func decide(_ bytes: UnsafeRawBufferPointer) -> Int {
        encoding = .utf8
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        if bytes.starts(with: [0xFE, 0xFF]) {
            encoding = .utf16(isBigEndian: true)
            return 2
        }
        if bytes.starts(with: [0xFF, 0xFE]) {
            encoding = .utf16(isBigEndian: false)
            return 2
        }
        return 0
    }

    private mutating func decodeUTF8(
        _ bytes: UnsafeRawBufferPointer,
        isLast: Bool,
        into output: inout [UInt8]
    ) throws(TextError) {
        var copied = 0
        var index = 0
        while index < bytes.count {
            index = UTF8Validation.endOfASCII(bytes, from: index)
            guard index < bytes.count else { break }
            switch UTF8Validation.character(in: bytes, at: index) {
            case .valid(let length): index += length
            case .invalid(let length):
                output.append(contentsOf: bytes[copied..<index])
                try replace(at: inputOffset + index, into: &output)
                index += length
                copied = index
            case .truncated where isLast:
                output.append(contentsOf: bytes[copied..<index])
                try replace(at: inputOffset + index, into: &output)
                index = bytes.count
                copied = index
            case .truncated:
                output.append(contentsOf: bytes[copied..<index])
                pending = Array(bytes[index...])
                inputOffset += bytes.count
                return
            }
        }
        output.append(contentsOf: bytes[copied..<index])
        inputOffset += bytes.count
    }

    private mutating func decodeUTF16(
        _ bytes: UnsafeRawBufferPointer,
        isBigEndian: Bool,
        isLast: Bool,
        into output: inout [UInt8]
    ) throws(TextError) {
        var index = 0
        while index + 1 < bytes.count {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            try append(isBigEndian ? first << 8 | second : second << 8 | first, into: &output)
            index += 2
            inputOffset += 2
        }
        guard index < bytes.count else { return }
        if isLast {
            try replace(at: inputOffset, into: &output)
        } else {
            pending = [bytes[index]]
        }
        inputOffset += 1
    }

    private mutating func append(_ unit: UInt16, into output: inout [UInt8]) throws(TextError) {
        if let high = highSurrogate {
            highSurrogate = nil
            if UTF16.isTrailSurrogate(unit) {
                let value = 0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(unit & 0x3FF))
                UTF8Validation.append(Unicode.Scalar(value) ?? "\u{FFFD}", to: &output)
                return
            }
            try replace(at: inputOffset - 2, into: &output)
        }
        if UTF16.isLeadSurrogate(unit) {
            highSurrogate = unit
        } else if let scalar = Unicode.Scalar(unit) {
            UTF8Validation.append(scalar, to: &output)
        } else {
            try replace(at: inputOffset, into: &output)
        }
    }

    private mutating func replace(
        at offset: Int,
        into output: inout [UInt8]
    ) throws(TextError) {
        guard invalidBytes == .replaced else { throw .invalidBytes(offset: offset) }
        firstInvalidOffset = firstInvalidOffset ?? offset
        replacementCount += 1
        output.append(contentsOf: [0xEF, 0xBF, 0xBD])
    }
}
