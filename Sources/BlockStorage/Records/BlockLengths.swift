/// The term counts of the 4,096 blocks of a group: a digest, then a little-endian `UInt32` each,
/// 0 where there is no block and otherwise the count plus 1.
struct BlockLengths {
    private(set) var record: [UInt8]

    fileprivate static let recordSize =
        SealedRecord.headerSize + Int(StoreLayout.postingGroupSize) * 4

    /// A group without blocks.
    init() {
        record = [UInt8](repeating: 0, count: BlockLengths.recordSize)
    }

    /// A stored group, or nil if it is not sound.
    init?(record: UnsafeRawBufferPointer) {
        guard
            record.count == BlockLengths.recordSize,
            SealedRecord.payload(of: record) != nil
        else { return nil }
        self.record = Array(record)
    }

    /// The term count of a block, given by its distance from the group's first, or nil.
    ///
    /// - Precondition: The count is less than `UInt32.max`, as `TermIndex` sees to.
    subscript(block: Int) -> UInt32? {
        get {
            let value = record.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: BlockLengths.offset(block), as: UInt32.self)
            }
            let stored = UInt32(littleEndian: value)
            return stored == 0 ? nil : stored - 1
        }
        set {
            let stored = newValue.map { $0 + 1 } ?? 0
            record.withUnsafeMutableBytes {
                $0.storeBytes(
                    of: stored.littleEndian,
                    toByteOffset: BlockLengths.offset(block),
                    as: UInt32.self
                )
            }
        }
    }

    /// Whether there is no block.
    var isEmpty: Bool { record[SealedRecord.headerSize...].allSatisfy { $0 == 0 } }

    /// Computes the digest.
    mutating func seal() { SealedRecord.reseal(&record) }

    private static func offset(_ block: Int) -> Int { SealedRecord.headerSize + block * 4 }
}

extension Transaction {
    /// The term counts of a group, or nil if it has no blocks.
    func lengths(group: UInt32) throws(StoreError) -> BlockLengths? {
        guard let record = try value(StoreKey.narrow(group), of: .lengths) else { return nil }
        guard let lengths = BlockLengths(record: record) else {
            throw damaged(.lengths, "\(group)", "its digest does not hold")
        }
        return lengths
    }
}

/// The term counts of a group's blocks, as they lie in the map.
///
/// Its pointer is valid in the transaction that gave it and in all others of the same snapshot.
package struct GroupLengths: @unchecked Sendable {  // Nobody writes a snapshot's pages.
    /// The group.
    package let group: UInt32
    /// [4096], each count plus 1; 0 where there is no block.
    package let stored: UnsafePointer<UInt32>
    /// How many blocks there are.
    package let blockCount: Int

    /// How many blocks there are among some positions.
    package func blockCount(in positions: Range<Int>) -> Int {
        positions.count { stored[$0] != 0 }
    }

    /// A view of a record, or nil if it is not sound.
    init?(group: UInt32, record: UnsafeRawBufferPointer) {
        guard
            record.count == BlockLengths.recordSize,
            let payload = SealedRecord.payload(of: record)?.baseAddress,
            Int(bitPattern: payload).isMultiple(of: MemoryLayout<UInt32>.alignment)
        else { return nil }
        self.group = group
        let stored = payload.assumingMemoryBound(to: UInt32.self)
        self.stored = stored
        blockCount = (0..<Int(StoreLayout.postingGroupSize)).count { stored[$0] != 0 }
    }
}
