/// The part of a commit that falls into one group of blocks.
struct BlockSpan {
    /// The group's number.
    let group: UInt64
    /// Stored blocks of the group that go, ascending.
    var deleted: [Range<UInt64>] = []
    /// Pending blocks of the group, dropped ones included.
    var added: Range<UInt64> = 0..<0

    /// The groups of `size` blocks that a plan touches, ascending.
    ///
    /// - Complexity: O(groups + ranges of blocks deleted).
    static func spans(of plan: CommitPlan, groupSize size: UInt64) -> [BlockSpan] {
        var spans: [BlockSpan] = []
        func visit(_ range: Range<UInt64>, _ update: (inout BlockSpan, Range<UInt64>) -> Void) {
            var start = range.lowerBound
            while start < range.upperBound {
                let group = start / size
                let end = min((group + 1) * size, range.upperBound)
                if spans.last?.group != group { spans.append(BlockSpan(group: group)) }
                update(&spans[spans.count - 1], start..<end)
                start = end
            }
        }
        for range in plan.deletedBlocks { visit(range) { $0.deleted.append($1) } }
        let addedEnd = plan.firstBlock + UInt64(plan.blockDocuments.count)
        visit(plan.firstBlock..<addedEnd) { $0.added = $1 }
        return spans
    }
}
