internal import CKernels
import Tensors

/// Rows of 4-bit codes in tiles of sixteen, with a scale each, as `kernels_code_scan` reads them.
///
/// Row `i` is about its scale times its codes less 7.5. A view, as valid as its memory.
package struct CodeTiles: @unchecked Sendable {  // Nobody writes what is viewed.
    /// Scalars in a row, rounded up to a multiple of 16.
    package let width: Int
    /// Rows, a multiple of 16; those beyond the last have the scale 0.
    package let rowCount: Int
    /// The scales and the two upper bits of each code: [rowCount / 16] of [16] floats and
    /// [width / 16, 16, 4] bytes.
    package let upper: UnsafePointer<UInt8>
    /// The two lower bits, [rowCount / 16, width / 16, 16, 4].
    package let lower: UnsafePointer<UInt8>

    /// The tiles that lie at `memory`, the upper plane first.
    init(at memory: UnsafeRawPointer, rowCount: Int, width: Int) {
        let layout = CodeLayout(rowCount: rowCount, width: width)
        self.width = layout.width
        self.rowCount = rowCount
        upper = memory.assumingMemoryBound(to: UInt8.self)
        lower = upper + layout.upperSize
    }

    private var layout: CodeLayout { CodeLayout(rowCount: rowCount, width: width) }

    /// The scale of a row.
    func scale(_ row: Int) -> Float {
        UnsafeRawPointer(upper).load(fromByteOffset: layout.scale(row), as: Float.self)
    }

    /// The first byte of a tile's upper plane.
    package func upperPlane(ofTile tile: Int) -> UnsafePointer<UInt8> {
        upper + tile * layout.upperTileSize
    }

    /// The bytes from one tile's upper plane to the next.
    package var upperTileSize: Int { layout.upperTileSize }

    /// Multiplies the rows of `tiles` with a query.
    ///
    /// - Parameters:
    ///   - tiles: Which tiles.
    ///   - query: The query.
    ///   - usesLowerPlane: Whether all four bits count, or the two upper ones.
    ///   - next: What is read after this, to be asked for meanwhile.
    ///   - products: Room for 16 products a tile.
    package func multiply(
        _ tiles: Range<Int>,
        by query: CodeQuery,
        usesLowerPlane: Bool,
        next: UnsafePointer<UInt8>? = nil,
        into products: UnsafeMutablePointer<Float>
    ) {
        precondition(tiles.upperBound * 16 <= rowCount, "tiles of these")
        precondition(query.elements.count == width, "a query as wide as the rows")
        query.elements.withUnsafeBufferPointer { elements in
            var scan = kernels_code_scan()
            scan.width = width
            scan.tile_count = tiles.count
            scan.query = elements.baseAddress
            scan.query_sum = query.sum
            scan.scale = query.scale
            scan.upper = upperPlane(ofTile: tiles.lowerBound)
            scan.lower =
                usesLowerPlane ? lower + tiles.lowerBound * layout.lowerTileSize : nil
            scan.next = next
            scan.products = products
            kernels_best().pointee.scan_codes(&scan)
        }
    }

    /// Writes row `row` as the upper plane alone has it, times a factor, [width].
    func decodeUpper(_ row: Int, times factor: Float, into values: UnsafeMutablePointer<Float>) {
        let plane = upper + layout.upper(row)
        let scale = scale(row) * factor
        for dimension in 0..<width {
            let four = plane[dimension / 16 * 64 + dimension % 4]
            let bits = four >> UInt8(dimension % 16 / 4 * 2) & 3
            values[dimension] = (Float(bits) * 4 - 6) * scale
        }
    }

    /// Writes row `row` as floats, [width].
    func decode(_ row: Int, into values: UnsafeMutablePointer<Float>) {
        let high = UnsafeRawPointer(upper + layout.upper(row))
        let low = UnsafeRawPointer(lower + layout.lower(row))
        let scale = scale(row)
        for step in 0..<(width / 16) {
            // Four bytes, each with two bits of four dimensions.
            let (high, low) = (
                high.load(fromByteOffset: step * 64, as: UInt32.self).littleEndian,
                low.load(fromByteOffset: step * 64, as: UInt32.self).littleEndian
            )
            for part in 0..<4 {
                let shift = UInt32(part * 2)
                let codes = (high >> shift & 0x0303_0303) << 2 | (low >> shift & 0x0303_0303)
                let four = unsafeBitCast(codes.littleEndian, to: SIMD4<UInt8>.self)
                let scalars = (SIMD4<Float>(four) - 7.5) * scale
                UnsafeMutableRawPointer(values + step * 16 + part * 4)
                    .storeBytes(of: scalars, as: SIMD4<Float>.self)
            }
        }
    }
}

extension CodeTiles {
    /// A row's scalars are steps of so many of their root mean square: of the steps from 0.24 to 0.34
    /// this one loses least from both planes together.
    private static let step: Float = 0.3

    /// `width` rounded up to a multiple of 16.
    static func paddedWidth(_ width: Int) -> Int { (width + 15) / 16 * 16 }

    /// The bytes of `rowCount` rows, a multiple of 16.
    static func size(rowCount: Int, width: Int) -> Int {
        CodeLayout(rowCount: rowCount, width: width).size
    }

    /// Puts a vector's codes and scale into row `row` of tiles at `memory`, or with nil clears it.
    ///
    /// The scale makes the product of the coded and the exact row what the exact row's with itself
    /// is. A vector that has a scalar which is not finite is coded as one of length 0.
    static func setRow(
        _ row: Int,
        of memory: UnsafeMutableRawPointer,
        rowCount: Int,
        width: Int,
        to vector: UnsafeBufferPointer<Float>?
    ) {
        let layout = CodeLayout(rowCount: rowCount, width: width)
        let high = memory + layout.upper(row)
        let low = memory + layout.upperSize + layout.lower(row)
        for step in 0..<(layout.width / 16) {
            high.storeBytes(of: 0, toByteOffset: step * 64, as: UInt32.self)
            low.storeBytes(of: 0, toByteOffset: step * 64, as: UInt32.self)
        }
        memory.storeBytes(of: 0, toByteOffset: layout.scale(row), as: Float.self)
        guard let vector, let base = vector.baseAddress else { return }
        let squares = kernels_dot_f32(base, base, width)
        guard squares > 0, squares.isFinite else { return }
        let factor = 1 / (step * (squares / Float(width)).squareRoot())
        guard factor.isFinite else { return }
        let product = kernels_pack_codes(
            base,
            width,
            factor,
            high.assumingMemoryBound(to: UInt8.self),
            low.assumingMemoryBound(to: UInt8.self)
        )
        let scale = squares / product
        guard scale.isFinite else { return }
        memory.storeBytes(of: scale, toByteOffset: layout.scale(row), as: Float.self)
    }

    /// Copies a row from here into row `target` of tiles at `memory`.
    func copyRow(_ row: Int, to target: Int, of memory: UnsafeMutableRawPointer, rowCount: Int) {
        let other = CodeLayout(rowCount: rowCount, width: width)
        let pairs = [
            (upper + layout.upper(row), memory + other.upper(target)),
            (lower + layout.lower(row), memory + other.upperSize + other.lower(target)),
        ]
        for (source, place) in pairs {
            for step in 0..<(width / 16) {
                let four = UnsafeRawPointer(source + step * 64).load(as: UInt32.self)
                (place + step * 64).storeBytes(of: four, as: UInt32.self)
            }
        }
        memory.storeBytes(of: scale(row), toByteOffset: other.scale(target), as: Float.self)
    }
}

/// Where things lie in tiles of codes.
private struct CodeLayout {
    let rowCount: Int
    let width: Int

    init(rowCount: Int, width: Int) {
        self.rowCount = rowCount
        self.width = CodeTiles.paddedWidth(width)
    }

    /// The bytes of the scales of a tile.
    private static let scalesSize = Int(KERNELS_CODE_SCALES_SIZE)

    var lowerTileSize: Int { width * 4 }
    var upperTileSize: Int { CodeLayout.scalesSize + lowerTileSize }
    var upperSize: Int { rowCount / 16 * upperTileSize }
    var size: Int { upperSize + rowCount / 16 * lowerTileSize }

    /// Where a row's scale lies in the upper plane.
    func scale(_ row: Int) -> Int { row / 16 * upperTileSize + row % 16 * 4 }

    /// Where a row's first four bytes lie in the upper plane.
    func upper(_ row: Int) -> Int { scale(row) + CodeLayout.scalesSize }

    /// Where they lie in the lower plane.
    func lower(_ row: Int) -> Int { row / 16 * lowerTileSize + row % 16 * 4 }
}

/// A vector in bytes, to be multiplied with rows of codes.
package struct CodeQuery {
    /// Its scalars over `scale`, zeros up to a multiple of 16.
    package let elements: [Int8]
    /// Their sum.
    let sum: Int32
    /// What a whole number is worth.
    let scale: Float

    /// The bytes of a vector of finite scalars.
    package init(_ vector: [Float]) {
        let largest = vector.reduce(0) { max($0, abs($1)) }
        let factor = 127 / largest
        let isZero = !factor.isFinite
        scale = isZero ? 0 : largest / 127
        var elements = [Int8](repeating: 0, count: CodeTiles.paddedWidth(vector.count))
        for (index, value) in vector.enumerated() where !isZero {
            elements[index] = Int8(min(max((value * factor).rounded(), -127), 127))
        }
        self.elements = elements
        sum = elements.reduce(0) { $0 + Int32($1) }
    }
}
