import Models
import Tensors
import Testing

@Suite struct InfLLMAttentionTests {
    private func configuration(_ test: AttentionFixture) -> InfLLMConfiguration {
        var configuration = InfLLMConfiguration()
        configuration.initialTokenCount = test.initial
        configuration.windowLength = test.window
        configuration.blockLength = test.block
        configuration.representativeCount = test.representatives
        configuration.retrievedBlockCount = test.retrieved
        configuration.cachedBlockCount = max(test.retrieved, 4)
        configuration.stepLength = test.step
        return configuration
    }

    /// The first call goes in steps, then a token is a step.
    private func steps(_ test: AttentionFixture) -> [Range<Int>] {
        stride(from: 0, to: test.prompt, by: test.step).map {
            $0..<min($0 + test.step, test.prompt)
        } + (test.prompt..<test.length).map { $0..<($0 + 1) }
    }

    @Test func blocksAndResultsAreThoseOfTheReference() throws {
        let model = try tinyDecoder("qwen2", precision: .exact)
        let tests = try AttentionFixture.all("infllm")
        #expect(tests.count == 5)
        for test in tests {
            let memory = InfLLMAttention(
                model,
                configuration(test),
                precision: .float
            )
            let layer = RandomLayer(model.configuration, length: test.length)
            var results: [Float] = []
            for (index, step) in steps(test).enumerated() {
                results += try layer.attend(step, memory)
                // The reference tells its choice where there is one.
                #expect(memory.selectedBlocks[0] == test.selected[index], "step \(index)")
            }
            #expect(results.count == test.floats.count)
            let largest = zip(results, test.floats).map { abs($0 - $1) }.max() ?? .infinity
            // Sums of up to 300 products in another order.
            #expect(largest < 1e-5, "\(largest)")
        }
    }

    @Test func blocksOfBytesChangeResultsLittle() throws {
        let model = try tinyDecoder("qwen2")
        let test = try #require(try AttentionFixture.all("infllm").first)
        var results: [[Float]] = []
        for precision in [AttentionBlock.Precision.float, .byte] {
            let memory = InfLLMAttention(
                model,
                configuration(test),
                precision: precision
            )
            let layer = RandomLayer(model.configuration, length: test.length)
            results.append(try steps(test).flatMap { try layer.attend($0, memory) })
        }
        let differences = zip(results[0], results[1]).map { abs($0 - $1) }
        // A step of a byte is up to 0.016; where another block is found for it, more changes.
        let mean = differences.reduce(0, +) / Float(differences.count)
        #expect((1e-5...0.02).contains(mean), "\(mean)")
    }
}
