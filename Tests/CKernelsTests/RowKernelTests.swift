import CKernels
import Foundation
import Testing

@Suite struct RowKernelTests {
    @Test(arguments: variants)
    func geluIsExactToTwoUnits(isa: UInt32) {
        var generator = SeededGenerator(5)
        let arguments =
            stride(from: Float(-12), through: 12, by: 0.003).map { $0 }
            + generator.floats(2_000, -1e-3...1e-3) + [0, 0x1p-130, 1e30, -1e30, .infinity]
        var values = arguments
        withKernels(isa) { $0.gelu_f32(&values, values.count) }
        for (x, y) in zip(arguments, values) where x.isFinite {
            let expected = Double(x) * 0.5 * erfc(-Double(x) * 0.5.squareRoot())
            let unit = Double(max(abs(x), 1).ulp)
            #expect(abs(Double(y) - expected) <= 2 * unit, "gelu(\(x)) = \(y), not \(expected)")
        }
        #expect(values.last == .infinity)
    }

    @Test(arguments: variants)
    func layerNormEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(7)
        for width in Array(1...40) + [64, 100, 384] {
            let rows = generator.floats(3 * width, -2...5)
            let gain = generator.floats(width)
            let bias = generator.floats(width)
            var values = rows + [77]
            withKernels(isa) { $0.layer_norm_f32(&values, 3, width, gain, bias, 1e-12) }
            for row in 0..<3 {
                let x = rows[(row * width)..<((row + 1) * width)].map(Double.init)
                let mean = x.reduce(0, +) / Double(width)
                let variance =
                    x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
                for i in 0..<width where width > 1 {
                    let expected =
                        (x[i] - mean) / (variance + 1e-12).squareRoot() * Double(gain[i])
                        + Double(bias[i])
                    #expect(abs(Double(values[row * width + i]) - expected) < 5e-6)
                }
            }
            #expect(values[3 * width] == 77)
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(8)
        for count in Array(1...70) + [384] {
            let x = generator.floats(count, -9...9)
            let y = generator.floats(count)
            let results = variants.map { isa -> [UInt32] in
                var (gelu, norm, sum) = (x, x, x)
                withKernels(isa) {
                    $0.gelu_f32(&gelu, count)
                    $0.layer_norm_f32(&norm, 1, count, y, x, 1e-12)
                    $0.add_scaled_f32(&sum, y, 0.7, count)
                }
                return bits(gelu + norm + sum)
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(count)")
        }
    }

    @Test(arguments: variants)
    func addScaledRoundsOnce(isa: UInt32) {
        var generator = SeededGenerator(9)
        for count in 0...40 {
            let x = generator.floats(count)
            let y = generator.floats(count)
            var values = x + [77]
            withKernels(isa) { $0.add_scaled_f32(&values, y, 0.3, count) }
            #expect(Array(values.dropLast()) == zip(x, y).map { $0.addingProduct(0.3, $1) })
            #expect(values[count] == 77)
        }
    }
}
