/// Numbers different terms from 0 in the order in which they are first met.
struct TermTable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing: a term's number plus 1, or 0; a power of two, at most half full.
    private var slots = [UInt32](repeating: 0, count: 4096)

    /// How many terms there are.
    var count: Int { ends.count }

    /// The bytes of a term.
    subscript(term: Int) -> [UInt8] { Array(bytes[range(of: term)]) }

    /// Whether the bytes of one term come before those of another.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        bytes[range(of: left)].lexicographicallyPrecedes(bytes[range(of: right)])
    }

    /// The number of a term, a new one if it was not met before.
    mutating func number(of term: UnsafeBufferPointer<UInt8>) -> Int {
        let place = slot(of: term)
        if slots[place] != 0 { return Int(slots[place]) - 1 }
        bytes.append(contentsOf: term)
        ends.append(bytes.count)
        slots[place] = UInt32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return ends.count - 1
    }

    private func range(of term: Int) -> Range<Int> {
        (term == 0 ? 0 : ends[term - 1])..<ends[term]
    }

    /// The slot that holds a term, or the empty one where it belongs.
    private func slot(of term: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var place = TermTable.hash(term) & mask
        while slots[place] != 0 {
            let range = range(of: Int(slots[place]) - 1)
            if range.count == term.count, bytes[range].elementsEqual(term) { break }
            place = (place + 1) & mask
        }
        return place
    }

    /// FNV-1a.
    private static func hash(_ term: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in term { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32))
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for term in ends.indices {
            let place = bytes[range(of: term)].withUnsafeBufferPointer { self.slot(of: $0) }
            slots[place] = UInt32(term + 1)
        }
    }
}
