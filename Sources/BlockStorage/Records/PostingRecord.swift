internal import CKernels

/// The postings of one term in one group of blocks, as they lie in the map.
///
/// Its pointer is valid in the transaction that gave it and in all others of the same snapshot.
package struct PostingRecord: @unchecked Sendable {  // Nobody writes a snapshot's pages.
    /// The group.
    package let group: UInt32
    /// How many blocks of the group hold the term.
    package let count: Int
    /// What none of the postings goes beyond; of a single one the length is not looked at.
    package let bound: ImpactBound
    fileprivate let record: UnsafeRawBufferPointer

    /// A view of a record, or nil if its digest does not hold or its head is malformed.
    init?(group: UInt32, record: UnsafeRawBufferPointer) {
        guard
            let count = PostingRecord.count(of: record),
            UInt32(littleEndian: record.loadUnaligned(as: UInt32.self))
                == PostingLayout.digest(of: record)
        else { return nil }
        self.group = group
        self.record = record
        self.count = count
        if count > 1 {
            bound = ImpactBound(record, at: PostingLayout.boundOffset)
        } else {
            guard let (_, frequency) = PostingRecord.single(record) else { return nil }
            bound = ImpactBound(frequency: frequency)
        }
    }

    /// How many postings a record has, or nil if its head is malformed; the digest is not looked at.
    static func count(of record: UnsafeRawBufferPointer) -> Int? {
        guard record.count >= PostingLayout.leastSize else {
            return record.count >= PostingLayout.countOffset + PostingLayout.codeSize ? 1 : nil
        }
        let count = PostingLayout.word(record, PostingLayout.countOffset)
        return (2...UInt16(StoreLayout.postingGroupSize)).contains(count) ? Int(count) : nil
    }

    /// The posting of a record of one, or nil if it is malformed.
    fileprivate static func single(
        _ record: UnsafeRawBufferPointer
    ) -> (position: UInt16, frequency: UInt32)? {
        let code = PostingLayout.word(record, PostingLayout.countOffset)
        var frequency = UInt32(code >> 12)
        var offset = PostingLayout.singleFrequencyOffset
        if frequency == 0 {
            guard let varint = PostingLayout.frequency(record, &offset) else { return nil }
            frequency = varint
        }
        return offset == record.count ? (code & PostingLayout.positionMask, frequency) : nil
    }

    /// Asks for the record, which will be decoded soon.
    package func prefetch() {
        kernels_prefetch(record.baseAddress, 128)
    }

    /// Gives `body` each posting, ascending.
    ///
    /// - Returns: Whether the record is sound; `body` may have got some postings of one that is not.
    func forEach(_ body: (_ position: UInt16, _ frequency: UInt32) -> Void) -> Bool {
        var cursor = PostingCursor(self)
        let run = PostingRun()
        var next = 0
        while cursor.next(run) {
            for index in 0..<run.count {
                let position = run.positions[index]
                guard position >= next else { return false }
                next = Int(position) + 1
                body(position, run.frequencies[index])
            }
        }
        return cursor.isSound
    }
}

/// Room for up to 64 decoded postings.
package final class PostingRun {
    /// How many there are.
    package fileprivate(set) var count = 0
    /// The blocks' distances from the group's first, ascending; the first `count` matter.
    package let positions: UnsafeMutableBufferPointer<UInt16>
    /// How often the term occurs in each, at least once.
    package let frequencies: UnsafeMutableBufferPointer<UInt32>

    /// Room for a run.
    package init() {
        positions = .allocate(capacity: PostingLayout.runLength)
        frequencies = .allocate(capacity: PostingLayout.runLength)
        positions.initialize(repeating: 0)
        frequencies.initialize(repeating: 1)
    }

    deinit {
        positions.deallocate()
        frequencies.deallocate()
    }
}

/// Decodes a record's postings run by run.
///
/// Whatever the record holds, positions are less than 4,096; where its digest is forged, they may not
/// ascend.
package struct PostingCursor {
    private let record: UnsafeRawBufferPointer
    private var offset = PostingLayout.bodyOffset
    private var left: Int
    /// The position of the last posting passed, −1 before the first.
    private var previous = UInt16.max
    private let isSingle: Bool
    /// Whether nothing malformed was met.
    package private(set) var isSound = true

    /// A cursor before the first run.
    package init(_ postings: PostingRecord) {
        record = postings.record
        left = postings.count
        isSingle = left == 1
    }

    /// Passes over packed runs that end before `position`, without decoding them.
    package mutating func skip(to position: UInt16) {
        while left >= PostingLayout.runLength,
            let head = PostingRunHead(record, at: offset), head.last < position
        {
            pass(head)
        }
    }

    /// Decodes the next run.
    ///
    /// - Returns: Whether there was one.
    package mutating func next(_ run: PostingRun) -> Bool {
        guard left > 0 else { return false }
        if isSingle {
            left = 0
            return decodeSingle(run)
        }
        guard left >= PostingLayout.runLength else { return decodeRest(run) }
        guard let head = PostingRunHead(record, at: offset) else { return fail() }
        decode(head, run)
        pass(head)
        run.count = PostingLayout.runLength
        guard
            run.positions[run.count - 1] == head.last, left > 0 || offset == record.count
        else { return fail() }
        return true
    }

    private mutating func pass(_ head: PostingRunHead) {
        offset += head.size
        previous = head.last
        left -= PostingLayout.runLength
    }

    private mutating func fail() -> Bool {
        isSound = false
        left = 0
        return false
    }

    private mutating func decodeSingle(_ run: PostingRun) -> Bool {
        guard let (position, frequency) = PostingRecord.single(record) else { return fail() }
        run.positions[0] = position
        run.frequencies[0] = frequency
        run.count = 1
        return true
    }

    private func decode(_ head: PostingRunHead, _ run: PostingRun) {
        guard let base = record.baseAddress else { return }
        let packed = (base + offset + PostingLayout.runHeadSize).assumingMemoryBound(
            to: UInt8.self
        )
        kernels_unpack_positions(
            packed,
            head.positionBits,
            previous,
            run.positions.baseAddress
        )
        let frequencies = packed + PostingLayout.packedSize(bits: head.positionBits)
        if head.frequencyBits == PostingLayout.wideBits {
            let words = UnsafeRawPointer(frequencies)
            for index in run.frequencies.indices {
                let word = words.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                run.frequencies[index] = max(UInt32(littleEndian: word) &+ 1, 1)
            }
        } else {
            kernels_unpack_frequencies(
                frequencies,
                head.frequencyBits,
                run.frequencies.baseAddress
            )
        }
    }

    private mutating func decodeRest(_ run: PostingRun) -> Bool {
        let codes = offset
        offset += left * PostingLayout.codeSize
        guard offset <= record.count, let base = record.baseAddress else { return fail() }
        let missingCount = kernels_unpack_codes(
            (base + codes).assumingMemoryBound(to: UInt8.self),
            left,
            run.positions.baseAddress,
            run.frequencies.baseAddress
        )
        run.count = left
        left = 0
        guard missingCount > 0 else { return offset == record.count || fail() }
        for index in 0..<run.count where run.frequencies[index] == 0 {
            guard let frequency = PostingLayout.frequency(record, &offset) else { return fail() }
            run.frequencies[index] = frequency
        }
        return offset == record.count || fail()
    }
}
