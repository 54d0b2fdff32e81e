internal import Foundation

/// A file's bytes, mapped read-only; pages come in when touched and the system may drop them.
///
/// The file must not be shortened while it is mapped: reading what is gone ends the process.
package final class MappedFile: @unchecked Sendable {  // Never written, unmapped in `deinit`.
    /// All bytes, valid as long as this object.
    package let bytes: UnsafeRawBufferPointer

    /// Why a file could not be mapped, in the operating system's words.
    package struct Failure: Error {
        /// The system's description of the error.
        package let reason: String
    }

    /// Maps the regular file at `path`.
    package init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            start != MAP_FAILED
        else { throw Self.failure() }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
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
        guard let start = bytes.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }

    private static func failure() -> Failure {
        Failure(reason: String(cString: strerror(errno)))
    }
}
