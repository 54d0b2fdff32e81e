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
        let model = try tinyDecoder("qwen2")
        let tests = try AttentionFixture.all("infllm")
        #expect(tests.count == 5)
        for test in tests {
            let memory = InfLLMAttention(
                model,
                configuration(test),
                shelf: MemoryShelf(layerCount: 2),
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
                shelf: MemoryShelf(layerCount: 2),
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

    /// Blocks whose keys and values are gone are encoded again, alike but not equal.
    @Test func blocksThatAreNotKeptAreMadeAgain() throws {
        let model = try tinyDecoder("llama3")
        let tokens = RandomLayer.uniform(9, 230).map { Int32(5 + ($0 + 2) * 16) }
        var configuration = InfLLMConfiguration()
        configuration.initialTokenCount = 4
        configuration.windowLength = 32
        configuration.blockLength = 8
        configuration.representativeCount = 2
        configuration.retrievedBlockCount = 3
        configuration.stepLength = 16
        func logits(keeping: Bool, recoder: BlockRecoder?) throws -> [Float] {
            let shelf = ForgetfulShelf(keeps: keeping)
            let memory = InfLLMAttention(model, configuration, shelf: shelf, recoder: recoder)
            let session = LlamaSession(model, memory, position: 0)
            try session.append(Array(tokens.dropLast()))
            return try session.read([tokens[tokens.count - 1]])
        }
        let recoder = BlockRecoder(
            model,
            windowLength: 32,
            firstPosition: 4,
            blockLength: 8,
            capacity: 2
        ) { Array(tokens[$0]) }
        let kept = try logits(keeping: true, recoder: nil)
        let again = try logits(keeping: false, recoder: recoder)
        #expect(again.bits == (try logits(keeping: false, recoder: recoder)).bits)
        let largest = zip(kept, again).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest > 0 && largest < 1, "\(largest)")
        #expect(throws: ModelsError.self) { try logits(keeping: false, recoder: nil) }
    }
}

/// A shelf that may keep landmarks only.
private final class ForgetfulShelf: BlockShelf {
    private let shelf = MemoryShelf(layerCount: 2)
    private let keeps: Bool

    init(keeps: Bool) { self.keeps = keeps }

    func blockCount(layer: Int) -> Int { shelf.blockCount(layer: layer) }

    func append(_ block: [UInt8], landmark: [Float], layer: Int) {
        shelf.append(block, landmark: landmark, layer: layer)
    }

    func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]? {
        keeps ? try shelf.block(index, layer: layer) : nil
    }

    func scanLandmarks(
        layer: Int,
        _ body: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError) {
        try shelf.scanLandmarks(layer: layer, body)
    }
}
