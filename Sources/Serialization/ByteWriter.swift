/// Appends values to a byte buffer, for stage states and store records.
///
/// Integers and floats are little-endian, varints LEB128, bytes prefixed by their count.
/// `ByteReader` reads them back.
package struct ByteWriter: Sendable {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// An empty writer.
    package init() {}

    /// A writer that has memory for so many bytes.
    package init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Appends a fixed-width integer, little-endian.
    package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends the bit pattern of a float, little-endian.
    package mutating func write(_ value: Float) {
        write(value.bitPattern)
    }

    /// Appends the bit pattern of a double, little-endian.
    package mutating func write(_ value: Double) {
        write(value.bitPattern)
    }

    /// Appends one byte, 1 for true.
    package mutating func write(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    /// Appends an unsigned LEB128 varint of 1 to 10 bytes.
    package mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a count as a varint.
    ///
    /// - Precondition: `count` is not negative.
    package mutating func writeCount(_ count: Int) {
        writeVarint(UInt64(count))
    }

    /// Appends bytes behind their count.
    package mutating func write(_ value: some Collection<UInt8>) {
        writeCount(value.count)
        bytes.append(contentsOf: value)
    }

    /// Appends a string's UTF-8 behind its count.
    package mutating func write(_ value: String) {
        write(Array(value.utf8))
    }

    /// Appends floats behind their count, each as its little-endian bit pattern.
    package mutating func write(_ values: [Float]) {
        writeCount(values.count)
        bytes.reserveCapacity(bytes.count + values.count * MemoryLayout<Float>.size)
        for value in values { write(value) }
    }

    /// Appends bytes as they are, with no count.
    package mutating func writeRaw(_ value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
    }
}
