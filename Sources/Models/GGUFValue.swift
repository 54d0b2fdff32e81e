/// A value of a GGUF file's metadata.
package enum GGUFValue: Sendable, Equatable {
    case unsigned(UInt64)
    case signed(Int64)
    case float(Double)
    case bool(Bool)
    /// Text as the file has it, which need not be UTF-8.
    case string([UInt8])
    /// Numbers, truth values or strings, read when they are asked for.
    case array(GGUFArray)

    /// The value as a count or an index, if it is a whole number from 0 to 2^31 − 1.
    var count: Int? {
        switch self {
        case .unsigned(let value) where value <= Int32.max: Int(value)
        case .signed(let value) where (0...Int64(Int32.max)).contains(value): Int(value)
        default: nil
        }
    }

    /// The value as a number.
    var number: Double? {
        switch self {
        case .unsigned(let value): Double(value)
        case .signed(let value): Double(value)
        case .float(let value): value
        default: nil
        }
    }
}

/// Where an array of a GGUF file's metadata lies.
package struct GGUFArray: Sendable, Equatable {
    /// The type of each element.
    let elementType: GGUFValueType
    /// How many there are.
    package let count: Int
    /// Their bytes in the file.
    let byteRange: Range<Int>
}

/// The types of values, with the numbers that the file has for them.
package enum GGUFValueType: UInt32, Sendable {
    case uint8 = 0
    case int8 = 1
    case uint16 = 2
    case int16 = 3
    case uint32 = 4
    case int32 = 5
    case float32 = 6
    case bool = 7
    case string = 8
    case array = 9
    case uint64 = 10
    case int64 = 11
    case float64 = 12

    /// Bytes of a value, or the least that one can have.
    var leastByteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .string, .uint64, .int64, .float64: 8
        case .array: 12
        }
    }
}
