/// Writes the postings of one term in one group of blocks; `PostingLayout` says how.
///
/// What comes out depends on the postings alone, not on how they were spread over commits.
struct PostingCoder {
    /// The record as it grows, with room for its head; once finished, the record.
    private(set) var bytes: [UInt8] = []
    /// The term counts of the group's blocks.
    private let lengths: BlockLengths
    private var count = 0
    /// The last position, −1 where there is none.
    private var last: UInt16 = .max
    private var bound = ImpactBound.none
    /// Where the codes of the postings begin that are not packed yet.
    private var restOffset = PostingLayout.bodyOffset
    /// The frequencies of the rest that are above 15.
    private var highFrequencies: [UInt32] = []
    /// The last position that is packed, −1 where there is none.
    private var packedLast: UInt16 = .max
    /// Memory of `packRest`.
    private var (gaps, counts): ([UInt32], [UInt32]) = ([], [])

    /// A coder for a group whose blocks have `lengths`.
    init(lengths: BlockLengths) {
        self.lengths = lengths
    }

    /// Whether no posting has been added.
    var isEmpty: Bool { count == 0 }

    /// Begins a new record.
    mutating func begin() {
        bytes.removeAll(keepingCapacity: true)
        for _ in 0..<PostingLayout.bodyOffset { bytes.append(0) }
        count = 0
        last = .max
        bound = .none
        restOffset = PostingLayout.bodyOffset
        highFrequencies.removeAll(keepingCapacity: true)
        packedLast = .max
    }

    /// Begins with what a stored record holds.
    ///
    /// - Returns: Whether the record is sound and all its postings come before `position`.
    mutating func begin(with record: UnsafeRawBufferPointer, before position: UInt16) -> Bool {
        guard let stored = PostingRecord(group: 0, record: record) else { return false }
        begin()
        guard stored.count > 1 else {
            return stored.forEach { append(position: $0, frequency: $1) } && last < position
        }
        count = stored.count
        bound = stored.bound
        for _ in 0..<(count / PostingLayout.runLength) {
            guard let head = PostingRunHead(record, at: restOffset) else { return false }
            restOffset += head.size
            packedLast = head.last
        }
        last = packedLast
        let restCount = count % PostingLayout.runLength
        var offset = restOffset + restCount * PostingLayout.codeSize
        guard offset <= record.count else { return false }
        if restCount > 0 {
            let code = PostingLayout.word(record, offset - PostingLayout.codeSize)
            last = code & PostingLayout.positionMask
        }
        bytes.append(contentsOf: record[PostingLayout.bodyOffset..<offset])
        while offset < record.count {
            guard let frequency = PostingLayout.frequency(record, &offset) else { return false }
            highFrequencies.append(frequency)
        }
        return last < position
    }

    /// Adds a posting.
    ///
    /// - Precondition: `position` comes after all those added and is less than 4,096.
    mutating func append(position: UInt16, frequency: UInt32) {
        precondition(last == .max || position > last, "postings ascend")
        let isHigh = frequency > PostingLayout.highestCodeFrequency
        append(word: position | (isHigh ? 0 : UInt16(frequency) << 12))
        if isHigh { highFrequencies.append(frequency) }
        bound.include(frequency: frequency, length: lengths[Int(position)] ?? 0)
        count += 1
        last = position
        if count.isMultiple(of: PostingLayout.runLength) { packRest() }
    }

    /// Writes the head of the record.
    ///
    /// - Precondition: There is a posting.
    mutating func finish() {
        if count == 1 {
            bytes.removeSubrange(PostingLayout.countOffset..<PostingLayout.bodyOffset)
        } else {
            bytes.withUnsafeMutableBytes { record in
                record.storeBytes(
                    of: UInt16(count).littleEndian,
                    toByteOffset: PostingLayout.countOffset,
                    as: UInt16.self
                )
                record[PostingLayout.boundOffset] = bound.frequencyCode
                record[PostingLayout.boundOffset + 1] = bound.lengthCode
                record[PostingLayout.boundOffset + 2] = bound.repeatedLengthCode
            }
        }
        for frequency in highFrequencies { appendVarint(frequency) }
        bytes.withUnsafeMutableBytes { record in
            let digest = PostingLayout.digest(of: UnsafeRawBufferPointer(record))
            record.storeBytes(of: digest.littleEndian, as: UInt32.self)
        }
    }

    /// Packs the last 64 postings, which are all that are not packed yet.
    private mutating func packRest() {
        gaps.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        var (previous, highIndex) = (packedLast, 0)
        bytes.withUnsafeBytes { record in
            for offset in stride(from: restOffset, to: record.count, by: PostingLayout.codeSize) {
                let code = PostingLayout.word(record, offset)
                let position = code & PostingLayout.positionMask
                var frequency = UInt32(code >> 12)
                if frequency == 0, highIndex < highFrequencies.count {
                    frequency = highFrequencies[highIndex]
                    highIndex += 1
                }
                gaps.append(UInt32(position &- previous &- 1))
                counts.append(frequency &- 1)
                previous = position
            }
        }
        let positionBits = PostingCoder.bits(gaps)
        let frequencyBits = PostingCoder.bits(counts)
        bytes.removeLast(bytes.count - restOffset)
        append(word: last | UInt16(positionBits) << 12)
        bytes.append(UInt8(frequencyBits))
        appendPacked(gaps, bits: positionBits)
        appendPacked(counts, bits: frequencyBits)
        packedLast = last
        restOffset = bytes.count
        highFrequencies.removeAll(keepingCapacity: true)
    }

    /// The bits that the largest of `values` takes; 32 if they are more than 16.
    private static func bits(_ values: [UInt32]) -> Int {
        let bits = 32 - (values.max() ?? 0).leadingZeroBitCount
        return bits <= 16 ? bits : PostingLayout.wideBits
    }

    private mutating func appendPacked(_ values: [UInt32], bits: Int) {
        guard bits <= 16 else {
            for value in values {
                append(word: UInt16(truncatingIfNeeded: value))
                append(word: UInt16(truncatingIfNeeded: value >> 16))
            }
            return
        }
        guard bits > 0 else { return }
        let laneCount = PostingLayout.laneCount
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: laneCount * bits * 2))
        bytes.withUnsafeMutableBytes { record in
            func include(_ bits: UInt32, _ place: Int) {
                let offset = start + 2 * place
                let word = PostingLayout.word(UnsafeRawBufferPointer(record), offset)
                let whole = (word | UInt16(truncatingIfNeeded: bits)).littleEndian
                record.storeBytes(of: whole, toByteOffset: offset, as: UInt16.self)
            }
            for row in 0..<(values.count / laneCount) {
                let (word, shift) = (row * bits).quotientAndRemainder(dividingBy: 16)
                for lane in 0..<laneCount {
                    let value = values[row * laneCount + lane] << UInt32(shift)
                    include(value, word * laneCount + lane)
                    if shift + bits > 16 { include(value >> 16, (word + 1) * laneCount + lane) }
                }
            }
        }
    }

    private mutating func append(word: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: word))
        bytes.append(UInt8(truncatingIfNeeded: word >> 8))
    }

    private mutating func appendVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
