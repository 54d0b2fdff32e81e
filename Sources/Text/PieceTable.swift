/// Finds a piece by its bytes, in one step for any length.
///
/// - Complexity: a lookup reads the bytes once and a slot or two.
struct PieceTable: Sendable {
    /// The length of the longest piece.
    let longest: Int
    /// All pieces, one behind the other.
    private let bytes: [UInt8]
    /// Where each piece begins, and the end.
    private let offsets: [Int]
    /// A power of two, at most half of it taken; behind the last comes the first.
    private var slots: [Int32]

    /// The pieces for which `isKept` holds; of equal ones the last counts.
    init(_ pieces: [[UInt8]], isKept: (Int) -> Bool) {
        var bytes: [UInt8] = []
        var offsets = [0]
        offsets.reserveCapacity(pieces.count + 1)
        for piece in pieces {
            bytes += piece
            offsets.append(bytes.count)
        }
        self.bytes = bytes
        self.offsets = offsets
        let kept = pieces.indices.filter { isKept($0) && !pieces[$0].isEmpty }
        longest = kept.map { pieces[$0].count }.max() ?? 0
        var size = 16
        while size < 2 * kept.count { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        for index in kept {
            pieces[index].withUnsafeBytes { slots[slot(of: $0)] = Int32(index) }
        }
    }

    /// The piece that is exactly these bytes, or nil.
    func piece(_ span: UnsafeRawBufferPointer) -> Int32? {
        guard span.count <= longest else { return nil }
        let piece = slots[slot(of: span)]
        return piece < 0 ? nil : piece
    }

    /// The slot that holds the piece of these bytes, or the empty one where it belongs.
    private func slot(of span: UnsafeRawBufferPointer) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(span)) & mask
        while slots[slot] >= 0, !isPiece(Int(slots[slot]), equalTo: span) {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func isPiece(_ piece: Int, equalTo span: UnsafeRawBufferPointer) -> Bool {
        let range = offsets[piece]..<offsets[piece + 1]
        guard range.count == span.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            for index in 0..<span.count where bytes[range.lowerBound + index] != span[index] {
                return false
            }
            return true
        }
    }

    /// FNV-1a, whose lowest bits depend on all bytes once the upper half is folded in.
    private static func hash(_ span: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in span { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ (hash >> 32)
    }
}
