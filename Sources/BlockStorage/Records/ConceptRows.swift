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
        var record = [UInt8](repeating: 0, count: start + rowCount * (4 + width))
        record.withUnsafeMutableBytes { bytes in
            for (index, count) in [rowCount, width].enumerated() {
                bytes.storeBytes(
                    of: UInt32(count).littleEndian,
                    toByteOffset: SealedRecord.headerSize + index * 4,
                    as: UInt32.self
                )
            }
            concepts.elements.withUnsafeBufferPointer { elements in
                for row in 0..<rowCount {
                    let source = UnsafeBufferPointer(
                        rebasing: elements[(row * width)..<((row + 1) * width)]
                    )
                    let offset = start + rowCount * 4 + row * width
                    let scale = quantize(
                        source,
                        into: .init(rebasing: bytes[offset..<(offset + width)])
                    )
                    bytes.storeBytes(
                        of: scale.bitPattern.littleEndian,
                        toByteOffset: start + row * 4,
                        as: UInt32.self
                    )
                }
            }
        }
        SealedRecord.reseal(&record)
        return record
    }

    /// Quantizes one row.
    ///
    /// Written on bit patterns, without branches, so that the compiler vectorizes it: three times as
    /// fast as with `rounded()` and `max`.
    ///
    /// - Returns: The scale that undoes it.
    private static func quantize(
        _ row: UnsafeBufferPointer<Float>,
        into bytes: UnsafeMutableRawBufferPointer
    ) -> Float {
        var largestBits: UInt32 = 0
        for value in row {
            let bits = magnitudeBits(value)
            largestBits = max(largestBits, bits < infinityBits ? bits : 0)
        }
        let largest = Float(bitPattern: largestBits)
        let factor = 127 / largest
        guard factor.isFinite else { return 0 }
        // Added to a number below 2²², this leaves its nearest integer in the lowest bits.
        let shift: Float = 0x1.8p23
        for index in row.indices {
            let value = magnitudeBits(row[index]) < infinityBits ? row[index] : 0
            bytes[index] = UInt8(truncatingIfNeeded: (value * factor + shift).bitPattern)
        }
        return largest / 127
    }

    /// The bits of infinity, which those of every finite magnitude are below.
    private static var infinityBits: UInt32 { 0x7F80_0000 }

    private static func magnitudeBits(_ value: Float) -> UInt32 { value.bitPattern & 0x7FFF_FFFF }
}
