public import Diagnostics

/// What can go wrong between a store and its reader or writer.
public enum StoreError: DiagnosticError, Equatable {
    // Opening.

    /// Nothing is at `path`.
    case missing(path: String)
    /// What is at `path` is not a store.
    case notAStore(path: String, reason: String)
    /// The store's format version is `found`, and this program reads and writes `expected`.
    case otherFormat(path: String, found: UInt32, expected: UInt32)
    /// The store was made with the encoder `stored`, and `given` is in use.
    case otherEncoder(path: String, stored: String, given: String)
    /// A setting that shaped the store is `stored` there and `given` here.
    case otherSetting(path: String, name: String, stored: String, given: String)
    /// Another process, or another handle of this one, writes to the store.
    case writerActive(path: String)
    /// This process has the store open already, which LMDB's locks do not allow twice.
    case alreadyOpen(path: String)
    /// No language model has read anything into the store.
    case noAttention(path: String)
    /// The folder or its files cannot be made.
    case cannotCreate(path: String, reason: String)
    /// The operating system denies access.
    case permissionDenied(path: String)

    // Reading.

    /// All reader slots are taken (`MDB_READERS_FULL`).
    case readersFull(path: String)
    /// A record is not what the format says: its table, its key in words, and what is wrong.
    case damaged(path: String, table: String, key: String, detail: String)
    /// A record of what a language model has read is not what the format says.
    case damagedAttention(path: String, key: String, detail: String)

    // Writing.

    /// The store was opened for reading only.
    case readOnly(path: String)
    /// The file system is full, or a quota or file-size limit is reached; nothing was changed.
    case diskFull(path: String)
    /// A change names a document that is not being read.
    case documentNotOpen(id: String)
    /// A block or the end of a document is at byte `found` where `expected` bytes are stored.
    case outOfPlace(document: String, expected: Int, found: Int)
    /// A vector has `found` dimensions where the store has `expected`.
    case wrongWidth(expected: Int, found: Int)
    /// All block ids, document numbers or a record's length are used up.
    case limitReached(String)

    /// LMDB or the operating system failed with `code` while doing `operation`.
    case database(path: String, operation: String, code: Int32, message: String)

    public var problem: String {
        switch self {
        case .missing(let path): "no store at \(path)"
        case .notAStore(let path, let reason): "\(path) is not a store: \(reason)"
        case .otherFormat(let path, let found, let expected):
            "store \(path) has format version \(found), and this program uses \(expected)"
        case .otherEncoder(let path, let stored, let given):
            "store \(path) was made with the encoder \(stored), and \(given) is in use"
        case .otherSetting(let path, let name, let stored, let given):
            "store \(path) was made with \(name) = \(stored), and \(given) is in use"
        case .writerActive(let path): "store \(path) is being written to by another run"
        case .alreadyOpen(let path): "store \(path) is already open in this process"
        case .noAttention(let path): "no language model has read anything into store \(path)"
        case .cannotCreate(let path, let reason): "cannot create store \(path): \(reason)"
        case .permissionDenied(let path): "permission denied for store \(path)"
        case .readersFull(let path): "store \(path) has as many readers as it can have"
        case .damaged(let path, let table, let key, let detail):
            "store \(path) is damaged: \(table) \(key): \(detail)"
        case .damagedAttention(let path, let key, let detail):
            "what a language model has read is damaged in \(path): \(key): \(detail)"
        case .readOnly(let path): "store \(path) is open for reading only"
        case .diskFull(let path): "no space left to write to store \(path)"
        case .documentNotOpen(let id): "document \(id) is not being read into the store"
        case .outOfPlace(let document, let expected, let found):
            "document \(document) goes on at byte \(found), and \(expected) bytes of it are stored"
        case .wrongWidth(let expected, let found):
            "a vector has \(found) dimensions and the store's have \(expected)"
        case .limitReached(let limit): "the store's limit is reached: \(limit)"
        case .database(let path, let operation, let code, let message):
            "store \(path) failed to \(operation): \(message) (\(code))"
        }
    }

    public var mend: String? {
        switch self {
        case .missing: "check the path, or ingest something into it first"
        case .notAStore: "name the folder of a store, or an empty or new folder to make one"
        case .otherFormat: "ingest the sources again into a new store"
        case .otherEncoder: "use that encoder, or ingest the sources again into a new store"
        case .otherSetting: "use that setting, or ingest the sources again into a new store"
        case .writerActive: "wait for that run to end, or stop it"
        case .alreadyOpen: "share the one handle"
        case .noAttention:
            "`riverrun read DOCUMENT --model FILE.gguf --store STORE` reads a document"
        case .damagedAttention: "delete that folder and read its documents again"
        case .cannotCreate: "check the path and its permissions"
        case .permissionDenied: "check the owner and the permissions of the folder and its files"
        case .readersFull: "wait for other runs to end"
        case .damaged: "ingest the sources again into a new store, or restore a copy of it"
        case .readOnly: "open it for writing"
        case .diskFull: "free some space and run the same command again; nothing was changed"
        case .documentNotOpen: "begin the document before its blocks"
        case .outOfPlace, .wrongWidth: nil
        case .limitReached: "use a new store"
        case .database: nil
        }
    }

    public var exitCode: ExitCode {
        switch self {
        case .missing, .noAttention: .noInput
        case .notAStore, .damaged, .damagedAttention: .dataError
        case .otherFormat, .otherEncoder, .otherSetting: .configuration
        case .writerActive, .readersFull: .temporaryFailure
        case .cannotCreate: .cannotCreate
        case .permissionDenied: .noPermission
        case .diskFull, .database: .ioError
        case .alreadyOpen, .readOnly, .documentNotOpen, .outOfPlace, .wrongWidth: .software
        case .limitReached: .dataError
        }
    }
}
