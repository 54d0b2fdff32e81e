internal import CKernels
import Serialization
package import Tensors

/// The vectors of a block's segments as they lie in the store's map: int8, with one scale a row.
///
/// Row `i` is about `scale(i)` times its int8s. It is valid only inside the closure that gets it.
package struct ConceptRows {
    /// How many rows there are, one for each segment.
    package let rowCount: Int
    /// Scalars in a row.
    package let width: Int
    private let scales: UnsafeRawPointer
    /// The quantized rows, [rowCount, width].
    package let rows: UnsafeBufferPointer<Int8>

    /// What a row's int8s are to be multiplied with.
    ///
    /// - Precondition: `row` is less than `rowCount`.
    package func scale(_ row: Int) -> Float {
        precondition(row < rowCount, "a row of the block")
        let bits = scales.loadUnaligned(fromByteOffset: row * 4, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
    }

    /// The rows as floats, [rowCount, width].
    package func decoded() -> Tensor<Float> {
        let elements = [Float](unsafeUninitializedCapacity: rows.count) { buffer, count in
            for row in 0..<rowCount {
                let scale = scale(row)
                for index in (row * width)..<((row + 1) * width) {
                    buffer.initializeElement(at: index, to: Float(rows[index]) * scale)
                }
            }
            count = rows.count
        }
        return Tensor(width: width, elements: elements)
    }
}

extension ConceptRows {
    /// The bytes of the row count and the width, which follow the digest.
    private static let fixedSize = 8

    /// The payload of a record, or nil if it is none.
    init?(payload: UnsafeRawBufferPointer) {
        guard payload.count >= ConceptRows.fixedSize, let base = payload.baseAddress else {
            return nil
        }
        rowCount = Int(UInt32(littleEndian: base.loadUnaligned(as: UInt32.self)))
        width = Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        let scaleSize = rowCount * 4
        let (rowSize, overflow) = rowCount.multipliedReportingOverflow(by: width)
        guard
            width > 0, !overflow,
            payload.count - ConceptRows.fixedSize - scaleSize == rowSize
        else { return nil }
        scales = base + ConceptRows.fixedSize
        rows = UnsafeBufferPointer(
            start: (scales + scaleSize).assumingMemoryBound(to: Int8.self),
            count: rowSize
        )
    }

    /// The sealed record of `concepts`, each row scaled so that its largest scalar becomes ±127.
    ///
    /// Scalars that are not finite become 0.
    static func record(of concepts: Tensor<Float>) -> [UInt8] {
        let (rowCount, width) = (concepts.rowCount, concepts.width)
        let start = SealedRecord.headerSize + fixedSize
        let bytesStart = start + rowCount * 4
        var scales = [Float](repeating: 0, count: rowCount)
        var record = [UInt8](repeating: 0, count: bytesStart + rowCount * width)
        record.withUnsafeMutableBytes { bytes in
            bytes[bytesStart...].withMemoryRebound(to: Int8.self) { rows in
                kernels_quantize_rows(
                    concepts.elements,
                    rowCount,
                    width,
                    rows.baseAddress,
                    &scales
                )
            }
            let words = [UInt32(rowCount), UInt32(width)] + scales.map(\.bitPattern)
            for (index, word) in words.enumerated() {
                bytes.storeBytes(
                    of: word.littleEndian,
                    toByteOffset: SealedRecord.headerSize + index * 4,
                    as: UInt32.self
                )
            }
        }
        SealedRecord.reseal(&record)
        return record
    }
}
