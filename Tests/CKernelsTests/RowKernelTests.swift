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
    func softmaxEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(6)
        for count in Array(1...50) + [64, 100, 257] {
            let scores = generator.floats(count, -40...40)
            let padding = [Float](repeating: .nan, count: (16 - count % 16) % 16)
            var values = scores + padding + [77]
            withKernels(isa) { $0.softmax_f32(&values, count, 0.25) }
            let top = Double(scores.max() ?? 0)
            let powers = scores.map { exp(0.25 * (Double($0) - top)) }
            let sum = powers.reduce(0, +)
            for (value, power) in zip(values, powers) {
                // A few roundings of the argument, which is up to 20, and of the sum.
                #expect(abs(Double(value) - power / sum) <= 4e-6 * power / sum + 1e-12)
            }
            #expect(values[count..<(count + padding.count)].allSatisfy { $0 == 0 })
            #expect(values.last == 77)
        }
    }

    @Test(arguments: variants)
    func softmaxBearsLargeAndEqualScores(isa: UInt32) {
        for value: Float in [3e38, -3e38, 0] {
            var values = [Float](repeating: value, count: 32)
            withKernels(isa) { $0.softmax_f32(&values, 20, 1) }
            #expect(values[..<20].allSatisfy { abs($0 - 0.05) < 1e-8 })
        }
        var far: [Float] = [3e38, -3e38] + [Float](repeating: 0, count: 14)
        withKernels(isa) { $0.softmax_f32(&far, 2, 1) }
        #expect(far[0] == 1 && far[1] < 1e-37)
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
                var softmax = x + [Float](repeating: 0, count: 15)
                withKernels(isa) {
                    $0.gelu_f32(&gelu, count)
                    $0.softmax_f32(&softmax, count, 0.3)
                    $0.layer_norm_f32(&norm, 1, count, y, x, 1e-12)
                    $0.add_scaled_f32(&sum, y, 0.7, count)
                }
                return bits(gelu + softmax + norm + sum)
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
