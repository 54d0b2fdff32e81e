import CKernels
import Foundation
import Testing

/// One product of narrow matrices with all that its outputs need.
private struct NarrowProduct {
    let rows: Int
    let columns: Int
    let depth: Int
    let format: kernels_format
    let group: Int?
    let input: [Float]
    let weights: [Float]
    let bias: [Float]
    let residual: [Float]

    init(_ rows: Int, _ columns: Int, _ depth: Int, _ format: kernels_format, group: Int? = nil) {
        var generator = SeededGenerator(30)
        (self.rows, self.columns, self.depth) = (rows, columns, depth)
        (self.format, self.group) = (format, group)
        input = generator.floats(rows * depth, -2...3)
        weights = generator.floats(columns * depth)
        bias = generator.floats(columns)
        residual = generator.floats(rows * columns)
    }

    /// The operands as the kernels see them; with groups, the scales of the left side differ.
    func operands(_ isa: UInt32, row: Int? = nil) -> (NarrowMatrix, PackedWeights) {
        let count = row == nil ? rows : 1
        let left = NarrowMatrix(isa, format, rows: count, width: depth, group: group)
        let source = row.map { Array(input[($0 * depth)..<(($0 + 1) * depth)]) } ?? input
        if let group, format == KERNELS_FORMAT_I8 {
            for r in 0..<count {
                left.offsets.pointer[r] = -0.5
                for g in 0..<(left.stride / group) {
                    left.scales.pointer[r * (left.stride / group) + g] = Float(g + 1) / 128
                }
                for k in 0..<depth {
                    let value = source[r * depth + k]
                    left.bytes.pointer[r * left.stride + k] = UInt8((value + 2) * 51)
                }
            }
        } else {
            var view = left.view
            withKernels(isa) { $0.narrow_f32(source, count, depth, &view) }
        }
        let right = PackedWeights(
            isa,
            format,
            weights: weights,
            bias: bias,
            depth: depth,
            group: group
        )
        return (left, right)
    }

    /// The product as floats.
    func floats(_ isa: UInt32, hasResidual: Bool = false, row: Int? = nil) -> [Float] {
        let (left, right) = operands(isa, row: row)
        let count = row == nil ? rows : 1
        let result = Memory<Float>(count * columns, filledWith: 77)
        residual.withUnsafeBufferPointer { residual in
            var product = kernels_narrow_gemm()
            product.rows = count
            product.left = left.view
            product.right = UnsafePointer(right.view.pointer)
            product.output = KERNELS_OUTPUT_F32
            product.residual = hasResidual ? residual.baseAddress : nil
            product.result = result.pointer
            withKernels(isa) { $0.gemm_narrow(&product) }
        }
        #expect(result.isWhole)
        return result.elements
    }

    /// The product in a narrow format.
    func narrow(_ isa: UInt32, _ output: kernels_output, resultGroup: Int? = nil) -> NarrowMatrix {
        let (left, right) = operands(isa)
        let result = NarrowMatrix(
            isa,
            output == KERNELS_OUTPUT_BF16 ? KERNELS_FORMAT_BF16 : format,
            rows: rows,
            width: columns,
            group: resultGroup
        )
        var product = kernels_narrow_gemm()
        product.rows = rows
        product.left = left.view
        product.right = UnsafePointer(right.view.pointer)
        product.output = output
        product.narrow_result = result.view
        withKernels(isa) { $0.gemm_narrow(&product) }
        #expect(result.isWhole)
        return result
    }

    /// What the operands' product is, and the sum of the magnitudes that bounds its error.
    func reference(_ isa: UInt32) -> [(sum: Double, magnitude: Double)] {
        let (left, right) = operands(isa)
        return (0..<(rows * columns)).map { index in
            let (row, column) = (index / columns, index % columns)
            var (sum, magnitude) = (Double(bias[column]), 1.0)
            for k in 0..<depth {
                let term = left.value(row, k) * right.value(column, k)
                sum += term
                magnitude += abs(term)
            }
            return (sum, magnitude)
        }
    }
}

private func gelu(_ x: Double) -> Double { x / 2 * (1 + erf(x / 2.0.squareRoot())) }

/// How far the GELU of a row may be off as a byte, where its largest is `largest`: half of a byte's unit,
/// and what 16 bits and 32 lines leave out.
private func byteBound(largest: Double) -> Double {
    (largest + 0.171) * (1 / 509 + 0x1p-13) + 1.1e-3
}

@Suite struct NarrowProductTests {
    static let sizes: [(Int, Int, Int)] =
        ([1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33, 40, 150]).map { ($0, 70, 33) }
        + [1, 16, 63, 64, 65, 130].map { (7, $0, 70) }
        + [(13, 64, 384), (3, 5, 1), (2, 192, 64)]

    @Test(arguments: variants)
    func productsEqualDoublePrecision(isa: UInt32) {
        for (rows, columns, depth) in Self.sizes {
            for format in formats {
                let product = NarrowProduct(rows, columns, depth, format)
                let expected = product.reference(isa)
                let plain = product.floats(isa)
                let whole = product.floats(isa, hasResidual: true)
                for index in expected.indices {
                    let (sum, magnitude) = expected[index]
                    // In bf16 each product rounds the sum; in int8 a handful of roundings.
                    let bound =
                        magnitude * 0x1p-24 * Double(format == KERNELS_FORMAT_I8 ? 8 : depth + 2)
                    #expect(abs(Double(plain[index]) - sum) <= bound)
                    let shifted = sum + Double(product.residual[index])
                    #expect(abs(Double(whole[index]) - shifted) <= bound + 1e-6 * magnitude)
                }
            }
        }
    }

    @Test(arguments: variants)
    func everyGroupHasItsScales(isa: UInt32) {
        for (depth, group) in [(256, 64), (384, 128), (200, 64), (1024, 512)] {
            let product = NarrowProduct(7, 70, depth, KERNELS_FORMAT_I8, group: group)
            let computed = product.floats(isa)
            for (value, (sum, magnitude)) in zip(computed, product.reference(isa)) {
                #expect(abs(Double(value) - sum) <= magnitude * 0x1p-20, "\(depth), \(group)")
            }
        }
    }

    @Test(arguments: variants)
    func sumsOfTheLargestBytesAreExact(isa: UInt32) {
        let depth = 1_536
        let left = NarrowMatrix(isa, KERNELS_FORMAT_I8, rows: 1, width: depth)
        left.bytes.pointer.update(repeating: 255, count: depth)
        (left.scales.pointer[0], left.offsets.pointer[0]) = (1, 0)
        let right = PackedWeights(
            isa,
            KERNELS_FORMAT_I8,
            weights: [Float](repeating: -127, count: depth),
            bias: [0],
            depth: depth
        )
        var result: [Float] = [0]
        result.withUnsafeMutableBufferPointer { result in
            var product = kernels_narrow_gemm()
            product.rows = 1
            product.left = left.view
            product.right = UnsafePointer(right.view.pointer)
            product.result = result.baseAddress
            withKernels(isa) { $0.gemm_narrow(&product) }
        }
        #expect(result[0] == Float(-127 * 255 * depth))
    }

    @Test(arguments: variants)
    func aNarrowResultIsTheNearestOfItsFormat(isa: UInt32) {
        for format in formats {
            let product = NarrowProduct(7, 192, 64, format)
            let plain = product.floats(isa)
            let halves = product.narrow(isa, KERNELS_OUTPUT_BF16)
            let active = product.narrow(isa, KERNELS_OUTPUT_GELU, resultGroup: 64)
            for row in 0..<7 {
                for column in 0..<192 {
                    let x = Double(plain[row * 192 + column])
                    #expect(abs(halves.value(row, column) - x) <= abs(x) / 256)
                    let group = (column / 64 * 64)..<(column / 64 * 64 + 64)
                    let largest = group.map { gelu(Double(plain[row * 192 + $0])) }.max() ?? 0
                    let bound =
                        format == KERNELS_FORMAT_I8
                        ? byteBound(largest: largest) : abs(gelu(x)) / 255 + 2e-4
                    #expect(abs(active.value(row, column) - gelu(x)) <= bound)
                }
            }
        }
    }

    /// The GELU of a row of `values` as bytes, less the exact one.
    private func errorsOfTheGELU(_ isa: UInt32, _ values: [Float]) -> [Double] {
        // The product is the bias alone.
        let left = NarrowMatrix(isa, KERNELS_FORMAT_I8, rows: 1, width: 64)
        var view = left.view
        let zeros = [Float](repeating: 0, count: 64 * values.count)
        withKernels(isa) { $0.narrow_f32(zeros, 1, 64, &view) }
        let right = PackedWeights(isa, KERNELS_FORMAT_I8, weights: zeros, bias: values, depth: 64)
        let result = NarrowMatrix(isa, KERNELS_FORMAT_I8, rows: 1, width: values.count)
        var product = kernels_narrow_gemm()
        product.rows = 1
        product.left = left.view
        product.right = UnsafePointer(right.view.pointer)
        product.output = KERNELS_OUTPUT_GELU
        product.narrow_result = result.view
        withKernels(isa) { $0.gemm_narrow(&product) }
        return values.indices.map { result.value(0, $0) - gelu(Double(values[$0])) }
    }

    @Test(arguments: variants)
    func theLowestAndTheFarthestActivationsFit(isa: UInt32) {
        // From far below to far above, and the lowest GELU.
        let all: [Float] =
            [-1e9, -1_000, -5, -4, -0.7518, -0.75, 0, 1e-4, 4, 5] + Array(repeating: -9, count: 54)
        for largest: Float in [0, 5, 7.82, 7.83, 1_000, 1e9] {
            let values = all.map { $0 == 5 ? largest : min($0, largest) }
            let top = values.map { gelu(Double($0)) }.max() ?? 0
            for (value, error) in zip(values, errorsOfTheGELU(isa, values)) {
                #expect(abs(error) <= byteBound(largest: top), "\(value) of \(largest)")
            }
        }
    }

    @Test(arguments: variants)
    func bytesFollowTheGELUAllTheWay(isa: UInt32) {
        for largest in [0.5, 2, 5, 12, 40] {
            let values = (0..<512).map { Float(largest - Double($0) * (largest + 5) / 511) }
            for (value, error) in zip(values, errorsOfTheGELU(isa, values)) {
                #expect(abs(error) <= byteBound(largest: largest), "\(value) of \(largest)")
            }
        }
    }

    /// As the variant's instruction does, also where bf16 are held as floats: of a pair the second first; or in
    /// tiles the even and the odd elements of 32 apart, and then both.
    @Test(arguments: variants)
    func bfloat16AreAddedInTheOrderOfTheInstruction(isa: UInt32) {
        for rows in [7, 16, 39] {
            let product = NarrowProduct(rows, 70, 384, KERNELS_FORMAT_BF16)
            let (left, right) = product.operands(isa)
            let computed = product.floats(isa)
            for row in 0..<product.rows {
                for column in 0..<product.columns {
                    let terms = (0..<product.depth).map { k in
                        (Float(left.value(row, k)), Float(right.value(column, k)))
                    }
                    let sum = isa == tiled ? sumInTiles(terms) : sumOfPairs(terms)
                    let result = computed[row * product.columns + column]
                    #expect(result.bitPattern == (sum + product.bias[column]).bitPattern)
                }
            }
        }
    }

    private func sumOfPairs(_ terms: [(Float, Float)]) -> Float {
        var sum: Float = 0
        for pair in stride(from: 0, to: terms.count, by: 2) {
            for (a, b) in [terms[pair + 1], terms[pair]] { sum.addProduct(a, b) }
        }
        return sum
    }

    private func sumInTiles(_ terms: [(Float, Float)]) -> Float {
        var sum: Float = 0
        for start in stride(from: 0, to: terms.count, by: 32) {
            var (even, odd): (Float, Float) = (0, 0)
            for pair in stride(from: start, to: start + 32, by: 2) {
                even.addProduct(terms[pair].0, terms[pair].1)
                odd.addProduct(terms[pair + 1].0, terms[pair + 1].1)
            }
            sum += even + odd
        }
        return sum
    }

    @Test func everyVariantGivesTheSameBits() {
        for (rows, columns, depth) in Self.sizes {
            for format in formats {
                let product = NarrowProduct(rows, columns, depth, format)
                let results = comparable(format).map { isa in
                    bits(product.floats(isa))
                        + product.narrow(isa, KERNELS_OUTPUT_BF16).bits(rows: rows)
                        + product.narrow(isa, KERNELS_OUTPUT_GELU, resultGroup: 64).bits(rows: rows)
                }
                #expect(results.allSatisfy { $0 == results[0] }, "\(rows), \(columns), \(depth)")
            }
        }
    }

    @Test(arguments: variants)
    func aRowDependsOnNoOther(isa: UInt32) {
        for format in formats {
            let product = NarrowProduct(23, 100, 50, format)
            let together = bits(product.floats(isa))
            for row in 0..<product.rows {
                let alone = bits(product.floats(isa, row: row))
                #expect(alone == Array(together[(row * 100)..<((row + 1) * 100)]))
            }
        }
    }

    @Test(arguments: variants)
    func weightsInPartsArePackedAsOneMatrix(isa: UInt32) {
        var generator = SeededGenerator(31)
        for (columns, depth, group) in [(192, 384, 128), (150, 70, 64), (48, 5, 64)] {
            let weights = generator.floats(columns * depth)
            let bias = generator.floats(columns)
            for format in formats {
                let packed = [1, 3].map { parts in
                    PackedWeights(
                        isa,
                        format,
                        weights: weights,
                        bias: bias,
                        depth: depth,
                        group: group,
                        parts: parts
                    )
                }
                // Unequal arrays would be compared at length for the report.
                let isSame = packed[0].elements.elements == packed[1].elements.elements
                #expect(isSame, "\(columns) columns")
                #expect(packed[0].scales.elements == packed[1].scales.elements)
                #expect(packed[0].bias.elements == packed[1].bias.elements)
            }
        }
    }
}
