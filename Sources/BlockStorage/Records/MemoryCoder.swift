import Serialization
import Tensors

/// How a tensor of a memory is written, as the payload of a sealed record: its name, precision,
/// rows and width, then one zstd frame of its scalars, little-endian.
enum MemoryCoder {
    /// The sealed record of a tensor.
    static func record(of memory: MemoryTensor, compressor: borrowing Compressor) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(memory.name)
        writer.write(memory.precision.rawValue)
        writer.writeCount(memory.tensor.rowCount)
        writer.writeCount(memory.tensor.width)
        var scalars = ByteWriter()
        for value in memory.tensor.elements {
            switch memory.precision {
            case .float32: scalars.write(value)
            case .float16: scalars.write(Float16(value).bitPattern)
            }
        }
        var payload = writer.bytes
        scalars.bytes.withUnsafeBytes { compressor.append($0, to: &payload) }
        return SealedRecord.seal(payload)
    }

    /// Reads the payload of a tensor's record.
    static func memory(
        _ reader: inout ByteReader,
        decompressor: Decompressor
    ) throws(SerializationError) -> MemoryTensor {
        let name = try reader.readString()
        guard let precision = MemoryTensor.Precision(rawValue: try reader.read(UInt8.self)) else {
            throw .malformed(offset: reader.offset - 1, expected: "a precision")
        }
        let (rowCount, width) = (try reader.readCount(), try reader.readCount())
        let (count, overflow) = rowCount.multipliedReportingOverflow(by: width)
        let size = precision == .float32 ? 4 : 2
        guard width > 0, !overflow, count <= StoreLayout.maximumRecordBytes / size else {
            throw .malformed(offset: reader.offset, expected: "a tensor's shape")
        }
        let offset = reader.offset
        let frame = try reader.readRaw(count: reader.remainingCount)
        let content = frame.withUnsafeBytes { decompressor.content(of: $0, count: count * size) }
        guard let content else { throw .malformed(offset: offset, expected: "a zstd frame") }
        var scalars = ByteReader(content)
        var elements: [Float] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            switch precision {
            case .float32: elements.append(try scalars.readFloat())
            case .float16:
                elements.append(Float(Float16(bitPattern: try scalars.read(UInt16.self))))
            }
        }
        return MemoryTensor(
            name: name,
            tensor: Tensor(width: width, elements: elements),
            precision: precision
        )
    }
}
