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
        let path = "\(folder)/riverrun-\(UUID().uuidString)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("make a file in \(folder)", .cannotCreate) }
        unlink(path)
    }

    deinit {
        munmap(mapping.baseAddress, mapping.count)
        close(descriptor)
    }

    /// Writes bytes from an offset on.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelsError) {
        try Self.transfer(bytes.count, "write a temporary file") { done in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
        }
    }

    /// Fills a buffer with the bytes from an offset on.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ModelsError) {
        try Self.transfer(buffer.count, "read a temporary file") { done in
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            return pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
        }
    }

    /// Calls `step` with how many bytes are done, until all are; it returns how many more are.
    private static func transfer(
        _ byteCount: Int,
        _ action: String,
        _ step: (_ done: Int) -> Int
    ) throws(ModelsError) {
        var done = 0
        while done < byteCount {
            let count = step(done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(action, .ioError) }
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
