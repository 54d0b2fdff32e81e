private import CLMDB
private import Glibc

/// A transaction inside the closure of `Environment.read` or `write`.
///
/// Memory that `value(_:of:)` and cursors hand out is LMDB's map: in a read transaction it stays
/// until the transaction ends, in a write transaction until the next change.
struct Transaction: ~Copyable {
    fileprivate let handle: OpaquePointer
    /// The environment it belongs to.
    let environment: Environment

    /// A transaction over LMDB's handle, which outlives it.
    init(handle: OpaquePointer, environment: Environment) {
        self.handle = handle
        self.environment = environment
    }

    /// Which snapshot a read transaction is of.
    var snapshot: SnapshotID {
        SnapshotID(commit: mdb_txn_id(handle), mapGeneration: environment.mapGeneration)
    }

    /// The value at `key`, or nil.
    func value(_ key: [UInt8], of table: Table) throws(StoreError) -> UnsafeRawBufferPointer? {
        var found = MDB_val()
        let code = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_get(handle, environment.database(table), &name, &found)
        }
        guard code != MDB_NOTFOUND else { return nil }
        try environment.check(code, "read \(table.name)")
        return UnsafeRawBufferPointer(found)
    }

    /// Puts `value` at `key`, which with `appending` is known to come after all others.
    func put(
        _ value: [UInt8],
        at key: [UInt8],
        in table: Table,
        appending: Bool = false
    ) throws(StoreError) {
        let code = value.withUnsafeBytes { valueBytes in
            key.withUnsafeBytes { keyBytes in
                var name = MDB_val(keyBytes)
                var content = MDB_val(valueBytes)
                let flags = appending ? UInt32(MDB_APPEND) : 0
                return mdb_put(handle, environment.database(table), &name, &content, flags)
            }
        }
        try environment.check(code, "write \(table.name)")
    }

    /// Puts a value of `size` bytes at `key`, which is known to come after all others, as `fill` writes it.
    func append(
        size: Int,
        at key: [UInt8],
        in table: Table,
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(StoreError) {
        var content = MDB_val(mv_size: size, mv_data: nil)
        let code = key.withUnsafeBytes { keyBytes in
            var name = MDB_val(keyBytes)
            let flags = UInt32(MDB_APPEND | MDB_RESERVE)
            return mdb_put(handle, environment.database(table), &name, &content, flags)
        }
        try environment.check(code, "write \(table.name)")
        fill(UnsafeMutableRawBufferPointer(start: content.mv_data, count: content.mv_size))
    }

    /// Deletes what is at `key`.
    ///
    /// - Returns: Whether there was something.
    @discardableResult
    func delete(_ key: [UInt8], from table: Table) throws(StoreError) -> Bool {
        let code = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_del(handle, environment.database(table), &name, nil)
        }
        guard code != MDB_NOTFOUND else { return false }
        try environment.check(code, "delete from \(table.name)")
        return true
    }

    /// How much a table holds.
    func size(of table: Table) throws(StoreError) -> TableSize {
        var statistics = MDB_stat()
        try environment.check(
            mdb_stat(handle, environment.database(table), &statistics),
            "size \(table.name)"
        )
        let pages =
            statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages
        return TableSize(
            name: table.name,
            entryCount: statistics.ms_entries,
            sizeBytes: pages * Int(statistics.ms_psize)
        )
    }

    /// A cursor over a table, which is to be gone before the transaction ends.
    func cursor(_ table: Table) throws(StoreError) -> Cursor {
        var cursor: OpaquePointer?
        try environment.check(
            mdb_cursor_open(handle, environment.database(table), &cursor),
            "scan \(table.name)"
        )
        guard let cursor else { throw environment.error(EINVAL, "scan \(table.name)") }
        return Cursor(handle: cursor, table: table, environment: environment)
    }
}

/// Which state of a store a transaction reads.
///
/// The pages of the newest commit are never written, so two transactions of the same snapshot see the
/// same bytes at the same addresses, even if there was none of it between them.
package struct SnapshotID: Sendable, Equatable {
    /// The number of its commit.
    let commit: Int
    /// How often the map had been moved.
    let mapGeneration: Int
}

/// How much a table holds.
public struct TableSize: Sendable, Equatable {
    /// The table's name.
    public let name: String
    /// How many entries it has.
    public let entryCount: Int
    /// How many bytes its pages take.
    public let sizeBytes: Int
}

/// A place in a table; it lives no longer than its transaction.
struct Cursor: ~Copyable {
    /// A key with its value, as they lie in the map.
    typealias Entry = (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)

    fileprivate let handle: OpaquePointer
    fileprivate let table: Table
    fileprivate let environment: Environment

    deinit { mdb_cursor_close(handle) }

    /// Moves to the first entry.
    func first() throws(StoreError) -> Entry? {
        try move(MDB_FIRST, key: [])
    }

    /// Moves to the first entry whose key is at least `key`.
    func seek(_ key: [UInt8]) throws(StoreError) -> Entry? {
        try move(MDB_SET_RANGE, key: key)
    }

    /// Moves to the next entry.
    func next() throws(StoreError) -> Entry? {
        try move(MDB_NEXT, key: [])
    }

    /// Puts `value` at `key`, where something may be, and moves there.
    func replace(_ value: [UInt8], at key: [UInt8]) throws(StoreError) {
        try put(value, at: key, flags: 0)
    }

    /// Puts `value` at `key`, which is known to come after all others, and moves there.
    func append(_ value: [UInt8], at key: [UInt8]) throws(StoreError) {
        try put(value, at: key, flags: UInt32(MDB_APPEND))
    }

    /// The value at `key`, to which it moves, or nil.
    func value(at key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer? {
        var content = MDB_val()
        let code = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_cursor_get(handle, &name, &content, MDB_SET_KEY)
        }
        guard code != MDB_NOTFOUND else { return nil }
        try environment.check(code, "read \(table.name)")
        return UnsafeRawBufferPointer(content)
    }

    /// Deletes the entry it is at; `next` then moves to the one after it.
    func delete() throws(StoreError) {
        try environment.check(mdb_cursor_del(handle, 0), "delete from \(table.name)")
    }

    private func put(_ value: [UInt8], at key: [UInt8], flags: UInt32) throws(StoreError) {
        let code = value.withUnsafeBytes { valueBytes in
            key.withUnsafeBytes { keyBytes in
                var name = MDB_val(keyBytes)
                var content = MDB_val(valueBytes)
                return mdb_cursor_put(handle, &name, &content, flags)
            }
        }
        try environment.check(code, "write \(table.name)")
    }

    private func move(_ operation: MDB_cursor_op, key: [UInt8]) throws(StoreError) -> Entry? {
        var name = MDB_val()
        var content = MDB_val()
        let code = key.withUnsafeBytes { bytes in
            name = MDB_val(bytes)
            return mdb_cursor_get(handle, &name, &content, operation)
        }
        guard code != MDB_NOTFOUND else { return nil }
        try environment.check(code, "scan \(table.name)")
        return (UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(content))
    }
}

extension MDB_val {
    /// LMDB's view of bytes that it only reads.
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            mv_size: bytes.count,
            mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        )
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes that LMDB points to.
    fileprivate init(_ value: MDB_val) {
        self.init(start: value.mv_data, count: value.mv_size)
    }
}
