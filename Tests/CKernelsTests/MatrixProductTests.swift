import CKernels
import Foundation
import Testing

/// One product with odd strides, so that a read or write outside a row shows.
private struct Product {
    var rows: Int
    var columns: Int
    var depth: Int
    var left: [Float]
    var weights: [Float]
    var bias: [Float]
    var residual: [Float]
    var packed: [Float]
    static let margin = 3
    static let untouched: Float = 77

    init(rows: Int, columns: Int, depth: Int, seed: UInt64 = 1) {
        var generator = SeededGenerator(seed)
        (self.rows, self.columns, self.depth) = (rows, columns, depth)
        left = generator.floats(rows * (depth + Self.margin))
        weights = generator.floats(columns * depth)
        bias = generator.floats(columns)
        residual = generator.floats(rows * (columns + Self.margin))
        packed = [Float](repeating: .nan, count: kernels_packed_count(columns, depth))
        withPlainWeights(weights, columns: columns) { plain in
            kernels_pack_f32(plain, columns, depth, &packed)
        }
    }

    /// The product, [rows, columns + margin].
    func computed(
        _ isa: UInt32,
        hasBias: Bool = true,
        hasResidual: Bool = false,
        activation: kernels_activation = KERNELS_ACTIVATION_NONE
    ) -> [Float] {
        var result = [Float](repeating: Self.untouched, count: rows * (columns + Self.margin))
        left.withUnsafeBufferPointer { left in
            packed.withUnsafeBufferPointer { packed in
                bias.withUnsafeBufferPointer { bias in
                    residual.withUnsafeBufferPointer { residual in
                        result.withUnsafeMutableBufferPointer { result in
                            var product = kernels_gemm()
                            product.rows = rows
                            product.columns = columns
                            product.depth = depth
                            product.left = left.baseAddress
                            product.left_stride = depth + Self.margin
                            product.right = packed.baseAddress
                            product.right_panel_stride = 64 * depth
                            product.right_row_stride = 64
                            product.bias = hasBias ? bias.baseAddress : nil
                            product.activation = activation
                            product.residual = hasResidual ? residual.baseAddress : nil
                            product.residual_stride = columns + Self.margin
                            product.result = result.baseAddress
                            product.result_stride = columns + Self.margin
                            withKernels(isa) { $0.gemm_f32(&product) }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The product without bias, and the sum of the magnitudes that bounds its error.
    func reference(_ row: Int, _ column: Int) -> (sum: Double, magnitude: Double) {
        var (sum, magnitude) = (0.0, 0.0)
        for k in 0..<depth {
            let term =
                Double(left[row * (depth + Self.margin) + k]) * Double(weights[column * depth + k])
            sum += term
            magnitude += abs(term)
        }
        return (sum, magnitude)
    }
}

@Suite struct MatrixProductTests {
    static let sizes: [(Int, Int, Int)] =
        (1...13).map { ($0, 70, 33) }
        + [1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 127, 130].map { (7, $0, 19) }
        + [(4, 33, 1), (5, 64, 2), (6, 100, 300), (1, 1, 1), (8, 384, 384)]

    @Test(arguments: variants)
    func productsEqualDoublePrecision(isa: UInt32) {
        for (rows, columns, depth) in Self.sizes {
            let product = Product(rows: rows, columns: columns, depth: depth)
            let stride = columns + Product.margin
            let plain = product.computed(isa, hasBias: false)
            let whole = product.computed(isa, hasResidual: true)
            for row in 0..<rows {
                for column in 0..<columns {
                    let (sum, magnitude) = product.reference(row, column)
                    // Each of `depth` roundings errs by half a unit of at most the magnitude.
                    let bound = Double(depth) * magnitude * 0x1p-24 + 1e-30
                    let index = row * stride + column
                    #expect(abs(Double(plain[index]) - sum) <= bound)
                    let expected =
                        sum + Double(product.bias[column]) + Double(product.residual[index])
                    #expect(abs(Double(whole[index]) - expected) <= bound + 4 * 0x1p-23)
                }
                let margin = (row * stride + columns)..<((row + 1) * stride)
                #expect(whole[margin].allSatisfy { $0 == Product.untouched })
            }
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        for (rows, columns, depth) in Self.sizes {
            let product = Product(rows: rows, columns: columns, depth: depth, seed: 2)
            for activation in [KERNELS_ACTIVATION_NONE, KERNELS_ACTIVATION_GELU] {
                let results = variants.map { bits(product.computed($0, activation: activation)) }
                #expect(results.allSatisfy { $0 == results[0] }, "\(rows), \(columns), \(depth)")
            }
        }
    }

    @Test(arguments: variants)
    func aRowDependsOnNoOther(isa: UInt32) {
        let many = Product(rows: 23, columns: 100, depth: 50, seed: 3)
        let together = bits(many.computed(isa, activation: KERNELS_ACTIVATION_GELU))
        for row in 0..<many.rows {
            var one = many
            one.rows = 1
            one.left = Array(many.left[(row * 53)..<((row + 1) * 53)])
            let alone = bits(one.computed(isa, activation: KERNELS_ACTIVATION_GELU))
            #expect(alone == Array(together[(row * 103)..<((row + 1) * 103)]))
        }
    }

    @Test(arguments: variants)
    func theActivationFollowsTheBias(isa: UInt32) {
        let product = Product(rows: 9, columns: 70, depth: 20, seed: 4)
        var expected = product.computed(isa)
        let active = product.computed(isa, activation: KERNELS_ACTIVATION_GELU)
        for row in 0..<9 {
            var values = Array(expected[(row * 73)..<(row * 73 + 70)])
            withKernels(isa) { $0.gelu_f32(&values, 70) }
            expected.replaceSubrange((row * 73)..<(row * 73 + 70), with: values)
        }
        #expect(bits(active) == bits(expected))
    }

    @Test(arguments: variants)
    func notANumberStaysInItsRow(isa: UInt32) {
        var product = Product(rows: 8, columns: 40, depth: 10)
        product.left[3 * 13 + 4] = .nan
        let result = product.computed(isa)
        for row in 0..<8 {
            let values = result[(row * 43)..<(row * 43 + 40)]
            #expect(values.allSatisfy { $0.isNaN == (row == 3) })
        }
    }

    @Test func packingPadsTheLastPanelWithZeros() {
        let packed = Product(rows: 1, columns: 65, depth: 3).packed
        #expect(packed.count == 2 * 64 * 3)
        #expect(
            packed[(64 * 3)...].enumerated().allSatisfy { $0.offset % 64 == 0 || $0.element == 0 }
        )
    }

    @Test func weightsInPartsArePackedAsOneMatrix() {
        var generator = SeededGenerator(4)
        for (columns, depth) in [(192, 384), (150, 7), (3, 1)] {
            let weights = generator.floats(columns * depth)
            let packed = [1, 3].map { parts in
                var panels = [Float](repeating: .nan, count: kernels_packed_count(columns, depth))
                withPlainWeights(weights, columns: columns, parts: parts) {
                    kernels_pack_f32($0, columns, depth, &panels)
                }
                return panels
            }
            let isSame = packed[0] == packed[1]
            #expect(isSame, "\(columns) columns")
            let last = columns - 1
            #expect(packed[0][last % 64 + last / 64 * 64 * depth] == weights[last * depth])
        }
    }
}
