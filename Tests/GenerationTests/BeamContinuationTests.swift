import Foundation
import Generation
import Models
import Tensors
import Testing

@Suite struct BeamContinuationTests {
    private let prompt = Array("that is".utf8)

    private func model() throws -> LlamaModel {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "ModelsTests/Fixtures/llama/llama3.gguf").path
        return try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
    }

    @Test func oneBeamWritesWhatTheGreedySamplerWrites() throws {
        let model = try model()
        for limit in [1, 2, 20, 99] {
            var greedy: [UInt8] = []
            let end = try TextContinuation(
                model,
                .greedy,
                contextLength: 40,
                goesOnAfterEnd: true
            ).write(after: prompt, tokenLimit: limit) { greedy += $0 }
            let texts = try BeamContinuation(
                model,
                BeamConfiguration(beamCount: 1),
                contextLength: 40,
                goesOnAfterEnd: true
            ).texts(after: prompt, tokenLimit: limit, count: 1)
            #expect(texts.map(\.bytes) == [greedy])
            #expect(texts.map(\.end) == [end])
        }
    }

    @Test func severalTextsComeInTheOrderOfTheirScores() throws {
        let texts = try BeamContinuation(
            model(),
            BeamConfiguration(beamCount: 6, groupCount: 2, diversityPenalty: 0.5),
            contextLength: 64
        ).texts(after: prompt, tokenLimit: 10, count: 4)
        #expect(texts.count == 4)
        #expect(texts.map(\.score) == texts.map(\.score).sorted(by: >))
        #expect(texts.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil })
    }

    @Test func aSearchThatIsStoppedGivesWhatItHas() throws {
        let model = try model()
        var count = 0
        let texts = try BeamContinuation(
            model,
            BeamConfiguration(beamCount: 3),
            contextLength: 64,
            goesOnAfterEnd: true
        ).texts(after: prompt, tokenLimit: 30, count: 3) {
            count += 1
            return count > 5
        }
        #expect(texts.count == 3 && texts.allSatisfy { $0.end == .stopped && !$0.bytes.isEmpty })
        let long = BeamContinuation(model, BeamConfiguration(beamCount: 3), contextLength: 5)
        #expect(throws: ModelsError.context(tokenCount: 7, limit: 5)) {
            try long.texts(after: prompt, tokenLimit: 3, count: 1)
        }
    }
}
