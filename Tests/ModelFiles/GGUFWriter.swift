package import Foundation

/// Writes GGUF files, sound ones and others.
package struct GGUFWriter {
    package enum Value {
        case unsigned(UInt32)
        case float(Float)
        case bool(Bool)
        case string(String)
        case strings([[UInt8]])
        case floats([Float])
        case integers([Int32])
        /// Any type's number and the bytes behind it.
        case raw(UInt32, [UInt8])
    }

    package struct Tensor {
        package var name: String
        /// The lengths of the axes, the innermost first.
        package var lengths: [UInt64]
        package var type: UInt32 = 0
        package var bytes: [UInt8]
        /// Where it claims to be, if that is not where it is.
        package var claimedOffset: UInt64?

        package init(
            _ name: String,
            _ lengths: [UInt64],
            type: UInt32 = 0,
            bytes: [UInt8],
            claimedOffset: UInt64? = nil
        ) {
            self.name = name
            self.lengths = lengths
            self.type = type
            self.bytes = bytes
            self.claimedOffset = claimedOffset
        }

        package init(_ name: String, _ lengths: [UInt64], floats: [Float]) {
            self.init(name, lengths, bytes: floats.flatMap { littleEndian($0.bitPattern) })
        }
    }

    package var magic = Array("GGUF".utf8)
    package var version: UInt32 = 3
    package var metadata: [(key: String, value: Value)] = []
    package var tensors: [Tensor] = []
    package var claimedTensorCount: UInt64?
    package var claimedEntryCount: UInt64?

    package init() {}

    package func data() -> Data {
        var bytes = magic + littleEndian(version)
        bytes += littleEndian(claimedTensorCount ?? UInt64(tensors.count))
        bytes += littleEndian(claimedEntryCount ?? UInt64(metadata.count))
        for (key, value) in metadata { bytes += text(Array(key.utf8)) + encoded(value) }
        var offset: UInt64 = 0
        for tensor in tensors {
            bytes += text(Array(tensor.name.utf8)) + littleEndian(UInt32(tensor.lengths.count))
            for length in tensor.lengths { bytes += littleEndian(length) }
            bytes += littleEndian(tensor.type) + littleEndian(tensor.claimedOffset ?? offset)
            offset += UInt64((tensor.bytes.count + 31) / 32 * 32)
        }
        for tensor in tensors { bytes += padding(bytes.count) + tensor.bytes }
        return Data(bytes + padding(bytes.count))
    }

    private func padding(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (32 - count % 32) % 32)
    }

    private func text(_ bytes: [UInt8]) -> [UInt8] { littleEndian(UInt64(bytes.count)) + bytes }

    private func encoded(_ value: Value) -> [UInt8] {
        func type(_ number: UInt32) -> [UInt8] { littleEndian(number) }
        func array(_ number: UInt32, _ count: Int) -> [UInt8] {
            type(9) + type(number) + littleEndian(UInt64(count))
        }
        return switch value {
        case .unsigned(let value): type(4) + littleEndian(value)
        case .float(let value): type(6) + littleEndian(value.bitPattern)
        case .bool(let value): type(7) + [value ? 1 : 0]
        case .string(let value): type(8) + text(Array(value.utf8))
        case .strings(let values): array(8, values.count) + values.flatMap(text)
        case .floats(let values):
            array(6, values.count) + values.flatMap { littleEndian($0.bitPattern) }
        case .integers(let values): array(5, values.count) + values.flatMap { littleEndian($0) }
        case .raw(let number, let bytes): type(number) + bytes
        }
    }
}

/// The bytes of a number as files have them.
package func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
