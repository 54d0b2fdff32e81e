import CKernels
import Testing

@Suite struct CodeScanTests {
    /// Products by their definition, in integers until the scales.
    @Test(arguments: variants)
    func productsAreThoseOfTheCodes(isa: UInt32) {
        var generator = SeededGenerator(31)
        for (width, tileCount) in [(16, 1), (32, 3), (384, 2), (400, 5)] {
            // The first row is the largest there can be.
            let codes = (0..<tileCount * 16).map { row in
                (0..<width).map { _ in
                    UInt8.random(in: (row == 0 ? 15 : 0)...15, using: &generator)
                }
            }
            let scales = generator.floats(tileCount * 16, 0.001...0.1)
            let planes = Planes(codes, scales, width: width)
            let extreme = [Int8](repeating: 127, count: width)
            let random = (0..<width).map { _ in Int8.random(in: -127...127, using: &generator) }
            for query in [random, extreme, extreme.map { -$0 }] {
                for isFull in [true, false] {
                    let found = scan(isa, planes, query, tileCount, isFull: isFull)
                    for (row, codes) in codes.enumerated() {
                        let doubled = zip(codes, query).reduce(0) { sum, pair in
                            let code = Int(pair.0)
                            let value = isFull ? 2 * code - 15 : 8 * (code / 4) - 12
                            return sum + value * Int(pair.1)
                        }
                        #expect(found[row] == Float(doubled) * (0.25 * 0.5) * scales[row])
                    }
                }
            }
        }
    }

    @Test(arguments: variants)
    func momentsEqualDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(32)
        for count in Array(0...40) + [256, 4_099] {
            let values = generator.floats(count)
            var (sum, squares) = (1.0, 2.0)
            withKernels(isa) { $0.moments_f32(values, count, &sum, &squares) }
            let exact = values.reduce(1) { $0 + Double($1) }
            #expect(abs(sum - exact) < 1e-9)
            #expect(abs(squares - values.reduce(2) { $0 + Double($1) * Double($1) }) < 1e-9)
        }
    }

    @Test func everyVariantGivesTheSameMoments() {
        var generator = SeededGenerator(33)
        let values = generator.floats(1_003)
        let results = variants.map { isa in
            var (sum, squares) = (0.0, 0.0)
            withKernels(isa) { $0.moments_f32(values, values.count, &sum, &squares) }
            return [sum.bitPattern, squares.bitPattern]
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test(arguments: variants)
    func theLargestAndThoseAboveAreFound(isa: UInt32) {
        var generator = SeededGenerator(34)
        for count in Array(1...50) + [256, 1_000] {
            // Few values, so that many are equal.
            let values = (0..<count).map { _ in Float(Int.random(in: -4...4, using: &generator)) }
            withKernels(isa) { kernels in
                let largest = kernels.largest_f32(values, count)
                #expect(largest == values.firstIndex(of: values.max() ?? 0))
                let negative = values.map { $0 - 9 }
                #expect(kernels.largest_f32(negative, count) == largest)
                let unbounded = [Float](repeating: -.infinity, count: count)
                #expect(kernels.largest_f32(unbounded, count) == 0)
                for threshold in [-5, -1, 2, 4] as [Float] {
                    var indices = [UInt32](repeating: 77, count: count + 1)
                    let found = kernels.above_f32(values, count, threshold, &indices)
                    let expected = values.indices.filter { values[$0] > threshold }
                    #expect(indices.prefix(found).map(Int.init) == expected)
                }
            }
        }
    }

    private func scan(
        _ isa: UInt32,
        _ planes: Planes,
        _ query: [Int8],
        _ tileCount: Int,
        isFull: Bool
    ) -> [Float] {
        var products = [Float](repeating: 77, count: tileCount * 16 + 1)
        query.withUnsafeBufferPointer { query in
            planes.upper.withUnsafeBufferPointer { upper in
                planes.lower.withUnsafeBufferPointer { lower in
                    products.withUnsafeMutableBufferPointer { products in
                        var scan = kernels_code_scan()
                        scan.width = query.count
                        scan.tile_count = tileCount
                        scan.query = query.baseAddress
                        scan.query_sum = query.reduce(0) { $0 + Int32($1) }
                        scan.scale = 0.25
                        scan.upper = upper.baseAddress
                        scan.lower = isFull ? lower.baseAddress : nil
                        scan.products = products.baseAddress
                        withKernels(isa) { $0.scan_codes(&scan) }
                    }
                }
            }
        }
        #expect(products.last == 77)
        return products
    }

    /// Codes as the kernels have them.
    private struct Planes {
        var upper: [UInt8]
        var lower: [UInt8]

        init(_ rows: [[UInt8]], _ scales: [Float], width: Int) {
            let tileSize = width * 4
            let scalesSize = Int(KERNELS_CODE_SCALES_SIZE)
            lower = [UInt8](repeating: 0, count: rows.count / 16 * tileSize)
            upper = [UInt8](repeating: 0, count: rows.count / 16 * (tileSize + scalesSize))
            for (row, codes) in rows.enumerated() {
                let (tile, lane) = (row / 16, row % 16)
                let start = tile * (tileSize + scalesSize)
                withUnsafeBytes(of: scales[row]) { scale in
                    for byte in 0..<4 { upper[start + lane * 4 + byte] = scale[byte] }
                }
                for (dimension, code) in codes.enumerated() {
                    let byte = dimension / 16 * 64 + lane * 4 + dimension % 4
                    let shift = UInt8(dimension % 16 / 4 * 2)
                    upper[start + scalesSize + byte] |= (code >> 2) << shift
                    lower[tile * tileSize + byte] |= (code & 3) << shift
                }
            }
        }
    }
}
