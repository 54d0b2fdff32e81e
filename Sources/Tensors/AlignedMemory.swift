/// Scalars at an address that fits the widest vectors: memory for the kernels.
///
/// - Concurrency: not guarded; it is either owned by one thread or no longer written.
package final class AlignedMemory<Scalar: BitwiseCopyable>:
    @unchecked Sendable  // One owner writes, or nobody.
{
    /// How many scalars there are.
    package let count: Int
    /// The first of `count` scalars, valid as long as this object.
    package let pointer: UnsafeMutablePointer<Scalar>

    /// `count` scalars, not initialized: memory that nobody touches costs nothing.
    package init(count: Int) {
        precondition(count >= 0, "a count is not negative")
        self.count = count
        pointer =
            UnsafeMutableRawPointer.allocate(
                byteCount: max(count, 1) * MemoryLayout<Scalar>.stride,
                alignment: 64
            ).bindMemory(to: Scalar.self, capacity: max(count, 1))
    }

    /// A copy of `values`.
    package convenience init(_ values: [Scalar]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            pointer.initialize(from: source, count: values.count)
        }
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}

/// Floats for the kernels.
package typealias AlignedFloats = AlignedMemory<Float>
/// The bits of IEEE halves for the kernels.
package typealias AlignedHalves = AlignedMemory<UInt16>
