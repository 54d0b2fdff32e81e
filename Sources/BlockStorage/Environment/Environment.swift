private import CLMDB
private import Glibc

/// An LMDB environment with named tables: begins transactions and grows the map.
///
/// A transaction exists only inside the closure that `read` or `write` runs, so none is used after
/// its end.
///
/// `databases` and `openedCount` are set before the object is shared; `mapGeneration` changes under `mapLock`.
final class Environment: @unchecked Sendable {  // LMDB's handle and the lock are thread-safe.
    /// The folder of the store.
    let path: String
    private let handle: OpaquePointer
    private let tables: [Table]
    /// The handle of each of the tables, by its raw value.
    private var databases = [MDB_dbi](repeating: 0, count: Table.allCases.count)
    private var openedCount = 0
    /// Held for reading by each read transaction and for writing while the map is resized, since
    /// LMDB allows no transaction of this process to live then.
    private let mapLock: UnsafeMutablePointer<pthread_rwlock_t>
    /// How often the map has got a new size and with it perhaps a new address.
    ///
    /// Read inside transactions only, which hold `mapLock`.
    private(set) var mapGeneration = 0

    /// Opens the environment in an existing folder.
    ///
    /// - Throws: `StoreError.notAStore` if the files are not LMDB's, or what the operating system
    ///   says.
    init(
        path: String,
        isReadOnly: Bool,
        mapSizeBytes: Int,
        tables: [Table] = Table.ofStore
    ) throws(StoreError) {
        self.path = path
        self.tables = tables
        var created: OpaquePointer?
        let code = mdb_env_create(&created)
        guard code == 0, let created else {
            throw Environment.error(code, path: path, operation: "start")
        }
        handle = created
        mapLock = .allocate(capacity: 1)
        pthread_rwlock_init(mapLock, nil)
        mdb_env_set_maxdbs(handle, UInt32(tables.count))
        mdb_env_set_maxreaders(handle, 510)
        // Less would not hold the empty tables.
        mdb_env_set_mapsize(handle, max(mapSizeBytes, 256 << 10))
        let flags = UInt32(MDB_NOTLS) | (isReadOnly ? UInt32(MDB_RDONLY) : 0)
        try check(mdb_env_open(handle, path, flags, 0o644), "open")
        var staleCount: Int32 = 0
        mdb_reader_check(handle, &staleCount)
    }

    deinit {
        mdb_env_close(handle)
        pthread_rwlock_destroy(mapLock)
        mapLock.deallocate()
    }

    /// Opens all tables, making them where `create` says so.
    ///
    /// - Returns: Whether the tables were there.
    func openTables(create: Bool) throws(StoreError) -> Bool {
        var transaction: OpaquePointer?
        try check(
            mdb_txn_begin(handle, nil, create ? 0 : UInt32(MDB_RDONLY), &transaction),
            "begin"
        )
        var main: MDB_dbi = 0
        var statistics = MDB_stat()
        mdb_dbi_open(transaction, nil, 0, &main)
        mdb_stat(transaction, main, &statistics)
        for table in tables {
            var database: MDB_dbi = 0
            let isMade = create && statistics.ms_entries == 0
            let code = mdb_dbi_open(
                transaction,
                table.name,
                isMade ? UInt32(MDB_CREATE) : 0,
                &database
            )
            if code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE {
                // With the first table, which tells the format's version, this is a store.
                mdb_txn_commit(transaction)
                return openedCount > 0
            }
            guard code == 0 else {
                mdb_txn_abort(transaction)
                throw error(code, "open table \(table.name)")
            }
            databases[table.rawValue] = database
            openedCount += 1
        }
        try check(mdb_txn_commit(transaction), "commit")
        return true
    }

    /// Whether there are all tables of this format.
    var hasAllTables: Bool { openedCount == tables.count }

    /// The handle of a table.
    func database(_ table: Table) -> UInt32 { databases[table.rawValue] }

    /// How many bytes the pages in use need, which the data file must at least have.
    var usedBytes: Int {
        var information = MDB_envinfo()
        var statistics = MDB_stat()
        mdb_env_info(handle, &information)
        mdb_env_stat(handle, &statistics)
        return (information.me_last_pgno + 1) * Int(statistics.ms_psize)
    }

    /// Whether all pages that lie in a part of the data file are free: no snapshot needs them.
    ///
    /// - Precondition: The file holds every page that is counted.
    func areFree(bytes: Range<Int>) -> Bool {
        var statistics = MDB_stat()
        mdb_env_stat(handle, &statistics)
        let pageSize = Int(statistics.ms_psize)
        var missing = Set((bytes.lowerBound / pageSize)..<(bytes.upperBound / pageSize))
        var transaction: OpaquePointer?
        guard mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction) == 0 else {
            return false
        }
        defer { mdb_txn_abort(transaction) }
        // Database 0 is LMDB's own of free pages: lists of a count and so many page numbers.
        var cursor: OpaquePointer?
        guard mdb_cursor_open(transaction, 0, &cursor) == 0 else { return false }
        defer { mdb_cursor_close(cursor) }
        var (key, value) = (MDB_val(), MDB_val())
        while !missing.isEmpty, mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0 {
            let words = UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
            let stored = words.count / MemoryLayout<Int>.size
            guard stored > 0 else { continue }
            let count = words.loadUnaligned(as: Int.self)
            for index in 1..<max(1, min(stored, count + 1)) {
                let offset = index * MemoryLayout<Int>.size
                missing.remove(words.loadUnaligned(fromByteOffset: offset, as: Int.self))
            }
        }
        return missing.isEmpty
    }

    /// The size of the map in bytes.
    var mapSizeBytes: Int {
        var information = MDB_envinfo()
        mdb_env_info(handle, &information)
        return information.me_mapsize
    }
}

// MARK: - Transactions

extension Environment {
    /// Runs `body` on a snapshot.
    func read<Result>(_ body: (consuming Transaction) throws -> Result) throws -> Result {
        pthread_rwlock_rdlock(mapLock)
        defer { pthread_rwlock_unlock(mapLock) }
        let transaction = try beginReading()
        defer { mdb_txn_abort(transaction) }
        return try body(Transaction(handle: transaction, environment: self))
    }

    /// Runs `body` in a write transaction and commits it; where the map is full it is doubled and
    /// `body` runs again in a new transaction.
    ///
    /// - Precondition: The calling thread is not inside `read`.
    func write(_ body: (borrowing Transaction) throws(StoreError) -> Void) throws(StoreError) {
        while true {
            do {
                return try attemptWrite(body)
            } catch .database(_, _, Int32(MDB_MAP_FULL), _) {
                try resizeMap(to: mapSizeBytes * 2)
            }
        }
    }

    private func attemptWrite(
        _ body: (borrowing Transaction) throws(StoreError) -> Void
    ) throws(StoreError) {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(handle, nil, 0, &transaction), "begin")
        guard let transaction else { throw error(EINVAL, "begin") }
        do {
            try body(Transaction(handle: transaction, environment: self))
        } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        try check(mdb_txn_commit(transaction), "commit")
    }

    /// Begins a read transaction; follows another process's growth of the map.
    ///
    /// - Precondition: `mapLock` is held for reading.
    private func beginReading() throws(StoreError) -> OpaquePointer {
        while true {
            var transaction: OpaquePointer?
            let code = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction)
            if code == MDB_MAP_RESIZED {
                pthread_rwlock_unlock(mapLock)
                defer { pthread_rwlock_rdlock(mapLock) }
                try resizeMap(to: 0)
                continue
            }
            try check(code, "begin")
            guard let transaction else { throw error(EINVAL, "begin") }
            return transaction
        }
    }

    /// Gives the map a new size, or with 0 that which another process gave it.
    private func resizeMap(to sizeBytes: Int) throws(StoreError) {
        pthread_rwlock_wrlock(mapLock)
        defer { pthread_rwlock_unlock(mapLock) }
        mapGeneration += 1
        try check(mdb_env_set_mapsize(handle, sizeBytes), "grow the map")
    }
}

// MARK: - Errors

extension Environment {
    /// Throws what `code` stands for unless it is success.
    func check(_ code: Int32, _ operation: @autoclosure () -> String) throws(StoreError) {
        guard code == 0 else { throw error(code, operation()) }
    }

    /// What a failure with `code` during `operation` is to the user.
    func error(_ code: Int32, _ operation: String) -> StoreError {
        Environment.error(code, path: path, operation: operation)
    }

    private static func error(_ code: Int32, path: String, operation: String) -> StoreError {
        let message = String(cString: mdb_strerror(code))
        switch code {
        case ENOSPC, EDQUOT, EFBIG: return .diskFull(path: path)
        // LMDB reports a write that was cut short, as by a full disk, as EIO.
        case EIO where operation == "commit" && isNearlyFull(path): return .diskFull(path: path)
        case EACCES, EPERM, EROFS: return .permissionDenied(path: path)
        case MDB_READERS_FULL: return .readersFull(path: path)
        case MDB_INVALID, MDB_VERSION_MISMATCH:
            return .notAStore(path: path, reason: message)
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND:
            return .damaged(path: path, table: "pages", key: operation, detail: message)
        default:
            return .database(path: path, operation: operation, code: code, message: message)
        }
    }

    /// Whether less than 64 MiB are free where `path` is, or a limit on file sizes is in force.
    private static func isNearlyFull(_ path: String) -> Bool {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        var fileSystem = statvfs()
        guard limit.rlim_cur == rlim_t.max, statvfs(path, &fileSystem) == 0 else { return true }
        return fileSystem.f_bavail * fileSystem.f_frsize < 64 << 20
    }
}
