/// The blocks that hold a term, with how often each does.
package struct PostingList: Sendable, Equatable {
    /// The blocks' ids, ascending.
    package fileprivate(set) var blocks: [UInt64] = []
    /// How often the term occurs in each.
    package fileprivate(set) var frequencies: [UInt32] = []

    /// An empty list.
    init() {}

    /// Adds a block that comes after all others.
    mutating func append(_ block: UInt64, frequency: UInt32) {
        blocks.append(block)
        frequencies.append(frequency)
    }
}
