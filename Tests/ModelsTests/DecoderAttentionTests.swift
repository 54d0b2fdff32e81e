import Models
import Tensors
import Testing

/// What a caller chooses is the attention that it gets, laid out by the window's length.
@Suite struct DecoderAttentionTests {
    @Test(arguments: storiesFiles.filter { $0.contains("F16") })
    func eachChoiceHasItsLayout(path: String) throws {
        let model = try LlamaModel(file: path, pool: ComputePool(threadCount: 2))
        let tokens = RandomLayer.uniform(5, 700).map { Int32(($0 + 2) * 100 + 10) }
        func last(_ session: LlamaSession) throws -> [UInt32] {
            try session.append(Array(tokens.dropLast()))
            return try session.read([tokens[tokens.count - 1]]).bits
        }
        func chosen(_ attention: DecoderAttention) throws -> [UInt32] {
            try last(LlamaSession(model, contextLength: 1, attention: attention))
        }
        let window = WindowAttention(model, WindowConfiguration(windowLength: 256))
        var layout = InfLLMConfiguration()
        layout.initialTokenCount = 8
        layout.windowLength = 256
        layout.blockLength = 8
        layout.stepLength = 32
        layout.selectionLength = 16
        let blocks = InfLLMAttention(model, layout)
        let (windowed, found) = (
            try chosen(.window(length: 256)), try chosen(.infLLM(windowLength: 256))
        )
        #expect(try windowed == last(LlamaSession(model, window, position: 0)))
        #expect(try found == last(LlamaSession(model, blocks, position: 0)))
        #expect(windowed != found)
        let stages: [HiPConfiguration.Stage] = [
            .init(chunkLength: 64, keptCount: 2048), .init(chunkLength: 8, keptCount: 512),
            .init(chunkLength: 2, keptCount: 192),
        ]
        let hip = HiPAttention(
            model,
            HiPConfiguration(
                initialTokenCount: 8,
                windowLength: 256,
                stages: stages,
                stepLength: 32
            )
        )
        let pruned = try chosen(.hip(windowLength: 256))
        #expect(try pruned == last(LlamaSession(model, hip, position: 0)))
        #expect(hip.selected.allSatisfy { $0.allSatisfy { $0.count == 200 } })
        #expect(pruned != windowed && pruned != found)
        #expect(blocks.selectedBlocks.allSatisfy { $0.count == 16 })
    }

    @Test(arguments: storiesFiles.filter { $0.contains("F16") })
    func aWindowIsNoLongerThanTheModelsContext(path: String) throws {
        let model = try LlamaModel(file: path, pool: ComputePool(threadCount: 2))
        let limit = model.configuration.contextLength
        for attention in [
            DecoderAttention.window(length: limit + 1), .infLLM(windowLength: limit + 1),
        ] {
            #expect(throws: ModelsError.window(length: limit + 1, limit: limit)) {
                try LlamaSession(model, contextLength: 1, attention: attention)
            }
        }
    }
}
