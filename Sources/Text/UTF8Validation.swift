/// The rules of UTF-8, on bytes.
package enum UTF8Validation {
    /// What stands at a byte that is not ASCII.
    package enum Character: Equatable {
        /// A character of this many bytes.
        case valid(length: Int)
        /// This many bytes, the longest beginning of a character or one byte, that are none.
        case invalid(length: Int)
        /// The beginning of a character, and then the buffer ends.
        case truncated
    }

    /// The index of the first byte from `start` on that is not ASCII, or the end.
    package static func endOfASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 32 <= bytes.count {
            let lanes = bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            let high = lanes & SIMD4(repeating: 0x8080_8080_8080_8080)
            guard high == .zero else { break }
            index += 32
        }
        while index < bytes.count, bytes[index] < 0x80 { index += 1 }
        return index
    }

    /// What stands at `index`, where a byte of 0x80 or above is.
    ///
    /// - Source: The Unicode Standard, table 3-7.
    package static func character(in bytes: UnsafeRawBufferPointer, at index: Int) -> Character {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[index] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return .invalid(length: 1)
        }
        for position in 1..<length {
            guard index + position < bytes.count else { return .truncated }
            let allowed = position == 1 ? second : 0x80...0xBF
            guard allowed.contains(bytes[index + position]) else {
                return .invalid(length: position)
            }
        }
        return .valid(length: length)
    }

    /// The index of the first bytes that are no character, or nil; one cut off at the end is none.
    package static func firstInvalid(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while true {
            index = endOfASCII(bytes, from: index)
            guard index < bytes.count else { return nil }
            switch character(in: bytes, at: index) {
            case .valid(let length): index += length
            case .invalid: return index
            case .truncated: return nil
            }
        }
    }

    /// Appends a character.
    package static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    /// The largest index up to `limit` at which a character begins, or `limit` if none is near.
    package static func characterBoundary(
        in bytes: some RandomAccessCollection<UInt8>,
        upTo limit: Int
    )
        -> Int
    {
        guard limit < bytes.count else { return bytes.count }
        var index = limit
        for _ in 0..<4 {
            let byte = bytes[bytes.index(bytes.startIndex, offsetBy: index)]
            if byte & 0xC0 != 0x80 { return index }
            guard index > 0 else { break }
            index -= 1
        }
        return limit
    }
}
