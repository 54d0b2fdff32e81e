/// The blocks that hold a term, with how often each does.
package struct PostingList: Sendable, Equatable {
    /// The blocks' ids, ascending.
    package var blocks: [UInt64] = []
    /// How often the term occurs in each.
    package var frequencies: [UInt32] = []

    /// An empty list.
    package init() {}

    /// Empties the list and keeps its memory.
    package mutating func removeAll() {
        blocks.removeAll(keepingCapacity: true)
        frequencies.removeAll(keepingCapacity: true)
    }
}

/// How postings of one term in one group of blocks are written.
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | the lowest bits of the digest of the rest |
/// | 4 | 2 | how many blocks |
/// | 6 | 2 | the last block, from the group's first |
/// | 8 | | for each block a varint of its distance from the one before (from the group's first for the first), doubled, plus 1 where the frequency is not 1; then the frequency as a varint |
struct PostingCoder {
    /// The record as it grows.
    private(set) var bytes: [UInt8] = []
    private var count: UInt16 = 0
    private var last: UInt16 = 0

    private static let headerSize = 8

    /// Begins a new record.
    mutating func begin() {
        bytes.removeAll(keepingCapacity: true)
        for _ in 0..<PostingCoder.headerSize { bytes.append(0) }
        count = 0
        last = 0
    }

    /// Begins with what a stored record holds.
    ///
    /// - Returns: Whether the record is sound.
    mutating func begin(with record: UnsafeRawBufferPointer) -> Bool {
        guard let header = PostingCoder.header(of: record) else { return false }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: record)
        (count, last) = header
        return true
    }

    /// Whether no block has been added.
    var isEmpty: Bool { count == 0 }

    /// Adds a block, given by its distance from the group's first.
    ///
    /// - Precondition: `block` comes after all those added.
    mutating func append(block: UInt16, frequency: UInt32) {
        precondition(count == 0 || block > last, "postings ascend")
        let distance = UInt32(count == 0 ? block : block - last)
        appendVarint(distance << 1 | (frequency == 1 ? 0 : 1))
        if frequency != 1 { appendVarint(frequency) }
        count += 1
        last = block
    }

    /// Writes the header of the record.
    mutating func finish() {
        let (count, last) = (count, last)
        bytes.withUnsafeMutableBytes { record in
            record.storeBytes(of: count.littleEndian, toByteOffset: 4, as: UInt16.self)
            record.storeBytes(of: last.littleEndian, toByteOffset: 6, as: UInt16.self)
            let digest = PostingCoder.digest(of: UnsafeRawBufferPointer(record))
            record.storeBytes(of: digest.littleEndian, as: UInt32.self)
        }
    }

    private mutating func appendVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func digest(of record: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: SealedRecord.digest(of: .init(rebasing: record[4...])))
    }

    private static func header(
        of record: UnsafeRawBufferPointer
    ) -> (count: UInt16, last: UInt16)? {
        guard
            record.count >= headerSize,
            UInt32(littleEndian: record.loadUnaligned(as: UInt32.self)) == digest(of: record)
        else { return nil }
        return (
            UInt16(littleEndian: record.loadUnaligned(fromByteOffset: 4, as: UInt16.self)),
            UInt16(littleEndian: record.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        )
    }

    /// Decodes a record, giving `body` each block's distance from the group's first, ascending.
    ///
    /// - Returns: Whether the record is sound; `body` may have got some blocks of one that is not.
    static func decode(
        _ record: UnsafeRawBufferPointer,
        _ body: (_ block: UInt16, _ frequency: UInt32) -> Void
    ) -> Bool {
        guard let (count, last) = header(of: record), count > 0 else { return false }
        var offset = headerSize
        var block: UInt32 = 0
        for index in 0..<count {
            guard let code = varint(record, &offset), index == 0 || code > 1 else { return false }
            block = index == 0 ? code >> 1 : block &+ code >> 1
            guard block < StoreLayout.postingGroupSize else { return false }
            if code & 1 == 0 {
                body(UInt16(block), 1)
            } else {
                guard let frequency = varint(record, &offset) else { return false }
                body(UInt16(block), frequency)
            }
        }
        return offset == record.count && block == last
    }

    private static func varint(_ record: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt32? {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while offset < record.count, shift < 32 {
            let byte = record[offset]
            offset += 1
            value |= UInt32(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
