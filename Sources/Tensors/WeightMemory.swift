/// Memory for the packed weights of several layers, handed out piece by piece.
///
/// One large allocation gets large pages where the system has them, of which small ones would get none:
/// without, a start pays for a fault every 4 KiB.
///
/// - Concurrency: belongs to one thread while it hands out.
package final class WeightMemory {
    private let bytes: AlignedBytes
    private let byteCount: Int
    private var used = 0

    /// Some of the memory, not initialized, with what keeps it.
    struct Piece: @unchecked Sendable {  // Written before it is shared.
        let pointer: UnsafeMutableRawPointer
        private let owner: AlignedBytes

        fileprivate init(_ pointer: UnsafeMutableRawPointer, of owner: AlignedBytes) {
            self.pointer = pointer
            self.owner = owner
        }
    }

    /// Room for pieces of `byteCounts` bytes.
    package init(byteCounts: [Int]) {
        byteCount = byteCounts.reduce(0) { $0 + Self.padded($1) }
        bytes = AlignedBytes(uninitializedCount: byteCount)
    }

    /// Begins anew.
    ///
    /// - Precondition: None of its pieces is in use.
    package func reset() { used = 0 }

    /// The next piece of `memory`, or memory of its own where there is none.
    ///
    /// - Precondition: `memory` has room for it.
    static func piece(byteCount: Int, of memory: WeightMemory?) -> Piece {
        (memory ?? WeightMemory(byteCounts: [byteCount])).take(byteCount)
    }

    private func take(_ count: Int) -> Piece {
        precondition(used + Self.padded(count) <= byteCount, "room for the piece")
        defer { used += Self.padded(count) }
        return Piece(bytes.pointer + used, of: bytes)
    }

    /// Pieces begin at addresses that fit the widest vectors.
    private static func padded(_ count: Int) -> Int { (count + 63) / 64 * 64 }
}
