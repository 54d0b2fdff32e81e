internal import Foundation

/// A file's bytes, mapped read-only; pages come in when touched and the system may drop them.
///
/// The file must not be shortened while it is mapped: reading what is gone ends the process.
package final class MappedFile: @unchecked Sendable {  // Never written, gone in `deinit`.
    /// All bytes, valid as long as this object.
    package let bytes: UnsafeRawBufferPointer
    private let descriptor: Int32

    /// Bytes that `read` takes at a time: they stay in the caches near the core.
    private static let partBytes = 1 << 18

    /// Why a file could not be mapped, in the operating system's words.
    package struct Failure: Error {
        /// The system's description of the error.
        package let reason: String
    }

    /// Maps the regular file at `path`.
    package init(path: String) throws(Failure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure() }
        do {
            bytes = try Self.mapped(descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func mapped(_ descriptor: Int32) throws(Failure) -> UnsafeRawBufferPointer {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            start != MAP_FAILED
        else { throw failure() }
        return UnsafeRawBufferPointer(start: start, count: size)
    }

    /// Runs `body` with the bytes from `start` on, part by part, past the map: for what is wanted once,
    /// where a fault at every few pages would cost more than a copy.
    package func read(
        from start: Int,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) {
        let part = AlignedBytes(uninitializedCount: Self.partBytes)
        var offset = start
        while offset < bytes.count {
            let count = pread(descriptor, part.pointer, Self.partBytes, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure() }
            guard count > 0 else { throw Failure(reason: "it was shortened while it was read") }
            body(UnsafeRawBufferPointer(start: part.pointer, count: count))
            offset += count
        }
    }

    /// Tells the system that some bytes are not needed soon; they can be read as before.
    package func release(_ range: Range<Int>) {
        let page = Int(getpagesize())
        let first = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard let start = bytes.baseAddress, first < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
    }

    deinit {
        close(descriptor)
        guard let start = bytes.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }

    private static func failure() -> Failure {
        Failure(reason: String(cString: strerror(errno)))
    }
}
