import CKernels
import Testing

@Suite struct SignScanTests {
    /// Products by their definition, in integers until the scales; the widest row needs more than one sum of 16 bits.
    @Test(arguments: variants)
    func productsAreThoseOfTheSigns(isa: UInt32) {
        var generator = SeededGenerator(51)
        for (width, tileCount) in [(16, 1), (32, 3), (384, 2), (400, 5), (4_112, 2)] {
            let rows = (0..<tileCount * 16).map { row in
                (0..<width).map { _ in row == 0 || Bool.random(using: &generator) }
            }
            let scales = generator.floats(tileCount * 16, 0.001...0.1)
            let means = generator.floats(tileCount * 16)
            let random = (0..<width * 4).map { _ in UInt8.random(in: 0...127, using: &generator) }
            for tables in [random, [UInt8](repeating: 127, count: width * 4)] {
                let found = scan(isa, SignTilesBytes(rows, scales).bytes, tables, means, width)
                for (row, signs) in rows.enumerated() {
                    let sum = (0..<width / 4).reduce(0) { sum, group in
                        // Four dimensions name one of the sixteen entries of their table.
                        let entry = (0..<4).reduce(0) { $0 + (signs[group * 4 + $1] ? 1 << $1 : 0) }
                        let (byte, nibble) = (group % 4 / 2, group % 2)
                        let table = group / 4 * 64 + nibble * 32 + byte * 16
                        return sum + Int(tables[table + entry])
                    }
                    let product = Float(2 * sum - 77) * 0.25 * scales[row]
                    #expect(found[row] == means[row] + product)
                }
            }
        }
    }

    private func scan(
        _ isa: UInt32,
        _ tiles: [UInt8],
        _ tables: [UInt8],
        _ means: [Float],
        _ width: Int
    ) -> [Float] {
        var products = means + [88]
        tiles.withUnsafeBufferPointer { tiles in
            tables.withUnsafeBufferPointer { tables in
                products.withUnsafeMutableBufferPointer { products in
                    var scan = kernels_sign_scan()
                    scan.width = width
                    scan.tile_count = means.count / 16
                    scan.tables = tables.baseAddress
                    scan.offset = 77
                    scan.scale = 0.25
                    scan.tiles = tiles.baseAddress
                    scan.products = products.baseAddress
                    withKernels(isa) { $0.scan_signs(&scan) }
                }
            }
        }
        #expect(products.last == 88)
        return products
    }

    /// Rows of signs as the kernels have them.
    private struct SignTilesBytes {
        var bytes: [UInt8]

        init(_ rows: [[Bool]], _ scales: [Float]) {
            let width = rows[0].count
            let scalesSize = Int(KERNELS_CODE_SCALES_SIZE)
            let tileSize = scalesSize + width / 16 * Int(KERNELS_SIGN_STEP_SIZE)
            bytes = [UInt8](repeating: 0, count: rows.count / 16 * tileSize)
            for (row, signs) in rows.enumerated() {
                let (start, lane) = (row / 16 * tileSize, row % 16)
                withUnsafeBytes(of: scales[row]) { scale in
                    for byte in 0..<4 { bytes[start + lane * 4 + byte] = scale[byte] }
                }
                for (dimension, sign) in signs.enumerated() where sign {
                    let byte = scalesSize + dimension / 8 * 16 + lane
                    bytes[start + byte] |= 1 << UInt8(dimension % 8)
                }
            }
        }
    }
}
