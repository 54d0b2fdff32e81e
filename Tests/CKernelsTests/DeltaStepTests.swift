import CKernels
import Testing

@Suite struct DeltaStepTests {
    private struct Step {
        var weights: [Float]
        var update: [Float]
        var expected: [Float]
        let key: [Float]
        let error: [Float]
        let nextKey: [Float]
        let width: Int

        init(width: Int, _ generator: inout SeededGenerator) {
            self.width = width
            // One element more than belongs to the matrix, which has to stay.
            weights = generator.floats(width * width) + [77]
            update = generator.floats(width * width) + [77]
            expected = [Float](repeating: .nan, count: width) + [77]
            key = generator.floats(width)
            error = generator.floats(width)
            nextKey = generator.floats(width)
        }

        mutating func run(_ isa: UInt32) {
            let rates = kernels_delta_rates(momentum: 0.5, keep: 0.99, scale: -0.25)
            withKernels(isa) {
                $0.delta_step_f32(
                    &weights,
                    &update,
                    &expected,
                    key,
                    error,
                    nextKey,
                    width,
                    rates
                )
            }
        }
    }

    @Test(arguments: variants)
    func aStepEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(21)
        for width in Array(1...35) + [48, 64, 100] {
            let before = Step(width: width, &generator)
            var after = before
            after.run(isa)
            var expected = [Double](repeating: 0, count: width)
            for row in 0..<width {
                for column in 0..<width {
                    let index = row * width + column
                    let product = Double(before.key[row]) * Double(before.error[column])
                    let update = 0.5 * Double(before.update[index]) - 0.25 * product
                    let weight = Double(Float(0.99)) * Double(before.weights[index]) + update
                    #expect(abs(Double(after.update[index]) - update) < 2e-7)
                    #expect(abs(Double(after.weights[index]) - weight) < 4e-7)
                    expected[column] += Double(before.nextKey[row]) * weight
                }
            }
            for (sum, exact) in zip(after.expected, expected) {
                #expect(abs(Double(sum) - exact) < 1e-5)
            }
            for values in [after.weights, after.update, after.expected] {
                #expect(values.last == 77)
            }
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(22)
        for width in [1, 15, 16, 17, 40, 384] {
            let before = Step(width: width, &generator)
            let results = variants.map { isa in
                var step = before
                step.run(isa)
                return bits(step.weights + step.update + step.expected)
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }
    }

    @Test(arguments: variants)
    func whatIsExpectedIsThePredictionRowByRow(isa: UInt32) {
        var generator = SeededGenerator(23)
        for width in [5, 16, 33, 384] {
            var step = Step(width: width, &generator)
            step.run(isa)
            var sum = [Float](repeating: 0, count: width)
            for row in 0..<width {
                let weights = Array(step.weights[(row * width)..<((row + 1) * width)])
                withKernels(isa) { $0.add_scaled_f32(&sum, weights, step.nextKey[row], width) }
            }
            #expect(bits(sum) == bits(Array(step.expected.dropLast())))
        }
    }
}
