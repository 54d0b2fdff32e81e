/// Turns a byte stream into valid UTF-8, cut anywhere.
///
///     var decoder = UTF8Decoder()
///     var text: [UInt8] = []
///     try bytes.withUnsafeBytes { try decoder.decode($0, into: &text) }
///     try decoder.finish(into: &text)
///
/// A byte-order mark at the start is dropped, and one of UTF-16 makes the stream be read as that.
/// Carriage returns and NULs are text like any other and stay. What is not valid is replaced by
/// U+FFFD, one for each maximal part of a character, as browsers and Python do, or refused.
///
/// - Complexity: O(bytes) time, wherever they are cut; at most 3 bytes are held back.
/// - Source: The Unicode Standard 16.0, §3.9, tables 3-7 and 3-8; WHATWG Encoding, UTF-8 decoder.
public struct UTF8Decoder: Sendable {
    /// What to do with bytes that are not text.
    public enum InvalidBytes: Sendable {
        /// Put U+FFFD in their place.
        case replaced
        /// Throw `TextError.invalidBytes`.
        case refused
    }

    /// What a stream is read as.
    public enum Encoding: Sendable {
        /// What its byte-order mark says, or UTF-8 if it has none.
        case marked
        /// UTF-8; a byte-order mark is a character like any other.
        case utf8
        /// What its byte-order mark says, or a single-byte encoding if it has none.
        case singleByte(SingleByteEncoding)
    }

    private enum State {
        case undecided(SingleByteEncoding?)
        case utf8
        case utf16(isBigEndian: Bool)
        case singleByte(SingleByteEncoding)
    }

    private let invalidBytes: InvalidBytes
    private var state: State
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
    ///   - encoding: What to read the stream as.
    public init(invalidBytes: InvalidBytes = .replaced, encoding: Encoding = .marked) {
        self.invalidBytes = invalidBytes
        state =
            switch encoding {
            case .marked: .undecided(nil)
            case .utf8: .utf8
            case .singleByte(let table): .undecided(table)
            }
    }

    /// Appends the text of the next bytes to `output`.
    ///
    /// - Throws: `TextError.invalidBytes` if they are refused.
    public mutating func decode(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(TextError) {
        guard !bytes.isEmpty else { return }
        if pending.isEmpty, case .utf8 = state {
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
        switch state {
        case .undecided(let table):
            guard bytes.count >= 3 || isLast else {
                pending = Array(bytes)
                inputOffset += bytes.count
                return
            }
            let skipped = decide(bytes, otherwise: table)
            inputOffset += skipped
            try dispatch(.init(rebasing: bytes[skipped...]), isLast: isLast, into: &output)
        case .utf8: try decodeUTF8(bytes, isLast: isLast, into: &output)
        case .utf16(let isBigEndian):
            try decodeUTF16(bytes, isBigEndian: isBigEndian, isLast: isLast, into: &output)
        case .singleByte(let table):
            for byte in bytes { table.append(byte, to: &output) }
            inputOffset += bytes.count
        }
    }

    /// Looks for a byte-order mark; returns its length.
    private mutating func decide(
        _ bytes: UnsafeRawBufferPointer,
        otherwise table: SingleByteEncoding?
    ) -> Int {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            state = .utf16(isBigEndian: bytes[0] == 0xFE)
            return 2
        }
        state = .utf8
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        if let table { state = .singleByte(table) }
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
