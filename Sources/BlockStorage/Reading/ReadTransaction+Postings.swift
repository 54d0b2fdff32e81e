extension ReadTransaction {
    /// Blocks whose postings and term counts lie together: group `i` begins with block `i` times
    /// this.
    package static var postingGroupSize: UInt64 { StoreLayout.postingGroupSize }

    /// The term counts of all groups that have blocks, ascending.
    ///
    /// - Complexity: O(blocks), to check the digests.
    package func groupLengths() throws(StoreError) -> [GroupLengths] {
        var groups: [GroupLengths] = []
        try forEach(in: .lengths) { key, record throws(StoreError) in
            let group = StoreKey.narrowNumber(key) ?? .max
            guard let lengths = GroupLengths(group: group, record: record) else {
                throw transaction.damaged(.lengths, "\(group)", "its digest does not hold")
            }
            groups.append(lengths)
        }
        return groups
    }

    /// The groups that have blocks, ascending.
    package func postingGroups() throws(StoreError) -> [UInt32] {
        var groups: [UInt32] = []
        try forEach(in: .lengths) { key, _ throws(StoreError) in
            if let group = StoreKey.narrowNumber(key) { groups.append(group) }
        }
        return groups
    }

    /// A term's postings in one group, or nil if no block of it holds the term.
    package func postings(
        of term: [UInt8],
        group: UInt32
    ) throws(StoreError) -> PostingRecord? {
        guard let record = try postingRecord(of: term, group: group) else { return nil }
        guard let postings = PostingRecord(group: group, record: record) else {
            throw damagedPostings(of: term, group: group)
        }
        return postings
    }

    /// How many blocks of a group hold a term; the record's digest is not looked at.
    package func postingCount(of term: [UInt8], group: UInt32) throws(StoreError) -> Int {
        guard let record = try postingRecord(of: term, group: group) else { return 0 }
        guard let count = PostingRecord.count(of: record) else {
            throw damagedPostings(of: term, group: group)
        }
        return count
    }

    /// The error for postings whose decoding found them malformed.
    package func damagedPostings(of term: [UInt8], group: UInt32) -> StoreError {
        let name = String(
            decoding: shortened(term, to: StoreLayout.maximumTermBytes),
            as: UTF8.self
        )
        return transaction.damaged(.postings, "\(name) in group \(group)", "it is malformed")
    }

    /// All blocks that hold a term.
    ///
    /// - Complexity: O(log of the store) for each group of 4,096 blocks, and O(blocks found).
    package func postings(of term: [UInt8]) throws(StoreError) -> PostingList {
        var list = PostingList()
        for group in try postingGroups() {
            guard let record = try postings(of: term, group: group) else { continue }
            let firstBlock = UInt64(group) * StoreLayout.postingGroupSize
            let isSound = record.forEach { position, frequency in
                list.append(firstBlock + UInt64(position), frequency: frequency)
            }
            guard isSound else { throw damagedPostings(of: term, group: group) }
        }
        return list
    }

    private func postingRecord(
        of term: [UInt8],
        group: UInt32
    ) throws(StoreError) -> UnsafeRawBufferPointer? {
        let short =
            term.count > StoreLayout.maximumTermBytes
            ? shortened(term, to: StoreLayout.maximumTermBytes) : term
        return try transaction.value(StoreKey.posting(group: group, term: short), of: .postings)
    }
}
