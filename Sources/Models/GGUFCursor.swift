/// Reads a GGUF file's fields one after another, checking every length against what is left.
struct GGUFCursor {
    private let bytes: UnsafeRawBufferPointer
    private let path: String
    /// The offset of the next byte.
    private(set) var offset: Int

    init(bytes: UnsafeRawBufferPointer, path: String, offset: Int = 0) {
        self.bytes = bytes
        self.path = path
        self.offset = offset
    }

    /// How many bytes are left.
    var remainingCount: Int { bytes.count - offset }

    /// A fixed-width little-endian integer.
    mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(ModelsError) -> Value {
        let start = try skip(MemoryLayout<Value>.size)
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
    }

    /// A count of things that take at least `leastByteCount` bytes each, so many as can be there.
    mutating func count(ofThingsOf leastByteCount: Int, what: String) throws(ModelsError) -> Int {
        let start = offset
        let count = try integer(UInt64.self)
        guard count <= UInt64((bytes.count - offset) / leastByteCount) else {
            throw .malformed(
                file: path,
                reason: "at offset \(start) it claims \(count) \(what), more than it has room for"
            )
        }
        return Int(count)
    }

    /// Text behind its length.
    mutating func string() throws(ModelsError) -> [UInt8] {
        let range = try stringRange()
        return Array(bytes[range])
    }

    /// So many bytes as they are.
    mutating func raw(_ count: Int) throws(ModelsError) -> [UInt8] {
        let start = try skip(count)
        return Array(bytes[start..<offset])
    }

    /// Text that must be UTF-8: a key or a name.
    mutating func name(_ what: String) throws(ModelsError) -> String {
        let start = offset
        guard let name = String(validating: try string(), as: UTF8.self) else {
            throw .malformed(file: path, reason: "\(what) at offset \(start) is not UTF-8")
        }
        return name
    }

    /// Where the text behind a length lies.
    mutating func stringRange() throws(ModelsError) -> Range<Int> {
        let length = try count(ofThingsOf: 1, what: "bytes of text")
        let start = try skip(length)
        return start..<offset
    }

    /// A value of the type, whose key is for messages.
    mutating func value(_ type: GGUFValueType, key: String) throws(ModelsError) -> GGUFValue {
        switch type {
        case .uint8: .unsigned(UInt64(try integer(UInt8.self)))
        case .int8: .signed(Int64(try integer(Int8.self)))
        case .uint16: .unsigned(UInt64(try integer(UInt16.self)))
        case .int16: .signed(Int64(try integer(Int16.self)))
        case .uint32: .unsigned(UInt64(try integer(UInt32.self)))
        case .int32: .signed(Int64(try integer(Int32.self)))
        case .uint64: .unsigned(try integer())
        case .int64: .signed(try integer())
        case .float32: .float(Double(Float(bitPattern: try integer())))
        case .float64: .float(Double(bitPattern: try integer()))
        case .bool: .bool(try integer(UInt8.self) != 0)
        case .string: .string(try string())
        case .array: .array(try array(key: key))
        }
    }

    /// The type of the value of `key`.
    mutating func type(key: String) throws(ModelsError) -> GGUFValueType {
        let number = try integer(UInt32.self)
        guard let type = GGUFValueType(rawValue: number) else {
            throw .malformed(file: path, reason: "the type of \(key) is \(number), which is none")
        }
        return type
    }

    private mutating func array(key: String) throws(ModelsError) -> GGUFArray {
        let elementType = try type(key: key)
        guard elementType != .array else {
            throw .unsupported(
                file: path,
                setting: "the type of \(key)",
                found: "an array of arrays",
                supported: "an array of numbers or strings"
            )
        }
        let count = try count(ofThingsOf: elementType.leastByteCount, what: "elements of \(key)")
        let start = offset
        if elementType == .string {
            for _ in 0..<count { _ = try stringRange() }
        } else {
            _ = try skip(count * elementType.leastByteCount)
        }
        return GGUFArray(elementType: elementType, count: count, byteRange: start..<offset)
    }

    /// Goes on by `count` bytes; where they start.
    private mutating func skip(_ count: Int) throws(ModelsError) -> Int {
        guard count <= bytes.count - offset else {
            throw .truncated(
                file: path,
                expectedByteCount: offset + count,
                byteCount: bytes.count
            )
        }
        defer { offset += count }
        return offset
    }
}
