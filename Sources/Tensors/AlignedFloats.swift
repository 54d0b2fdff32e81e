/// Floats at an address that fits the widest vectors: memory for the kernels.
///
/// - Concurrency: not guarded; it is either owned by one thread or no longer written.
package final class AlignedFloats: @unchecked Sendable {  // One owner writes, or nobody.
    /// How many floats there are.
    package let count: Int
    /// The first of `count` floats, valid as long as this object.
    package let pointer: UnsafeMutablePointer<Float>

    private static let alignment = 64

    /// `count` floats, not initialized: memory that nobody touches costs nothing.
    package init(count: Int) {
        precondition(count >= 0, "a count is not negative")
        self.count = count
        pointer =
            UnsafeMutableRawPointer.allocate(
                byteCount: max(count, 1) * MemoryLayout<Float>.stride,
                alignment: Self.alignment
            ).bindMemory(to: Float.self, capacity: max(count, 1))
    }

    /// A copy of `values`.
    package convenience init(_ values: [Float]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            pointer.initialize(from: source, count: values.count)
        }
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
