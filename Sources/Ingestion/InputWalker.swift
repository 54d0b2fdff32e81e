// Either module may be taken for the owner of the declarations of <sys/stat.h>.
import CDispatch
import Glibc

/// Walks over the files that a list of inputs names: files, folders, glob patterns, `-`.
///
/// The files of a folder come in the order of their names' bytes. Passed over in a folder are hidden
/// names, files that are empty or hold no text, links to folders (they could lead around in a circle),
/// links to nothing, and links to files that are read under their own names. The walker holds the
/// names of the folders on the way to the current file, never all files.
struct InputWalker {
    /// A file, or what is wrong with an input.
    struct Step {
        /// Which of the inputs it comes from.
        let inputIndex: Int
        /// The file's path, or what is wrong.
        let file: Result<String, IngestionError>

        /// What this step is about; within one input every step has a path of its own.
        var path: String {
            switch file {
            case .success(let path): path
            case .failure(let error): error.path
            }
        }
    }

    private struct Folder {
        let path: String
        var names: ArraySlice<String>
    }

    private var inputs: ArraySlice<String>
    /// What the current pattern matches and has not been walked over yet.
    private var matches: ArraySlice<String> = []
    private var folders: [Folder] = []
    /// The folder that is being walked over, until it has yielded something.
    private var barrenFolder: String?

    init(_ inputs: [String]) {
        self.inputs = inputs[...]
    }

    /// The next file, or what is wrong with the next input; nil at the end.
    mutating func next() -> Step? {
        while true {
            if let file = nextInFolders() {
                barrenFolder = nil
                return step(file)
            }
            if let folder = barrenFolder {
                barrenFolder = nil
                return step(.failure(.noDocuments(folder: folder)))
            }
            guard let path = matches.popFirst() ?? inputs.popFirst() else { return nil }
            if let file = visit(path) { return step(file) }
        }
    }

    /// How many bytes all files have; nil if a pipe is among them.
    static func totalBytes(of inputs: [String]) -> Int? {
        var walker = InputWalker(inputs)
        var total = 0
        while let step = walker.next() {
            guard case .success(let path) = step.file else { continue }
            guard let count = byteCount(of: path) else { return nil }
            total += count
        }
        return total
    }

    /// How many bytes a file has; nil for a pipe.
    static func byteCount(of path: String) -> Int? {
        var status = stat()
        let isKnown = path == "-" ? fstat(STDIN_FILENO, &status) == 0 : stat(path, &status) == 0
        guard isKnown, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    private func step(_ file: Result<String, IngestionError>) -> Step {
        Step(inputIndex: inputs.startIndex - 1, file: file)
    }

    /// Visits what an input names; a folder is entered, a pattern spread out.
    private mutating func visit(_ input: String) -> Result<String, IngestionError>? {
        if input == "-" { return .success(input) }
        var status = stat()
        guard stat(input, &status) == 0 else {
            let code = errno
            guard input.contains(where: { "*?[".contains($0) }) else {
                return .failure(FileStream.failure(input, code))
            }
            matches = InputWalker.matches(of: input)[...]
            return matches.isEmpty ? .failure(.noMatch(pattern: input)) : nil
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return .success(input) }
        if let error = enter(input) { return .failure(error) }
        barrenFolder = input
        return nil
    }

    private mutating func nextInFolders() -> Result<String, IngestionError>? {
        while let folder = folders.last {
            guard let name = folders[folders.count - 1].names.popFirst() else {
                folders.removeLast()
                continue
            }
            if let file = visit(name, in: folder.path) { return file }
        }
        return nil
    }

    /// Visits what a name in a folder stands for; nil for what is passed over and for a folder.
    private mutating func visit(
        _ name: String,
        in folder: String
    ) -> Result<String, IngestionError>? {
        let path = folder + name
        var link = stat()
        guard lstat(path, &link) == 0 else {
            // The name's bytes were mended when it was read, so that it names nothing now.
            let isMended = name.unicodeScalars.contains("\u{FFFD}")
            return isMended ? .failure(.unreadableName(path: path)) : nil
        }
        let isLink = link.st_mode & S_IFMT == S_IFLNK
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return isLink ? nil : enter(path).map { .failure($0) }
        case S_IFREG:
            guard status.st_size > 0, !isLink || !isSecondName(path) else { return nil }
            return InputWalker.looksLikeText(path) ? .success(path) : nil
        default: return nil
        }
    }

    /// Whether a link leads to a file below the same input.
    private func isSecondName(_ path: String) -> Bool {
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

    private mutating func enter(_ folder: String) -> IngestionError? {
        guard let handle = opendir(folder) else { return FileStream.failure(folder, errno) }
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
        return nil
    }

    /// Whether a file's beginning, decompressed if need be, holds no NUL, or is that of UTF-16.
    ///
    /// What cannot be read passes, so that it is told.
    private static func looksLikeText(_ path: String) -> Bool {
        guard let content = try? FileContent(path: path) else { return true }
        return !ContentKind.isPassedOverInFolders(content.beginning)
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
