import CKernels
import Foundation
import Testing

@Suite struct DecoderKernelTests {
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
                withKernels(isa) {
                    $0.rms_norm_f32(x, 1, count, y, 1e-5, &norm)
                    $0.swiglu_f32(&gates, y, count)
                }
                return bits(norm + gates)
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(count)")
        }
    }
}
