/// The first place where two stores differ.
public struct StoreDifference: Sendable, Equatable, CustomStringConvertible {
    /// The table.
    public let table: String
    /// The key in words.
    public let key: String
    /// What differs.
    public let detail: String

    /// The table, the key and what differs.
    public var description: String { "\(table) \(key): \(detail)" }
}

extension Store {
    /// The first difference between this store's content and another's, or nil if they are equal.
    ///
    /// Records are written in one way only, whatever commits they came in, so that stores that hold
    /// the same are equal byte for byte, table by table.
    ///
    /// - Complexity: O(size of the stores), in constant memory.
    public func firstDifference(from other: Store) throws -> StoreDifference? {
        try read { left in
            try other.read { right in
                for table in Table.ofStore {
                    if let difference = try left.firstDifference(from: right, in: table) {
                        return difference
                    }
                }
                return nil
            }
        }
    }
}

extension ReadTransaction {
    /// The first difference between a table here and in another store.
    fileprivate func firstDifference(
        from other: borrowing ReadTransaction,
        in table: Table
    ) throws(StoreError) -> StoreDifference? {
        let leftCursor = try transaction.cursor(table)
        let rightCursor = try other.transaction.cursor(table)
        var (left, right) = (try leftCursor.first(), try rightCursor.first())
        while left != nil || right != nil {
            let key: UnsafeRawBufferPointer
            let detail: String
            switch (left, right) {
            case (let left?, let right?) where left.key.elementsEqual(right.key):
                key = left.key
                detail =
                    left.value.elementsEqual(right.value)
                    ? "" : "\(left.value.count) bytes differ from \(right.value.count)"
            case (let left?, let right?):
                let isLeftFirst = left.key.lexicographicallyPrecedes(right.key)
                key = isLeftFirst ? left.key : right.key
                detail = isLeftFirst ? "only in the first store" : "only in the second store"
            case (let left?, nil): (key, detail) = (left.key, "only in the first store")
            case (nil, let right?): (key, detail) = (right.key, "only in the second store")
            case (nil, nil): return nil
            }
            guard detail.isEmpty else {
                let name = StoreKey.name(of: key, in: table)
                return StoreDifference(table: table.name, key: name, detail: detail)
            }
            (left, right) = (try leftCursor.next(), try rightCursor.next())
        }
        return nil
    }
}

extension StoreKey {
    /// A key in words.
    static func name(of key: UnsafeRawBufferPointer, in table: Table) -> String {
        func text(from offset: Int) -> String {
            String(decoding: key.dropFirst(offset), as: UTF8.self)
        }
        let number = narrowNumber(key).map(String.init) ?? "?"
        switch table {
        case .blocks, .concepts, .landmarks, .codes: return wideNumber(key).map(String.init) ?? "?"
        case .documents, .unfinished, .lengths: return number
        case .readings, .tokens, .states: return number
        case .runs:
            guard let run = RunKey(key) else { return "?" }
            return "part \(run.part) of \(run.firstBlock) to \(run.endBlock - 1)"
        case .postings: return "\(text(from: 4)) in group \(number)"
        case .memories: return "\(text(from: 4)) of document \(number)"
        case .documentIDs: return text(from: 1)
        case .meta: return text(from: 0)
        case .checkpoints:
            return key.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        }
    }
}

extension ReadTransaction {
    /// Runs `body` with every key and record of a table as they lie in the map, in the order of the
    /// keys, for tests of damage; nothing if there is no such table.
    package func forEachRecord(
        of table: String,
        _ body: (_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) {
        guard let table = Table.ofStore.first(where: { $0.name == table }) else { return }
        try forEach(in: table) { body($0, $1) }
    }
}
