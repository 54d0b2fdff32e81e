// Either module may be taken for the owner of the declarations of <sys/stat.h>.
private import CDispatch
private import Glibc
import Synchronization

/// The right to be a store's one writer, held from creation to destruction.
///
/// LMDB would let a second writer wait without a word; `flock` says at once that there is one. The
/// operating system releases it when the process ends, however it ends.
struct WriterLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock of the store in `folder`.
    ///
    /// - Throws: `StoreError.writerActive` if it is held.
    init(folder: String) throws(StoreError) {
        let opened = open(folder + "/writer.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            let code = errno
            switch code {
            case EACCES, EPERM, EROFS: throw .permissionDenied(path: folder)
            case ENOSPC, EDQUOT: throw .diskFull(path: folder)
            default: throw .cannotCreate(path: folder, reason: String(cString: strerror(code)))
            }
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw .writerActive(path: folder)
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}

/// This process's entry for one store, held from creation to destruction.
///
/// LMDB must not open an environment twice in a process: closing one would drop the other's locks.
struct OpenStore: ~Copyable {
    private static let open = Mutex<Set<[UInt64]>>([])
    private let identity: [UInt64]

    /// Enters the store in `folder`, which exists.
    ///
    /// - Throws: `StoreError.alreadyOpen` if it has an entry.
    init(folder: String) throws(StoreError) {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw .missing(path: folder) }
        let identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        guard OpenStore.open.withLock({ $0.insert(identity).inserted }) else {
            throw .alreadyOpen(path: folder)
        }
        self.identity = identity
    }

    deinit {
        let identity = identity
        _ = OpenStore.open.withLock { $0.remove(identity) }
    }
}
