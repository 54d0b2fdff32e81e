import CKernels

/// What rows are besides the mean of their list, a bit for each dimension and a scale.
///
/// A bit that is set means the scale, one that is not its negative. A view, as valid as its memory.
///
/// - Source: Gao, Long 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound",
///   arXiv:2405.12497, §3: signs of the differences from a centroid, with a scale by which products with the row
///   itself come out right. Here without the rotation, which changes nothing for sentences' vectors.
package struct SignTiles: @unchecked Sendable {  // Nobody writes what is viewed.
    /// Scalars in a row, rounded up to a multiple of 16.
    package let width: Int
    /// Rows, a multiple of 16; those beyond the last have the scale 0.
    package let rowCount: Int
    /// [rowCount / 16] of [16] floats and [width / 16, 2, 16] bytes.
    private let memory: UnsafePointer<UInt8>

    /// The tiles that lie at `memory`.
    init(at memory: UnsafeRawPointer, rowCount: Int, width: Int) {
        self.width = CodeTiles.paddedWidth(width)
        self.rowCount = rowCount
        self.memory = memory.assumingMemoryBound(to: UInt8.self)
    }

    /// The first byte of a tile.
    package func bytes(ofTile tile: Int) -> UnsafePointer<UInt8> {
        memory + tile * SignTiles.tileSize(width: width)
    }

    /// Adds the products of the rows of `tiles` with a query.
    ///
    /// - Parameters:
    ///   - tiles: Which tiles.
    ///   - query: The query.
    ///   - next: What is read after this, to be asked for meanwhile.
    ///   - products: For each tile sixteen numbers.
    package func addProducts(
        _ tiles: Range<Int>,
        with query: SignQuery,
        next: UnsafePointer<UInt8>? = nil,
        to products: UnsafeMutablePointer<Float>
    ) {
        precondition(tiles.upperBound * 16 <= rowCount, "tiles of these")
        precondition(query.tables.count == width * 4, "a query as wide as the rows")
        query.tables.withUnsafeBufferPointer { tables in
            var scan = kernels_sign_scan()
            scan.width = width
            scan.tile_count = tiles.count
            scan.tables = tables.baseAddress
            scan.offset = query.offset
            scan.scale = query.scale
            scan.tiles = bytes(ofTile: tiles.lowerBound)
            scan.next = next
            scan.products = products
            kernels_best().pointee.scan_signs(&scan)
        }
    }

    /// Whether a row is, bit by bit, one of others.
    func isRow(_ row: Int, equalTo other: Int, of tiles: SignTiles) -> Bool {
        let (here, there) = (bytes(ofTile: row / 16), tiles.bytes(ofTile: other / 16))
        let (scale, otherScale) = (row % 16 * 4, other % 16 * 4)
        guard (0..<4).allSatisfy({ here[scale + $0] == there[otherScale + $0] }) else {
            return false
        }
        return (0..<(width / 8)).allSatisfy { byte in
            let start = SignTiles.scalesSize + byte * 16
            return here[start + row % 16] == there[start + other % 16]
        }
    }
}

extension SignTiles {
    private static let scalesSize = Int(KERNELS_CODE_SCALES_SIZE)

    private static func tileSize(width: Int) -> Int {
        scalesSize + CodeTiles.paddedWidth(width) / 16 * Int(KERNELS_SIGN_STEP_SIZE)
    }

    /// The bytes of `rowCount` rows, a multiple of 16.
    static func size(rowCount: Int, width: Int) -> Int { rowCount / 16 * tileSize(width: width) }

    /// Puts the signs and the scale of a difference, [width], into row `row` of tiles at `memory` that are zero.
    ///
    /// The scale makes the product of the signs and the difference what the difference's with itself is.
    static func setRow(
        _ row: Int,
        of memory: UnsafeMutableRawPointer,
        width: Int,
        to difference: UnsafePointer<Float>
    ) {
        let tile = memory + row / 16 * tileSize(width: width)
        let bytes = (tile + scalesSize + row % 16).assumingMemoryBound(to: UInt8.self)
        var squares = SIMD8<Float>(repeating: 0)
        var lengths = SIMD8<Float>(repeating: 0)
        for byte in 0..<(CodeTiles.paddedWidth(width) / 8) {
            let eight = UnsafeRawPointer(difference + byte * 8).loadUnaligned(as: SIMD8<Float>.self)
            let isBelow = eight .< 0
            let bits = SIMD8<UInt32>(1, 2, 4, 8, 16, 32, 64, 128).replacing(with: 0, where: isBelow)
            bytes[byte * 16] = UInt8(bits.wrappedSum())
            squares += eight * eight
            lengths += eight.replacing(with: -eight, where: isBelow)
        }
        let scale = squares.sum() / lengths.sum()
        tile.storeBytes(of: scale.isFinite ? scale : 0, toByteOffset: row % 16 * 4, as: Float.self)
    }
}

/// A query as tables of what each four of its scalars sum to, to be multiplied with rows of signs.
package struct SignQuery {
    /// For each sixteen dimensions four tables of sixteen entries, those of dimensions 0, 8, 4 and 12 and the
    /// three after each.
    let tables: [UInt8]
    /// What of twice a row's sum comes from the entries' being above 0.
    let offset: Int32
    /// What an entry of 1 is worth.
    let scale: Float

    /// The tables of a query.
    package init(_ query: CodeQuery) {
        let sums = stride(from: 0, to: query.elements.count, by: 4).map { start in
            query.elements[start..<(start + 4)].map(Int.init)
        }
        // Entries are whole multiples of what the largest table needs.
        let largest = max(sums.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0, 1)
        let factor = 127 / Float(largest)
        var tables = [UInt8](repeating: 0, count: sums.count * 16)
        for (group, scalars) in sums.enumerated() {
            let least = scalars.reduce(0) { $0 + min($1, 0) }
            let place = group / 4 * 64 + group % 2 * 32 + group % 4 / 2 * 16
            for entry in 0..<16 {
                let sum = (0..<4).reduce(-least) { $0 + (entry >> $1 & 1) * scalars[$1] }
                tables[place + entry] = UInt8(Float(sum) * factor + 0.5)
            }
        }
        self.tables = tables
        let lengths = query.elements.reduce(0) { $0 + abs(Int($1)) }
        offset = Int32((Float(lengths) * factor).rounded())
        scale = query.scale / factor
    }
}
