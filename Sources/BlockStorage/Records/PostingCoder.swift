/// Writes the postings of one term in one group of blocks; `PostingLayout` says how.
///
/// What comes out depends on the postings alone, not on how they were spread over commits.
struct PostingCoder {
    /// The record as it grows, with room for its head; once finished, the record.
    private(set) var bytes: [UInt8] = []
    /// The term counts of the group's blocks.
    private let lengths: BlockLengths
    private var count = 0
    private var last: UInt16 = .max
    private var lastFrequency: UInt32 = 0
    private var bound = ImpactBound.none
    /// Where the postings begin that are not packed yet.
    private var restOffset = PostingLayout.bodyOffset
    /// The last position that is packed, −1 where there is none.
    private var packedLast: UInt16 = .max

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
        packedLast = .max
    }

    /// Begins with what a stored record holds.
    ///
    /// - Returns: Whether the record is sound and all its postings come before `position`.
    mutating func begin(with record: UnsafeRawBufferPointer, before position: UInt16) -> Bool {
        guard let stored = PostingRecord(group: 0, record: record) else { return false }
        guard stored.count > 1 else {
            begin()
            return stored.forEach { append(position: $0, frequency: $1) } && last < position
        }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: record)
        count = stored.count
        bound = stored.bound
        last = PostingLayout.word(record, PostingLayout.lastOffset)
        restOffset = PostingLayout.bodyOffset
        packedLast = .max
        for _ in 0..<(count / PostingLayout.runLength) {
            guard let head = PostingRunHead(record, at: restOffset) else { return false }
            restOffset += head.size
            packedLast = head.last
        }
        return last < position
    }

    /// Adds a posting.
    ///
    /// - Precondition: `position` comes after all those added and is less than 4,096.
    mutating func append(position: UInt16, frequency: UInt32) {
        precondition(last == .max || position > last, "postings ascend")
        let distance = UInt32(last == .max ? position : position - last)
        appendVarint(distance << 1 | (frequency == 1 ? 0 : 1))
        if frequency != 1 { appendVarint(frequency) }
        bound.include(frequency: frequency, length: lengths[Int(position)] ?? 0)
        count += 1
        last = position
        lastFrequency = frequency
        if count.isMultiple(of: PostingLayout.runLength) { packRest() }
    }

    /// Writes the head of the record.
    ///
    /// - Precondition: There is a posting.
    mutating func finish() {
        if count == 1 {
            finishSingle()
        } else {
            bytes.withUnsafeMutableBytes { record in
                PostingCoder.store(UInt16(count), in: record, at: PostingLayout.countOffset)
                PostingCoder.store(last, in: record, at: PostingLayout.lastOffset)
                record[PostingLayout.boundOffset] = bound.frequencyCode
                record[PostingLayout.boundOffset + 1] = bound.lengthCode
            }
        }
        bytes.withUnsafeMutableBytes { record in
            let digest = PostingLayout.digest(of: UnsafeRawBufferPointer(record))
            record.storeBytes(of: digest.littleEndian, as: UInt32.self)
        }
    }

    private mutating func finishSingle() {
        bytes.removeLast(bytes.count - PostingLayout.lastOffset)
        let isSmall = lastFrequency < 8
        let code = PostingLayout.singleFlag | (isSmall ? UInt16(lastFrequency) << 12 : 0) | last
        bytes.withUnsafeMutableBytes { record in
            PostingCoder.store(code, in: record, at: PostingLayout.countOffset)
        }
        if !isSmall { appendVarint(lastFrequency) }
    }

    /// Packs the last 128 postings, which are all that are not packed yet.
    private mutating func packRest() {
        var (gaps, counts): ([UInt32], [UInt32]) = ([], [])
        var runBound = ImpactBound.none
        var position = UInt32(packedLast == .max ? 0 : packedLast)
        bytes.withUnsafeBytes { record in
            var offset = restOffset
            while let code = PostingLayout.varint(record, &offset) {
                let frequency = code & 1 == 0 ? 1 : PostingLayout.varint(record, &offset) ?? 1
                let isFirst = packedLast == .max && gaps.isEmpty
                gaps.append(code >> 1 - (isFirst ? 0 : 1))
                counts.append(frequency - 1)
                position += code >> 1
                runBound.include(frequency: frequency, length: lengths[Int(position)] ?? 0)
            }
        }
        let positionBits = PostingCoder.bits(gaps)
        let frequencyBits = PostingCoder.bits(counts)
        bytes.removeLast(bytes.count - restOffset)
        append(word: last | UInt16(positionBits) << 12)
        bytes += [UInt8(frequencyBits), runBound.frequencyCode, runBound.lengthCode]
        appendPacked(gaps, bits: positionBits)
        appendPacked(counts, bits: frequencyBits)
        packedLast = last
        restOffset = bytes.count
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
        let lanes = 8
        var words = [UInt16](repeating: 0, count: lanes * bits)
        for (index, value) in values.enumerated() {
            let (row, lane) = index.quotientAndRemainder(dividingBy: lanes)
            let (word, shift) = (row * bits).quotientAndRemainder(dividingBy: 16)
            let place = word * lanes + lane
            words[place] |= UInt16(truncatingIfNeeded: value << UInt32(shift))
            if shift + bits > 16 {
                words[place + lanes] |= UInt16(value >> UInt32(16 - shift))
            }
        }
        for word in words { append(word: word) }
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

    private static func store(
        _ value: UInt16,
        in record: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) {
        record.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt16.self)
    }
}
