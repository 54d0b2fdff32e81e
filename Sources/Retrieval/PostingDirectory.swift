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
    /// By term: about how many blocks hold it, -1 where that is not known.
    private var estimates: [Int32] = []
    /// How many groups an estimate looks at.
    private static let estimatedGroupCount = 64

    /// Forgets the terms, whose numbers will be given anew.
    mutating func removeAll() {
        records = [:]
        estimates = []
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
        return found
    }

    /// About how many blocks hold a term, from 64 groups spread over the store; exact if it has no more.
    ///
    /// It does not depend on whether the term's records are known.
    mutating func estimatedCount(
        ofTerm number: Int,
        _ term: [UInt8],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Int {
        while estimates.count <= number { estimates.append(-1) }
        if estimates[number] >= 0 { return Int(estimates[number]) }
        let places = EvenSpread.places(PostingDirectory.estimatedGroupCount, of: groups.count)
        var count = 0
        for place in places {
            count += try transaction.postingCount(of: term, group: groups[place].group)
        }
        // A term that was not met is taken for one that was met once.
        if places.count < groups.count { count = max(count, 1) * groups.count / places.count }
        estimates[number] = Int32(clamping: count)
        return count
    }
}

/// Some of many places, evenly spread.
enum EvenSpread {
    /// `count` places of `total`, ascending, or all if there are no more.
    static func places(_ count: Int, of total: Int) -> [Int] {
        total <= count ? Array(0..<total) : (0..<max(count, 0)).map { $0 * total / count }
    }
}
