import Serialization

/// Where things are in a record of postings: one term's in one group of blocks.
///
/// A position is a block's distance from the group's first. A *code* is two bytes: bits 0 to 11 the
/// position; bits 12 to 15 the frequency, or 0 where it is above 15. A record of one posting:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | the lowest bits of the digest of the rest |
/// | 4 | 2 | the posting's code |
/// | 6 | | where the frequency is above 15 a varint of it |
///
/// A record of more:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | the lowest bits of the digest of the rest |
/// | 4 | 2 | how many postings |
/// | 6 | 3 | the bound of all postings |
/// | 9 | | each 64 postings in a packed run, then the codes of the rest |
/// | | | for each code whose frequency is above 15 a varint of it |
///
/// A run:
///
/// | offset | bytes | |
/// | --- | --- | --- |
/// | 0 | 2 | bits 0 to 11 its last position; bits 12 to 15 the bits a position takes |
/// | 2 | 1 | the bits a frequency takes: 0 to 16, or 32 |
/// | 3 | 8 × bits | the positions, each less the one before (for the first of all −1) less 1 |
/// | | 8 × bits | the frequencies, each less 1 |
///
/// Packed value `i` lies in lane `i % 4` of four 16-bit lanes, each a stream of bits with the lowest
/// first; values of 32 bits lie one after another.
enum PostingLayout {
    /// Where the code of a single posting or the count of several is.
    static let countOffset = 4
    static let boundOffset = 6
    /// Where a single posting's frequency is, if it is above 15.
    static let singleFrequencyOffset = 6
    /// Where the postings of a record of several begin.
    static let bodyOffset = boundOffset + ImpactBound.size
    /// A shorter record is of one posting.
    static let leastSize = bodyOffset + 2 * codeSize
    /// The bytes of a code.
    static let codeSize = 2
    /// The highest frequency in a code.
    static let highestCodeFrequency: UInt32 = 15
    /// The bytes before a run's packed values.
    static let runHeadSize = 3
    /// Postings in a run.
    static let runLength = 64
    /// The lanes in which a run is packed.
    static let laneCount = 4
    /// The highest position.
    static let positionMask: UInt16 = 0x0FFF
    /// The bits of a frequency in a run that has one of more than 65,536.
    static let wideBits = 32

    /// The bytes that a run's values of `bits` bits take.
    static func packedSize(bits: Int) -> Int { runLength * bits / 8 }

    static func digest(of record: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: SealedRecord.digest(of: .init(rebasing: record[4...])))
    }

    /// Reads a varint of 32 bits, or nil where there is none.
    @inline(__always)
    static func varint(_ record: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt32? {
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

    /// Reads a frequency that no code holds, or nil where there is none.
    static func frequency(_ record: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt32? {
        guard let value = varint(record, &offset), value > highestCodeFrequency else { return nil }
        return value
    }

    @inline(__always)
    static func word(_ record: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        UInt16(littleEndian: record.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}

/// The head of a packed run.
struct PostingRunHead {
    let last: UInt16
    let positionBits: Int
    let frequencyBits: Int

    /// The head at `offset`, or nil if the run does not lie in the record.
    @inline(__always)
    init?(_ record: UnsafeRawBufferPointer, at offset: Int) {
        guard offset + PostingLayout.runHeadSize <= record.count else { return nil }
        let word = PostingLayout.word(record, offset)
        last = word & PostingLayout.positionMask
        positionBits = Int(word >> 12)
        frequencyBits = Int(record[offset + 2])
        guard
            frequencyBits <= 16 || frequencyBits == PostingLayout.wideBits,
            offset + size <= record.count
        else { return nil }
    }

    /// The bytes of the whole run.
    @inline(__always)
    var size: Int {
        PostingLayout.runHeadSize + PostingLayout.packedSize(bits: positionBits + frequencyBits)
    }
}
