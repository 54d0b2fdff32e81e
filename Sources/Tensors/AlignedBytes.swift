internal import Foundation

/// Zeroed bytes at an address that fits the widest vectors: memory for the kernels.
///
/// - Concurrency: not guarded; it is either owned by one thread or no longer written.
package final class AlignedBytes: @unchecked Sendable {  // One owner writes, or nobody.
    /// All bytes, valid as long as this object.
    package let pointer: UnsafeMutableRawPointer

    /// `count` bytes, all zero.
    package init(count: Int) {
        precondition(count >= 0, "a count is not negative")
        pointer = .allocate(byteCount: max(count, 1), alignment: 64)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    /// `count` bytes, not initialized, in large pages where the system has them: memory for weights,
    /// which are read from end to end.
    package init(uninitializedCount count: Int) {
        precondition(count >= 0, "a count is not negative")
        let largePage = 2 << 20
        guard count >= largePage else {
            pointer = .allocate(byteCount: max(count, 1), alignment: 64)
            return
        }
        pointer = .allocate(byteCount: count, alignment: largePage)
        madvise(pointer, count, MADV_HUGEPAGE)
    }

    deinit { pointer.deallocate() }
}
