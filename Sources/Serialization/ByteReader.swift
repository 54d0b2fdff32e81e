package import Diagnostics

/// Reads what `ByteWriter` wrote, checking every bound: bytes from a disk are never trusted.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    /// The offset of the next byte to read.
    package private(set) var offset: Int

    /// A reader over all of `bytes`.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    /// Whether everything has been read.
    package var isAtEnd: Bool { offset == end }

    /// How many bytes are left.
    package var remainingCount: Int { end - offset }

    /// Reads a fixed-width little-endian integer.
    package mutating func read<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(SerializationError) -> Value {
        let size = MemoryLayout<Value>.size
        try require(size)
        var value: Value = 0
        withUnsafeMutableBytes(of: &value) { destination in
            for index in 0..<size { destination[index] = bytes[offset + index] }
        }
        offset += size
        return Value(littleEndian: value)
    }

    /// Reads a float.
    package mutating func readFloat() throws(SerializationError) -> Float {
        Float(bitPattern: try read(UInt32.self))
    }

    /// Reads a double.
    package mutating func readDouble() throws(SerializationError) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    /// Reads a Boolean; any byte but 0 and 1 is an error.
    package mutating func readBool() throws(SerializationError) -> Bool {
        let byte = try read(UInt8.self)
        guard byte <= 1 else { throw .malformed(offset: offset - 1, expected: "0 or 1") }
        return byte == 1
    }

    /// Reads an unsigned LEB128 varint.
    package mutating func readVarint() throws(SerializationError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try read(UInt8.self)
            let digit = UInt64(byte & 0x7F)
            guard shift < 63 || digit <= 1 else { break }
            value |= digit << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(offset: offset - 1, expected: "a varint of 64 bits")
    }

    /// Reads a count that fits an `Int`.
    package mutating func readCount() throws(SerializationError) -> Int {
        let start = offset
        guard let count = Int(exactly: try readVarint()) else {
            throw .malformed(offset: start, expected: "a count")
        }
        return count
    }

    /// Reads bytes behind their count.
    package mutating func readBytes() throws(SerializationError) -> [UInt8] {
        try readRaw(count: try readCount())
    }

    /// Reads `count` bytes as they are.
    package mutating func readRaw(count: Int) throws(SerializationError) -> [UInt8] {
        try require(count)
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    /// Reads a string, checking that it is UTF-8.
    package mutating func readString() throws(SerializationError) -> String {
        let start = offset
        guard let string = String(validating: try readBytes(), as: UTF8.self) else {
            throw .malformed(offset: start, expected: "UTF-8")
        }
        return string
    }

    /// Reads floats behind their count.
    package mutating func readFloats() throws(SerializationError) -> [Float] {
        let count = try readCount()
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
        guard !overflow else { throw .malformed(offset: offset, expected: "a count") }
        try require(size)
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try readFloat()) }
        return values
    }

    /// Throws unless everything has been read.
    package func expectEnd() throws(SerializationError) {
        guard isAtEnd else { throw .malformed(offset: offset, expected: "the end") }
    }

    private func require(_ count: Int) throws(SerializationError) {
        guard count >= 0, count <= end - offset else {
            throw .truncated(offset: offset, needed: count, available: end - offset)
        }
    }
}

/// Bytes that are not what `ByteWriter` writes.
package enum SerializationError: DiagnosticError, Equatable {
    /// `needed` bytes were wanted at `offset` and `available` are there.
    case truncated(offset: Int, needed: Int, available: Int)
    /// The bytes at `offset` are not `expected`.
    case malformed(offset: Int, expected: String)

    package var problem: String {
        switch self {
        case .truncated(let offset, let needed, let available):
            "record ends early: \(needed) bytes wanted at offset \(offset), \(available) there"
        case .malformed(let offset, let expected):
            "record is malformed at offset \(offset): expected \(expected)"
        }
    }

    package var mend: String? { nil }
    package var exitCode: ExitCode { .dataError }
}
