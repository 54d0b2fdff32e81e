private import Glibc
import Serialization

/// The terms of pending blocks, each stored once, with the blocks they occur in.
///
/// Invariant: the pairs of one term ascend by block, since blocks are added in order.
struct TermIndex {
    /// One term in one block.
    struct Pair {
        /// The index of the term.
        let term: UInt32
        /// The index of the pending block.
        let block: UInt32
        /// How often it occurs there.
        var frequency: UInt32
    }

    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var lastPairs: [Int] = []
    private var digests: [UInt64] = []
    /// Open addressing: the index of a term plus 1, or 0; a power of two, at most half full.
    private var slots = [UInt32](repeating: 0, count: 1024)
    /// Every term in every block, in the order of blocks.
    private(set) var pairs: [Pair] = []

    /// How many different terms there are.
    var termCount: Int { ends.count }

    /// About how much memory the terms and pairs take.
    var byteCount: Int {
        bytes.count + ends.count * 32 + pairs.count * MemoryLayout<Pair>.stride
    }

    /// Removes all and keeps the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        lastPairs.removeAll(keepingCapacity: true)
        digests.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    /// Adds the terms of a block that comes after all others.
    ///
    /// - Parameters:
    ///   - block: The index of the block.
    ///   - forEachTerm: Calls its argument with each term and how often it occurs; an empty one is passed
    ///     over.
    /// - Returns: How many terms there are with repetition, and how many different ones.
    mutating func add(
        block: UInt32,
        _ forEachTerm: (_ body: (UnsafeRawBufferPointer, UInt32) -> Void) -> Void
    ) -> (total: UInt32, distinct: UInt32) {
        var total: UInt32 = 0
        let firstPair = pairs.count
        forEachTerm { term, frequency in
            guard !term.isEmpty else { return }
            total = total.addingSaturating(frequency)
            add(intern(term), frequency, block: block, firstPair: firstPair)
        }
        return (total, UInt32(pairs.count - firstPair))
    }

    /// Counts a term in the block whose pairs begin at `firstPair`.
    @inline(__always)
    private mutating func add(_ term: Int, _ frequency: UInt32, block: UInt32, firstPair: Int) {
        let last = lastPairs[term]
        if last >= firstPair {
            pairs[last].frequency = pairs[last].frequency.addingSaturating(frequency)
        } else {
            lastPairs[term] = pairs.count
            let frequency = UInt32(0).addingSaturating(frequency)
            pairs.append(Pair(term: UInt32(term), block: block, frequency: frequency))
        }
    }

    /// Runs `body` with the bytes of a term.
    func withTerm<Result>(_ term: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(.init(rebasing: $0[range(of: term)])) }
    }

    /// The indices of all terms in the order of their bytes.
    func sortedTerms() -> [Int] {
        bytes.withUnsafeBytes { all in
            let keyed = (0..<termCount).map { term in
                (prefix: TermIndex.prefix(of: .init(rebasing: all[range(of: term)])), term: term)
            }
            return keyed.sorted { left, right in
                guard left.prefix == right.prefix else { return left.prefix < right.prefix }
                return all[range(of: left.term)].lexicographicallyPrecedes(
                    all[range(of: right.term)]
                )
            }.map(\.term)
        }
    }

    private func range(of term: Int) -> Range<Int> {
        (term == 0 ? 0 : ends[term - 1])..<ends[term]
    }

    /// The first eight bytes as a number whose order is theirs.
    private static func prefix(of term: UnsafeRawBufferPointer) -> UInt64 {
        var prefix: UInt64 = 0
        for index in 0..<8 {
            prefix = prefix << 8 | (index < term.count ? UInt64(term[index]) : 0)
        }
        return prefix
    }

    private mutating func intern(_ given: UnsafeRawBufferPointer) -> Int {
        guard given.count > StoreLayout.maximumTermBytes else { return find(given) }
        return shortened(Array(given), to: StoreLayout.maximumTermBytes).withUnsafeBytes {
            find($0)
        }
    }

    private mutating func find(_ term: UnsafeRawBufferPointer) -> Int {
        let digest = TermIndex.digest(of: term)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: digest) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if digests[index] == digest, isTerm(index, term) { return index }
            slot = (slot + 1) & mask
        }
        slots[slot] = UInt32(ends.count + 1)
        bytes.append(contentsOf: term)
        ends.append(bytes.count)
        digests.append(digest)
        lastPairs.append(-1)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    /// A hash of a term: of its length and first and last eight bytes, which may overlap, or of all.
    private static func digest(of term: UnsafeRawBufferPointer) -> UInt64 {
        guard (4...16).contains(term.count) else { return SealedRecord.digest(of: term) }
        func word<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> UInt64 {
            UInt64(term.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
        let (first, last) =
            term.count < 8
            ? (word(0, UInt32.self), word(term.count - 4, UInt32.self))
            : (word(0, UInt64.self), word(term.count - 8, UInt64.self))
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        let (high, low) = (first ^ factor).multipliedFullWidth(
            by: last ^ UInt64(term.count) &* factor
        )
        return high ^ low
    }

    private func isTerm(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        withTerm(index) { term in
            guard term.count == bytes.count else { return false }
            guard let left = term.baseAddress, let right = bytes.baseAddress else { return true }
            return memcmp(left, right, term.count) == 0
        }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for (index, digest) in digests.enumerated() {
            var slot = Int(truncatingIfNeeded: digest) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(index + 1)
        }
    }
}

extension UInt32 {
    /// The sum, or one less than the largest value where the sum is more than that.
    fileprivate func addingSaturating(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max - 1 : Swift.min(sum, .max - 1)
    }
}
