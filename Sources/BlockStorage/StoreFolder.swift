// Either module may be taken for the owner of the declarations of <sys/stat.h>.
private import CDispatch
private import Glibc

/// The folder of a store and its files.
enum StoreFolder {
    /// The file that LMDB keeps the data in.
    private static let dataFile = "data.mdb"
    /// Every file that a store has.
    private static let files: Set<String> = [dataFile, "lock.mdb", "writer.lock"]

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
    static func checkSize(_ path: String, usedBytes: Int) throws(StoreError) {
        var status = stat()
        guard stat("\(path)/\(dataFile)", &status) == 0 else { throw failure(errno, path) }
        guard status.st_size >= usedBytes else {
            throw .damaged(
                path: path,
                table: "file",
                key: dataFile,
                detail: "\(status.st_size) bytes, and \(usedBytes) are in use"
            )
        }
    }

    /// Makes the data file at least `size` bytes long.
    ///
    /// LMDB does not write a page that was taken and given back in one transaction, so that the file
    /// can end before the last page it counts; `checkSize` would take that for damage.
    static func extend(_ path: String, toBytes size: Int) {
        var status = stat()
        let file = "\(path)/\(dataFile)"
        guard stat(file, &status) == 0, status.st_size < size else { return }
        truncate(file, size)
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
