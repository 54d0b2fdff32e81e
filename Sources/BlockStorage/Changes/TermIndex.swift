private import CKernels
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

    /// One term, in half a cache line.
    private struct Term {
        let key: TermKey
        /// The index of its last pair, or -1.
        var lastPair: Int32
        /// Where it begins in `bytes`.
        let start: Int
    }

    /// A term that is to be looked up, with a whole key.
    private struct Waiting {
        let key: TermKey
        let hash: UInt64
        let frequency: UInt32
    }

    private var bytes: [UInt8] = []
    private var terms: [Term] = []
    /// How many terms of a block are looked up together: the memory of each is asked for while others come.
    private static let waitingCount = 16
    /// Open addressing: the upper half of a key's hash above the index of its term plus 1, or 0; a power of
    /// two, at most half full.
    private var slots = [UInt64](repeating: 0, count: 1024)
    /// Every term in every block, in the order of blocks.
    private(set) var pairs: [Pair] = []

    /// How many different terms there are.
    var termCount: Int { terms.count }

    /// About how much memory the terms and pairs take.
    var byteCount: Int {
        bytes.count + terms.count * 64 + pairs.count * MemoryLayout<Pair>.stride
    }

    /// Removes all and keeps the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        terms.removeAll(keepingCapacity: true)
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
        withUnsafeTemporaryAllocation(of: Waiting.self, capacity: TermIndex.waitingCount) {
            waiting in
            var count = 0
            forEachTerm { term, frequency in
                guard !term.isEmpty else { return }
                total = total.addingSaturating(frequency)
                let key = TermKey(term)
                if key.isWhole {
                    waiting[count] = Waiting(key: key, hash: key.hash, frequency: frequency)
                    count += 1
                    guard count == waiting.count else { return }
                }
                add(waiting[..<count], block: block, firstPair: firstPair)
                count = 0
                if !key.isWhole {
                    add(intern(term), frequency, block: block, firstPair: firstPair)
                }
            }
            add(waiting[..<count], block: block, firstPair: firstPair)
        }
        return (total, UInt32(pairs.count - firstPair))
    }

    /// Counts terms, in their order.
    private mutating func add(
        _ waiting: Slice<UnsafeMutableBufferPointer<Waiting>>,
        block: UInt32,
        firstPair: Int
    ) {
        prefetch(waiting)
        for term in waiting {
            add(
                find(term.key, term.hash),
                term.frequency,
                block: block,
                firstPair: firstPair
            )
        }
    }

    /// Counts a term in the block whose pairs begin at `firstPair`.
    @inline(__always)
    private mutating func add(_ term: Int, _ frequency: UInt32, block: UInt32, firstPair: Int) {
        let last = Int(terms[term].lastPair)
        if last >= firstPair {
            pairs[last].frequency = pairs[last].frequency.addingSaturating(frequency)
        } else {
            terms[term].lastPair = Int32(pairs.count)
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
        let start = terms[term].start
        return start..<(start + Int(terms[term].key.count))
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

    private mutating func find(_ bytes: UnsafeRawBufferPointer) -> Int {
        let key = TermKey(bytes)
        return find(key, key.hash, bytes)
    }

    /// The index of the term with a key and, unless they are the key's, with these bytes.
    private mutating func find(
        _ key: TermKey,
        _ hash: UInt64,
        _ bytes: UnsafeRawBufferPointer? = nil
    ) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32 {
                let index = Int(slots[slot] & 0xFFFF_FFFF) - 1
                if terms[index].key == key, bytes.map({ isTerm(index, $0) }) ?? true {
                    return index
                }
            }
            slot = (slot + 1) & mask
        }
        terms.append(Term(key: key, lastPair: -1, start: self.bytes.count))
        slots[slot] = TermIndex.slot(hash, terms.count)
        if let bytes {
            self.bytes.append(contentsOf: bytes)
        } else {
            key.withBytes { self.bytes.append(contentsOf: $0) }
        }
        if terms.count * 2 > slots.count { grow() }
        return terms.count - 1
    }

    /// Asks for the slots of terms, then for the terms that the slots point to, most likely the ones.
    private func prefetch(_ waiting: Slice<UnsafeMutableBufferPointer<Waiting>>) {
        let mask = slots.count - 1
        slots.withUnsafeBufferPointer { slots in
            guard let start = slots.baseAddress else { return }
            for term in waiting {
                let slot = Int(truncatingIfNeeded: term.hash) & mask
                kernels_prefetch(start + slot, 1)
            }
        }
        terms.withUnsafeBufferPointer { terms in
            guard let start = terms.baseAddress else { return }
            for term in waiting {
                let slot = slots[Int(truncatingIfNeeded: term.hash) & mask]
                guard slot != 0 else { continue }
                kernels_prefetch(start + (Int(slot & 0xFFFF_FFFF) - 1), MemoryLayout<Term>.size)
            }
        }
    }

    private static func slot(_ hash: UInt64, _ number: Int) -> UInt64 {
        (hash & ~0xFFFF_FFFF) | UInt64(number)
    }

    private func isTerm(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        withTerm(index) { term in
            guard let left = term.baseAddress, let right = bytes.baseAddress else { return true }
            return memcmp(left, right, term.count) == 0
        }
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for (index, term) in terms.enumerated() {
            let hash = term.key.hash
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = TermIndex.slot(hash, index + 1)
        }
    }
}

/// What tells a term from others without a look at its bytes: up to sixteen of them, and how many there are.
private struct TermKey: Equatable {
    /// The first bytes: eight, or four of fewer than eight.
    let first: UInt64
    /// The last bytes, which may overlap the first; of more than sixteen a digest of all.
    let last: UInt64
    let count: UInt32

    init(_ term: UnsafeRawBufferPointer) {
        func word<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> UInt64 {
            UInt64(term.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
        count = UInt32(term.count)
        switch term.count {
        case 17...:
            first = word(0, UInt64.self)
            last = SealedRecord.digest(of: term)
        case 8...:
            first = word(0, UInt64.self)
            last = word(term.count - 8, UInt64.self)
        case 4...:
            first = word(0, UInt32.self)
            last = word(term.count - 4, UInt32.self)
        default:
            first = term.reduce(0) { $0 << 8 | UInt64($1) }
            last = 0
        }
    }

    /// Whether no other term has this key.
    var isWhole: Bool { count <= 16 }

    /// Calls `body` with the bytes of the term, if the key is whole.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
            let count = Int(count)
            if count >= 8 {
                buffer.storeBytes(of: first, as: UInt64.self)
                buffer.storeBytes(of: last, toByteOffset: count - 8, as: UInt64.self)
            } else if count >= 4 {
                buffer.storeBytes(of: UInt32(truncatingIfNeeded: first), as: UInt32.self)
                let last = UInt32(truncatingIfNeeded: last)
                buffer.storeBytes(of: last, toByteOffset: count - 4, as: UInt32.self)
            } else {
                for index in 0..<count {
                    buffer[index] = UInt8(
                        truncatingIfNeeded: first >> UInt64(8 * (count - 1 - index))
                    )
                }
            }
            return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    var hash: UInt64 {
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        let (high, low) = (first ^ factor).multipliedFullWidth(by: last ^ UInt64(count) &* factor)
        return high ^ low
    }
}

extension UInt32 {
    /// The sum, or one less than the largest value where the sum is more than that.
    fileprivate func addingSaturating(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max - 1 : Swift.min(sum, .max - 1)
    }
}
