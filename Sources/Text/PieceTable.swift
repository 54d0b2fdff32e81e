/// Finds a piece by its bytes, in one step for any length, and the longest one that bytes begin with.
///
/// - Complexity: a lookup reads the bytes once and a slot or two, one for the longest a slot or two for each
///   length.
struct PieceTable: Sendable {
    /// The length of the longest piece.
    let longest: Int
    /// All pieces, one behind the other.
    private let bytes: [UInt8]
    /// Where each piece begins, and the end.
    private let offsets: [Int]
    /// A power of two, at most half of it taken; behind the last comes the first.
    private var slots: [Int32]

    /// The first piece that equals one before it, behind that one.
    private(set) var repeated: (first: Int, again: Int)?

    /// How many pieces there are.
    var count: Int { offsets.count - 1 }

    /// The pieces for which `isKept` holds; of equal ones the last counts.
    init(
        _ pieces: some RandomAccessCollection<some Collection<UInt8>>,
        isKept: (Int) -> Bool = { _ in true }
    ) {
        var bytes: [UInt8] = []
        var offsets = [0]
        offsets.reserveCapacity(pieces.count + 1)
        for piece in pieces {
            bytes += piece
            offsets.append(bytes.count)
        }
        self.bytes = bytes
        self.offsets = offsets
        let kept = (0..<pieces.count).filter { isKept($0) && offsets[$0] < offsets[$0 + 1] }
        longest = kept.map { offsets[$0 + 1] - offsets[$0] }.max() ?? 0
        var size = 16
        while size < 2 * kept.count { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        bytes.withUnsafeBytes { bytes in
            for index in kept {
                let span = UnsafeRawBufferPointer(
                    rebasing: bytes[offsets[index]..<offsets[index + 1]]
                )
                let slot = slot(of: span, Self.hash(span))
                if slots[slot] >= 0, repeated == nil { repeated = (Int(slots[slot]), index) }
                slots[slot] = Int32(index)
            }
        }
    }

    /// The bytes of a piece.
    subscript(piece: Int) -> ArraySlice<UInt8> { bytes[offsets[piece]..<offsets[piece + 1]] }

    /// The piece that is exactly these bytes, or nil.
    func piece(_ span: UnsafeRawBufferPointer) -> Int32? {
        guard span.count <= longest else { return nil }
        let piece = slots[slot(of: span, Self.hash(span))]
        return piece < 0 ? nil : piece
    }

    /// The longest piece of more than `least` bytes that these bytes begin with, and how many it has; nil if
    /// there is none.
    func longestPiece(
        of span: UnsafeRawBufferPointer,
        longerThan least: Int
    ) -> (piece: Int32, length: Int)? {
        let most = min(span.count, longest)
        guard most > least else { return nil }
        // The hashes of beginnings come one from another.
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: most) { hashes in
            var hash = Self.basis
            for index in 0..<most {
                hash = Self.extended(hash, by: span[index])
                hashes[index] = hash
            }
            for length in (least + 1...most).reversed() {
                let part = UnsafeRawBufferPointer(rebasing: span[..<length])
                let piece = slots[slot(of: part, hashes[length - 1])]
                if piece >= 0 { return (piece, length) }
            }
            return nil
        }
    }

    /// The slot that holds the piece of these bytes, which have a hash, or the empty one where it belongs.
    private func slot(of span: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & mask
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
        span.reduce(basis) { extended($0, by: $1) }
    }

    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    private static func extended(_ hash: UInt64, by byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
