internal import Diagnostics
internal import Foundation

/// A file without a name in the system's temporary folder: gone with the process, however that ends.
///
/// - Concurrency: any number of threads may read what was written, mapped one after another.
final class ScratchFile {
    private let descriptor: Int32
    private let lock = NSLock()
    private var mapping = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    private static let leastMappedBytes = 1 << 20

    /// An empty file.
    ///
    /// - Throws: `ModelsError.shelf` if the folder cannot be written to.
    init() throws(ModelsError) {
        let folder = NSTemporaryDirectory()
        var path = Array("\(folder)/riverrun-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure("make a file in \(folder)", .cannotCreate) }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        munmap(mapping.baseAddress, mapping.count)
        close(descriptor)
    }

    /// Writes bytes from an offset on.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelsError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write a temporary file", .ioError) }
            done += count
        }
    }

    /// Fills a buffer with the bytes from an offset on.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ModelsError) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("read a temporary file", .ioError) }
            done += count
        }
    }

    /// Calls `body` with the first `count` bytes, all of them written, as they lie in memory.
    func withMapped(
        _ count: Int,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(ModelsError) {
        lock.lock()
        defer { lock.unlock() }
        if count > mapping.count {
            // A page behind the file's end must not be mapped.
            let size = max(count, 2 * mapping.count, Self.leastMappedBytes)
            var status = stat()
            guard fstat(descriptor, &status) == 0,
                status.st_size >= size || ftruncate(descriptor, off_t(size)) == 0,
                let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0),
                start != MAP_FAILED
            else { throw Self.failure("map a temporary file", .ioError) }
            munmap(mapping.baseAddress, mapping.count)
            mapping = UnsafeMutableRawBufferPointer(start: start, count: size)
        }
        body(UnsafeRawBufferPointer(rebasing: mapping[..<count]))
    }

    private static func failure(_ action: String, _ exitCode: ExitCode) -> ModelsError {
        .shelf(
            problem: "cannot \(action): \(String(cString: strerror(errno)))",
            mend: "let TMPDIR name a folder with room",
            exitCode: exitCode
        )
    }
}
