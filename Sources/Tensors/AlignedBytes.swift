internal import Foundation

/// Zeroed bytes at an address that fits the widest vectors: memory for the kernels.
///
/// - Concurrency: not guarded; it is either owned by one thread or no longer written.
package final class AlignedBytes: @unchecked Sendable {  // One owner writes, or nobody.
    /// All bytes, valid as long as this object.
    package let pointer: UnsafeMutableRawPointer
    private let allocation: UnsafeMutableRawPointer

    /// `count` bytes, all zero; of many those that nobody touches cost nothing.
    package init(count: Int) {
        let alignment = 64
        allocation = Self.checked(calloc(Self.bytes(count) + alignment, 1), count)
        pointer = allocation.alignedUp(toMultipleOf: alignment)
    }

    /// `count` bytes, not initialized, in large pages where the system has them: memory for weights,
    /// which are read from end to end.
    package init(uninitializedCount count: Int) {
        let largePage = 2 << 20
        let alignment = count >= largePage ? largePage : 64
        let whole = (Self.bytes(count) + alignment - 1) / alignment * alignment
        allocation = Self.checked(aligned_alloc(alignment, whole), count)
        pointer = allocation
        if count >= largePage { madvise(pointer, count, MADV_HUGEPAGE) }
    }

    deinit { free(allocation) }

    private static func bytes(_ count: Int) -> Int {
        precondition(count >= 0, "a count is not negative")
        return max(count, 1)
    }

    private static func checked(
        _ allocation: UnsafeMutableRawPointer?,
        _ count: Int
    ) -> UnsafeMutableRawPointer {
        guard let allocation else { preconditionFailure("out of memory: \(count) bytes") }
        return allocation
    }
}
