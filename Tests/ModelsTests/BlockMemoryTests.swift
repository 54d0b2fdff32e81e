import Foundation
import ModelFiles
import Models
import Tensors
import Testing

/// What holds for each way to attend to a part of the text only.
@Suite struct BlockMemoryTests {
    private static let tokens = RandomLayer.uniform(9, 230).map { Int32(5 + ($0 + 2) * 16) }

    enum Way: String, CaseIterable {
        case window, infllm, hip

        func memory(
            _ model: LlamaModel,
            covering: Bool = false,
            step: Int = 16
        ) -> any AttentionMemory {
            switch self {
            case .window:
                let window = covering ? 400 : 24
                return WindowAttention(
                    model,
                    WindowConfiguration(initialTokenCount: 3, windowLength: window)
                )
            case .infllm:
                var configuration = InfLLMConfiguration.small
                configuration.windowLength = covering ? 400 : 24
                configuration.stepLength = step
                return InfLLMAttention(model, configuration)
            case .hip:
                return HiPAttention(
                    model,
                    HiPConfiguration(
                        initialTokenCount: 3,
                        windowLength: 24,
                        stages: [
                            .init(chunkLength: 8, keptCount: covering ? 400 : 64),
                            .init(chunkLength: 2, keptCount: covering ? 400 : 20),
                        ],
                        stepLength: step
                    )
                )
            }
        }
    }

    @Test(arguments: ["llama3", "llama-yarn", "qwen3"], Way.allCases)
    func aWindowThatCoversAllEqualsFullAttention(name: String, way: Way) throws {
        let model = try tinyDecoder(name)
        let tokens = Array(Self.tokens.prefix(64))
        let full = try LlamaSession(model, contextLength: 64).readAll(tokens)
        let memory = way.memory(model, covering: true)
        let logits = try LlamaSession(model, memory, position: 0).readAll(tokens)
        #expect(logits.map(\.bits) == full.map(\.bits))
    }

    /// A text that is read in calls of any lengths, then asked for what follows.
    @Test(arguments: Way.allCases)
    func logitsDependOnTheTokensAlone(way: Way) throws {
        let tokens = Self.tokens
        func logits(threads: Int, _ kernels: Kernels, _ cuts: inout SplitMix64) throws
            -> [Float]
        {
            let model = try tinyDecoder("llama3", threads: threads, kernels: kernels)
            let session = LlamaSession(model, way.memory(model), position: 0)
            var start = 0
            while start < tokens.count - 1 {
                let end = min(start + Int.random(in: 1...40, using: &cuts), tokens.count - 1)
                try session.append(Array(tokens[start..<end]))
                start = end
                #expect(session.position == start)
            }
            return try session.read([tokens[start]])
        }
        var cuts = SplitMix64(3)
        let first = try logits(threads: 1, .best, &cuts)
        for kernels in Kernels.all {
            for threads in [1, 3] {
                #expect(try logits(threads: threads, kernels, &cuts).bits == first.bits)
            }
        }
    }

    /// Where every token is a step of its own, reading for logits may be cut anywhere too.
    @Test(arguments: Way.allCases)
    func stepsOfOneTokenCanBeCutAnywhere(way: Way) throws {
        let model = try tinyDecoder("qwen2")
        let tokens = Self.tokens.map { $0 % 72 }
        let whole = LlamaSession(model, way.memory(model, step: 1), position: 0)
        let expected = try whole.read(tokens)
        let cut = LlamaSession(model, way.memory(model, step: 1), position: 0)
        var generator = SplitMix64(8)
        var (start, logits): (Int, [Float]) = (0, [])
        while start < tokens.count {
            let end = min(start + Int.random(in: 1...30, using: &generator), tokens.count)
            logits = try cut.read(Array(tokens[start..<end]))
            start = end
        }
        #expect(logits.bits == expected.bits)
    }

    @Test(arguments: Way.allCases)
    func aForkGoesOnApart(way: Way) throws {
        let model = try tinyDecoder("llama3")
        let session = LlamaSession(model, way.memory(model), position: 0)
        try session.append(Array(Self.tokens.prefix(150)))
        let fork = session.fork()
        let (one, other) = (Array(Self.tokens.suffix(60)), Array(Self.tokens.suffix(60).reversed()))
        var logits: [[Float]] = []
        for (ours, theirs) in zip(one, other) {
            logits = [try session.read([ours]), try fork.read([theirs])]
        }
        for (tokens, logits) in zip([one, other], logits) {
            let afresh = LlamaSession(model, way.memory(model), position: 0)
            try afresh.append(Array(Self.tokens.prefix(150)))
            var expected: [Float] = []
            for token in tokens { expected = try afresh.read([token]) }
            #expect(logits.bits == expected.bits)
        }
        #expect(throws: ModelsError.rewind(position: 3)) { try session.rewind(to: 3) }
    }
}

extension InfLLMConfiguration {
    /// A layout for texts of a few hundred tokens.
    static var small: InfLLMConfiguration {
        var configuration = InfLLMConfiguration()
        configuration.initialTokenCount = 4
        configuration.windowLength = 24
        configuration.blockLength = 8
        configuration.representativeCount = 2
        configuration.retrievedBlockCount = 3
        configuration.cachedBlockCount = 4
        configuration.stepLength = 16
        return configuration
    }
}
