extension ReadTransaction {
    /// Blocks whose postings and term counts lie together: group `i` begins with block `i` times
    /// this.
    package static var postingGroupSize: UInt64 { StoreLayout.postingGroupSize }

    /// The groups of blocks that have postings or term counts, ascending.
    package func postingGroups() throws(StoreError) -> [UInt32] {
        var groups: [UInt32] = []
        try forEach(in: .lengths) { key, _ throws(StoreError) in
            if let group = StoreKey.narrowNumber(key) { groups.append(group) }
        }
        return groups
    }

    /// How many terms each block of a group has, counted with repetition.
    ///
    /// - Returns: A count for each of the group's 4,096 blocks, 0 where there is no block; empty if
    ///   there is no such group.
    package func termCounts(group: UInt32) throws(StoreError) -> [UInt32] {
        try transaction.lengths(group: group)?.counts ?? []
    }

    /// Appends the blocks of one group that hold a term to `list`.
    ///
    /// - Returns: How many there are.
    @discardableResult
    package func appendPostings(
        of term: [UInt8],
        group: UInt32,
        to list: inout PostingList
    ) throws(StoreError) -> Int {
        let short = shortened(term, to: StoreLayout.maximumTermBytes)
        let key = StoreKey.posting(group: group, term: short)
        guard let record = try transaction.value(key, of: .postings) else { return 0 }
        let countBefore = list.blocks.count
        let firstBlock = UInt64(group) * StoreLayout.postingGroupSize
        let isSound = PostingCoder.decode(record) { block, frequency in
            list.blocks.append(firstBlock + UInt64(block))
            list.frequencies.append(frequency)
        }
        guard isSound else {
            let name = String(decoding: short, as: UTF8.self)
            throw transaction.damaged(.postings, "\(name) in group \(group)", "it is malformed")
        }
        return list.blocks.count - countBefore
    }

    /// All blocks that hold a term.
    ///
    /// - Complexity: O(log of the store) for each group of 4,096 blocks, and O(blocks found).
    package func postings(of term: [UInt8]) throws(StoreError) -> PostingList {
        var list = PostingList()
        for group in try postingGroups() {
            try appendPostings(of: term, group: group, to: &list)
        }
        return list
    }
}
