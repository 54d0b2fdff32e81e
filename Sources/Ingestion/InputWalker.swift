// Either module may be taken for the owner of the declarations of <sys/stat.h>.
import CDispatch
import Glibc

/// Walks over the files that a list of inputs names: files, folders, glob patterns, `-`.
///
/// It holds the names of the folders on the way to the current file, never all files.
struct InputWalker {
    private struct Folder {
        let path: String
        var names: ArraySlice<String>
    }

    private var inputs: ArraySlice<String>
    private var folders: [Folder] = []
    /// The folder among the inputs that is being walked, until it has yielded a file.
    private var barrenInput: String?

    init(_ inputs: [String]) {
        self.inputs = inputs[...]
    }

    /// The next file's path, or what is wrong with the next input; nil at the end.
    ///
    /// The files of a folder come in the order of their names' bytes.
    mutating func next() -> Result<String, IngestionError>? {
        while true {
            if !folders.isEmpty {
                if let path = nextInFolder() {
                    barrenInput = nil
                    return .success(path)
                }
                if folders.isEmpty, let folder = barrenInput {
                    barrenInput = nil
                    return .failure(.noDocuments(folder: folder))
                }
                continue
            }
            guard let input = inputs.popFirst() else { return nil }
            if input == "-" { return .success(input) }
            switch InputWalker.kind(of: input) {
            case .file: return .success(input)
            case .folder:
                barrenInput = input
                do throws(IngestionError) {
                    try enter(input)
                } catch {
                    barrenInput = nil
                    return .failure(error)
                }
            case .missing(let code):
                guard input.contains(where: { "*?[".contains($0) }) else {
                    return .failure(FileStream.failure(input, code))
                }
                let matches = InputWalker.matches(of: input)
                if matches.isEmpty { return .failure(.noMatch(pattern: input)) }
                inputs = (matches + inputs)[...]
            }
        }
    }

    /// How many bytes all files have; nil if standard input is among them.
    static func totalBytes(of inputs: [String]) -> Int? {
        var walker = InputWalker(inputs)
        var total = 0
        while let next = walker.next() {
            guard case .success(let path) = next else { continue }
            var status = stat()
            guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                return nil
            }
            total += Int(status.st_size)
        }
        return total
    }

    private enum Kind { case file, folder, missing(Int32) }

    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing(errno) }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// The next file below the folder on top, which is left when it has no more.
    private mutating func nextInFolder() -> String? {
        let top = folders.count - 1
        guard let name = folders[top].names.popFirst() else {
            folders.removeLast()
            return nil
        }
        let path = folders[top].path + name
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            var link = stat()
            // A link to a folder could lead around in a circle.
            let isLink = lstat(path, &link) == 0 && link.st_mode & S_IFMT == S_IFLNK
            if !isLink { try? enter(path) }
            return nil
        case S_IFREG:
            let isRead = status.st_size > 0 && !isSecondName(path)
            return isRead && InputWalker.looksLikeText(path) ? path : nil
        default: return nil
        }
    }

    /// Whether a path is a link to a file below the same input, which is read under its own name.
    private func isSecondName(_ path: String) -> Bool {
        var link = stat()
        guard lstat(path, &link) == 0, link.st_mode & S_IFMT == S_IFLNK else { return false }
        guard let root = InputWalker.realPath(folders[0].path),
            let target = InputWalker.realPath(path)
        else { return false }
        return target.hasPrefix(root + "/")
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private mutating func enter(_ folder: String) throws(IngestionError) {
        guard let handle = opendir(folder) else { throw FileStream.failure(folder, errno) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let path = folder.hasSuffix("/") ? folder : folder + "/"
        folders.append(Folder(path: path, names: names[...]))
    }

    /// Whether a file's beginning holds no NUL, or is that of a compressed file or of UTF-16.
    private static func looksLikeText(_ path: String) -> Bool {
        guard let stream = try? FileStream(path: path) else { return true }
        var bytes: [UInt8] = []
        guard (try? stream.read(upTo: 4096, into: &bytes)) != nil else { return true }
        if DecompressedStream.Format(magic: bytes) != nil { return true }
        let isUTF16 = bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
        return isUTF16 || !bytes.contains(0)
    }

    private static func matches(of pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0 else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { index in
            result.gl_pathv[index].map { String(cString: $0) }
        }
    }
}
