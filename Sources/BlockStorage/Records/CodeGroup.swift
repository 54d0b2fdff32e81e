/// The codes of the landmarks of 256 consecutive blocks that no run holds yet, as they lie in the map.
///
/// Its pointers are valid while the read transaction that gave them lives.
package struct CodeGroup {
    /// The id of the block of row 0; row `i` is that of block `firstBlock + i`.
    package let firstBlock: UInt64
    /// The rows; those that are not valid have the scale 0.
    package let tiles: CodeTiles
    private let validity: UnsafeRawBufferPointer

    /// Whether a row is that of a block that has a landmark.
    ///
    /// - Precondition: `row` is less than 256.
    package func isValid(_ row: Int) -> Bool { validity[row >> 3] & (1 << UInt8(row & 7)) != 0 }

    /// How many rows are valid.
    package var validCount: Int { validity.reduce(0) { $0 + $1.nonzeroBitCount } }
}

extension CodeGroup {
    /// The bytes before the tiles: digest, width, rows a group, validity.
    static let headerSize = 48
    private static let rowCount = Int(StoreLayout.landmarkGroupSize)
    private static let validityOffset = 16

    /// The bytes of a group's record, never so few that LMDB would keep it inside a page.
    static func recordSize(width: Int) -> Int {
        max(headerSize + CodeTiles.size(rowCount: rowCount, width: width), 4096)
    }

    /// A record with no valid row, to be sealed.
    static func emptyRecord(width: Int) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: recordSize(width: width))
        record.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(width).littleEndian, toByteOffset: 8, as: UInt32.self)
            bytes.storeBytes(of: UInt32(rowCount).littleEndian, toByteOffset: 12, as: UInt32.self)
        }
        return record
    }

    /// Sets a row of a record, or with nil clears it.
    static func setRow(_ row: Int, to vector: [Float]?, in record: inout [UInt8], width: Int) {
        record.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let bit = UInt8(1) << UInt8(row & 7)
            if vector == nil {
                bytes[validityOffset + row >> 3] &= ~bit
            } else {
                bytes[validityOffset + row >> 3] |= bit
            }
            let tiles = base + headerSize
            guard let vector else {
                return CodeTiles.setRow(row, of: tiles, rowCount: rowCount, width: width, to: nil)
            }
            vector.withUnsafeBufferPointer {
                CodeTiles.setRow(row, of: tiles, rowCount: rowCount, width: width, to: $0)
            }
        }
    }

    /// Whether no row of a record is valid.
    static func isEmpty(_ record: [UInt8]) -> Bool {
        record[validityOffset..<headerSize].allSatisfy { $0 == 0 }
    }

    /// A view of a record in the map, or nil if it is not one of `width` scalars a row.
    init?(number: UInt64, record: UnsafeRawBufferPointer, width: Int) {
        guard
            let base = record.baseAddress,
            record.count == CodeGroup.recordSize(width: width),
            UInt32(littleEndian: record.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) == width,
            Int(bitPattern: base).isMultiple(of: 4),
            number < UInt64.max / StoreLayout.landmarkGroupSize
        else { return nil }
        firstBlock = number * StoreLayout.landmarkGroupSize
        validity = UnsafeRawBufferPointer(
            rebasing: record[CodeGroup.validityOffset..<CodeGroup.headerSize]
        )
        tiles = CodeTiles(
            at: base + CodeGroup.headerSize,
            rowCount: CodeGroup.rowCount,
            width: width
        )
    }
}
