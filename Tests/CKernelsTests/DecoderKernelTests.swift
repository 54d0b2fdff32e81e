import CKernels
import Foundation
import Testing

@Suite struct DecoderKernelTests {
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
    func rmsNormEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(41)
        for width in Array(1...40) + [64, 100, 384] {
            let rows = generator.floats(3 * width, -2...5)
            let gain = generator.floats(width)
            var result = [Float](repeating: 77, count: 3 * width + 1)
            withKernels(isa) { $0.rms_norm_f32(rows, 3, width, gain, 1e-5, &result) }
            for row in 0..<3 {
                let x = rows[(row * width)..<((row + 1) * width)].map(Double.init)
                let mean = x.map { $0 * $0 }.reduce(0, +) / Double(width)
                for i in 0..<width {
                    let expected = x[i] / (mean + 1e-5).squareRoot() * Double(gain[i])
                    // Some roundings of the sum, one of the root and two of the products.
                    #expect(abs(Double(result[row * width + i]) - expected) < 5e-6)
                }
            }
            #expect(result[3 * width] == 77)
            var inPlace = rows
            withKernels(isa) { kernels in
                inPlace.withUnsafeMutableBufferPointer { buffer in
                    guard let rows = buffer.baseAddress else { return }
                    kernels.rms_norm_f32(rows, 3, width, gain, 1e-5, rows)
                }
            }
            #expect(bits(inPlace) == bits(Array(result.dropLast())))
        }
    }

    @Test(arguments: variants)
    func swigluEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(42)
        for count in Array(0...40) + [500] {
            let x = generator.floats(count, -30...30)
            let y = generator.floats(count)
            var values = x + [77]
            withKernels(isa) { $0.swiglu_f32(&values, y, count) }
            for i in 0..<count {
                let expected = Double(x[i]) / (1 + exp(-Double(x[i]))) * Double(y[i])
                #expect(abs(Double(values[i]) - expected) <= 1e-6 * abs(expected))
            }
            #expect(values[count] == 77)
        }
        var far: [Float] = [1e30, -1e30, 0]
        withKernels(isa) { $0.swiglu_f32(&far, [1, 1, 1], 3) }
        #expect(far[0] == 1e30 && abs(far[1]) < 1e-7 && far[2] == 0)
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(43)
        for count in Array(1...70) + [384] {
            let x = generator.floats(count, -9...9)
            let y = generator.floats(count)
            let results = variants.map { isa -> [UInt32] in
                var (norm, gates) = (x, x)
                var softmax = x + [Float](repeating: 0, count: 15)
                withKernels(isa) {
                    $0.rms_norm_f32(x, 1, count, y, 1e-5, &norm)
                    $0.swiglu_f32(&gates, y, count)
                    $0.softmax_f32(&softmax, count, 0.3)
                }
                return bits(norm + gates + softmax)
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(count)")
        }
    }
}
