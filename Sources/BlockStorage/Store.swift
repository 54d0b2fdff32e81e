private import Glibc
import Serialization
import Synchronization

/// A folder that remembers documents: their blocks, vectors, postings, memories and checkpoints.
///
///     let store = try Store.open(at: "library", mode: .readOnly)
///     let titles = try store.read { try $0.documents().map { $0.title ?? $0.id } }
///
/// - Concurrency: Safe to share. Each `read` sees the snapshot of its beginning, beside any number of
///   other reads and one commit. A store is open at most once in a process, for writing at most once
///   on a machine.
public final class Store: Sendable {
    /// The folder.
    public let path: String
    /// How it was opened.
    public let mode: StoreMode
    /// What shaped it.
    public let settings: StoreSettings

    private let environment: Environment
    private let committing = Mutex<Void>(())
    private let entry: OpenStore
    private let writerLock: WriterLock?

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: The store's folder.
    ///   - mode: Whether to read only, or to write too and make the store where there is none.
    ///   - settings: What the store must have been made with; with nil any will do, but a new store
    ///     needs them.
    /// - Returns: The store, to be shared by all of the process.
    /// - Throws: `StoreError` that says why the folder cannot be used and what to do.
    public static func open(
        at path: String,
        mode: StoreMode,
        settings: StoreSettings? = nil
    ) throws(StoreError) -> Store {
        try open(at: path, mode: mode, settings: settings, mapSizeBytes: 1 << 30)
    }

    /// Opens a store with a map of at least `mapSizeBytes`, which grows as needed.
    package static func open(
        at path: String,
        mode: StoreMode,
        settings: StoreSettings?,
        mapSizeBytes: Int
    ) throws(StoreError) -> Store {
        try StoreFolder.check(path, mode: mode)
        let entry = try OpenStore(folder: path)
        let writerLock = mode == .readOnly ? nil : try WriterLock(folder: path)
        return try Store(path, mode, settings, entry, writerLock, mapSizeBytes)
    }

    private init(
        _ path: String,
        _ mode: StoreMode,
        _ wanted: StoreSettings?,
        _ entry: consuming OpenStore,
        _ writerLock: consuming WriterLock?,
        _ mapSizeBytes: Int
    ) throws(StoreError) {
        let environment = try Environment(
            path: path,
            isReadOnly: mode == .readOnly,
            mapSizeBytes: mapSizeBytes
        )
        try StoreFolder.checkSize(path, environment, mode: mode)
        let isMade = mode == .readWrite(create: true)
        guard try environment.openTables(create: isMade) else {
            throw .notAStore(path: path, reason: "its database has none of a store's tables")
        }
        settings = try MetaRecords.agree(environment, wanted: wanted, create: isMade)
        guard environment.hasAllTables else {
            throw .notAStore(path: path, reason: "some of its tables are missing")
        }
        self.path = path
        self.mode = mode
        self.entry = entry
        self.writerLock = writerLock
        self.environment = environment
    }

    /// Runs `body` on a snapshot of the store.
    ///
    /// - Throws: What `body` throws, or `StoreError` if the snapshot cannot be taken.
    public func read<Result>(
        _ body: (borrowing ReadTransaction) throws -> Result
    ) throws -> Result {
        try environment.read { transaction in
            try body(ReadTransaction(transaction, settings: settings))
        }
    }

    /// Stores all of `changes` durably, or on an error none of them.
    ///
    /// - Throws: `StoreError.diskFull` among others; the store is then as before, and the same
    ///   changes may be committed again.
    /// - Precondition: The calling thread is not inside `read`.
    /// - Complexity: O(changes), and O(4,096 blocks) for each group of blocks that a deletion touches.
    public func commit(_ changes: borrowing StoreChanges) throws(StoreError) {
        guard mode != .readOnly else { throw .readOnly(path: path) }
        try committing.withLock { _ throws(StoreError) in
            try environment.write { transaction throws(StoreError) in
                try Commit.apply(changes, to: transaction, settings: settings)
            }
            StoreFolder.extend(path, toBytes: environment.usedBytes)
            environment.releaseResidentPages()
        }
    }
}
