/// IEEE halves at an address that fits the widest vectors: memory for the kernels.
///
/// - Concurrency: not guarded; it is either owned by one thread or no longer written.
package final class AlignedHalves: @unchecked Sendable {  // One owner writes, or nobody.
    /// How many halves there are.
    package let count: Int
    /// The bits of the first of `count` halves, valid as long as this object.
    package let pointer: UnsafeMutablePointer<UInt16>

    private static let alignment = 64

    /// `count` halves, not initialized: memory that nobody touches costs nothing.
    package init(count: Int) {
        precondition(count >= 0, "a count is not negative")
        self.count = count
        pointer =
            UnsafeMutableRawPointer.allocate(
                byteCount: max(count, 1) * MemoryLayout<UInt16>.stride,
                alignment: Self.alignment
            ).bindMemory(to: UInt16.self, capacity: max(count, 1))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
