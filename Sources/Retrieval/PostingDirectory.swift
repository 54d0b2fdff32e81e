import BlockStorage

/// Where the postings of terms lie in one snapshot of a store, kept from one question to the next.
struct PostingDirectory {
    /// The groups of 4,096 blocks, ascending, with their blocks' lengths.
    private(set) var groups: [GroupLengths] = []
    /// About how many bytes of memory the records found take.
    private(set) var heldBytes = 0
    private var snapshot: SnapshotID?
    /// By term: its records, ascending by group.
    private var records: [Int: [PostingRecord]] = [:]
    /// By term: how many blocks hold it, -1 where that is not known.
    private var counts: [Int32] = []

    /// Forgets the terms, whose numbers will be given anew.
    mutating func removeAll() {
        records = [:]
        counts = []
        heldBytes = 0
    }

    /// Begins a question to a snapshot.
    mutating func begin(in transaction: borrowing ReadTransaction) throws(StoreError) {
        guard snapshot != transaction.snapshot else { return }
        removeAll()
        groups = try transaction.groupLengths()
        snapshot = transaction.snapshot
    }

    /// The records of a term, ascending by group.
    ///
    /// - Complexity: O(groups) look-ups, once a snapshot.
    mutating func records(
        ofTerm number: Int,
        _ term: [UInt8],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> [PostingRecord] {
        if let known = records[number] { return known }
        var found: [PostingRecord] = []
        for lengths in groups {
            if let record = try transaction.postings(of: term, group: lengths.group) {
                found.append(record)
            }
        }
        records[number] = found
        heldBytes += 64 + found.count * MemoryLayout<PostingRecord>.stride
        setCount(found.reduce(0) { $0 + $1.count }, ofTerm: number)
        return found
    }

    /// How many blocks hold a term.
    mutating func count(
        ofTerm number: Int,
        _ term: [UInt8],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int {
        if number < counts.count, counts[number] >= 0 { return Int(counts[number]) }
        var count = 0
        for lengths in groups {
            count += try transaction.postingCount(of: term, group: lengths.group)
        }
        setCount(count, ofTerm: number)
        return count
    }

    private mutating func setCount(_ count: Int, ofTerm number: Int) {
        while counts.count <= number { counts.append(-1) }
        counts[number] = Int32(clamping: count)
    }
}
