/// The landmarks of 256 consecutive blocks as they lie in the store's map.
///
/// Its pointers are valid while the read transaction that gave them lives.
package struct LandmarkGroup: @unchecked Sendable {  // Nobody writes a snapshot's pages.
    /// The id of the block of row 0; row `i` is that of block `firstBlock + i`.
    package let firstBlock: UInt64
    /// Scalars in a row.
    package let width: Int
    /// Rows up to the last valid one; those that are not valid are zero.
    package let rowCount: Int
    /// The rows, [rowCount, width], 64-byte aligned.
    package let rows: UnsafeBufferPointer<Float>
    private let validity: UnsafeRawPointer

    /// Whether a row is that of a block that has a landmark.
    ///
    /// - Precondition: `row` is less than `rowCount`.
    package func isValid(_ row: Int) -> Bool {
        precondition(row < rowCount, "a row of the group")
        return validity.load(fromByteOffset: row >> 3, as: UInt8.self) & (1 << UInt8(row & 7)) != 0
    }
}

extension LandmarkGroup {
    /// The blocks of a group.
    package static let size = Int(StoreLayout.landmarkGroupSize)

    /// The bytes before the rows: digest, width, rows a group, validity.
    ///
    /// LMDB lays a value of more than half a page 16 bytes into a page, so that the rows begin at a
    /// multiple of 64.
    static let headerSize = 48
    private static let validityOffset = 16

    /// The bytes of a group's record, never so few that LMDB would keep it inside a page.
    static func recordSize(width: Int) -> Int {
        max(headerSize + Int(StoreLayout.landmarkGroupSize) * width * 4, 4096)
    }

    /// A record with no valid row, to be sealed.
    static func emptyRecord(width: Int) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: recordSize(width: width))
        record.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(width).littleEndian, toByteOffset: 8, as: UInt32.self)
            let size = UInt32(StoreLayout.landmarkGroupSize)
            bytes.storeBytes(of: size.littleEndian, toByteOffset: 12, as: UInt32.self)
        }
        return record
    }

    /// Sets a row of a record, or with nil clears it.
    ///
    /// - Precondition: `vector` has as many scalars as the record's rows.
    static func setRow(_ row: Int, to vector: [Float]?, in record: inout [UInt8], width: Int) {
        record.withUnsafeMutableBytes { bytes in
            let bit = UInt8(1) << UInt8(row & 7)
            let offset = headerSize + row * width * 4
            let place = UnsafeMutableRawBufferPointer(
                rebasing: bytes[offset..<(offset + width * 4)]
            )
            if let vector {
                precondition(vector.count == width, "a landmark is as wide as the store's")
                bytes[validityOffset + row >> 3] |= bit
                vector.withUnsafeBytes { place.copyMemory(from: $0) }
            } else {
                bytes[validityOffset + row >> 3] &= ~bit
                place.initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }

    /// A valid row of a record of the right size, or nil.
    static func row(
        _ row: Int,
        of record: UnsafeRawBufferPointer,
        width: Int
    ) -> UnsafePointer<Float>? {
        guard record[validityOffset + row >> 3] & (1 << UInt8(row & 7)) != 0 else { return nil }
        let place = record.baseAddress.map { $0 + headerSize + row * width * 4 }
        return place?.assumingMemoryBound(to: Float.self)
    }

    /// Whether no row of a record is valid.
    static func isEmpty(_ record: [UInt8]) -> Bool {
        record[validityOffset..<headerSize].allSatisfy { $0 == 0 }
    }

    /// A view of a record in the map, or nil if it is not one of `width` scalars a row.
    init?(number: UInt64, record: UnsafeRawBufferPointer, width: Int) {
        guard
            let base = record.baseAddress,
            record.count == LandmarkGroup.recordSize(width: width),
            UInt32(littleEndian: record.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) == width,
            Int(bitPattern: base).isMultiple(of: 4),
            number < UInt64.max / StoreLayout.landmarkGroupSize
        else { return nil }
        firstBlock = number * StoreLayout.landmarkGroupSize
        self.width = width
        validity = base + LandmarkGroup.validityOffset
        let bitmap = record[LandmarkGroup.validityOffset..<LandmarkGroup.headerSize]
        let lastByte = bitmap.lastIndex { $0 != 0 }
        if let lastByte {
            let fullCount = (lastByte - LandmarkGroup.validityOffset) * 8
            rowCount = fullCount + 8 - bitmap[lastByte].leadingZeroBitCount
        } else {
            rowCount = 0
        }
        rows = UnsafeBufferPointer(
            start: (base + LandmarkGroup.headerSize).assumingMemoryBound(to: Float.self),
            count: rowCount * width
        )
    }
}
