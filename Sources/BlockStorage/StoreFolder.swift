// Either module may be taken for the owner of the declarations of <sys/stat.h>.
private import CDispatch
private import Glibc

/// The folder of a store and its files.
enum StoreFolder {
    /// The file that LMDB keeps the data in.
    private static let dataFile = "data.mdb"
    /// Every file that a store has.
    private static let files: Set<String> = [dataFile, "lock.mdb", "writer.lock", attention]
    /// The folder of what language models have read, which may be there before anything else.
    static let attention = "attention"

    /// Checks that a store can be opened at `path`, where a folder is made if `mode` says so.
    static func check(_ path: String, mode: StoreMode) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            guard code == ENOENT else { throw failure(code, path) }
            guard mode == .readWrite(create: true) else { throw .missing(path: path) }
            guard mkdir(path, 0o755) == 0 else { throw failure(errno, path) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .notAStore(path: path, reason: "it is not a folder")
        }
        // A making that was killed can leave an empty data file.
        if stat("\(path)/\(dataFile)", &status) == 0, status.st_size > 0 { return }
        let names = try contents(of: path)
        guard mode == .readWrite(create: true), names.isSubset(of: files) else {
            let isEmpty = names.contains(dataFile)
            let reason = isEmpty ? "its \(dataFile) is empty" : "it has no \(dataFile)"
            throw .notAStore(path: path, reason: reason)
        }
    }

    /// Checks that the data file holds the pages in use, since touching one that is missing would
    /// end the process.
    ///
    /// LMDB does not write a page that was taken and given back in one transaction, so that after a
    /// commit the file can end before the last page counted, until `extend` follows. Where a writer
    /// was killed in between, it is made up for here.
    static func checkSize(
        _ path: String,
        _ environment: Environment,
        mode: StoreMode
    ) throws(StoreError) {
        guard mode == .readOnly else { return try makeUp(path, environment) }
        for _ in 0..<1000 {
            if try dataSize(path) >= environment.usedBytes { return }
            if let lock = try? WriterLock(folder: path) {
                try makeUp(path, environment)
                // Held until here, so that no writer begins meanwhile.
                _ = consume lock
                return
            }
            // A writer is alive and about to extend the file.
            usleep(1000)
        }
        throw damage(path, environment, size: try dataSize(path))
    }

    /// Extends a data file that nobody writes to, if only free pages are missing.
    private static func makeUp(_ path: String, _ environment: Environment) throws(StoreError) {
        let size = try dataSize(path)
        let used = environment.usedBytes
        guard size < used else { return }
        extend(path, toBytes: used)
        guard environment.areFree(bytes: size..<used) else {
            truncate("\(path)/\(dataFile)", size)
            throw damage(path, environment, size: size)
        }
    }

    private static func damage(_ path: String, _ environment: Environment, size: Int) -> StoreError
    {
        .damaged(
            path: path,
            table: "file",
            key: dataFile,
            detail: "\(size) bytes, and \(environment.usedBytes) are in use"
        )
    }

    private static func dataSize(_ path: String) throws(StoreError) -> Int {
        var status = stat()
        guard stat("\(path)/\(dataFile)", &status) == 0 else { throw failure(errno, path) }
        return status.st_size
    }

    /// Makes the data file at least `size` bytes long; only the writer may call it.
    static func extend(_ path: String, toBytes size: Int) {
        guard let current = try? dataSize(path), current < size else { return }
        truncate("\(path)/\(dataFile)", size)
    }

    /// Whether there is anything at `path`.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    private static func contents(of path: String) throws(StoreError) -> Set<String> {
        guard let folder = opendir(path) else { throw failure(errno, path) }
        defer { closedir(folder) }
        var names: Set<String> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.insert(name)
        }
        return names.subtracting([".", ".."])
    }

    private static func failure(_ code: Int32, _ path: String) -> StoreError {
        switch code {
        case EACCES, EPERM, EROFS: .permissionDenied(path: path)
        case ENOSPC, EDQUOT: .diskFull(path: path)
        default: .cannotCreate(path: path, reason: String(cString: strerror(code)))
        }
    }
}
