import Foundation
import Generation
import Models
import Tensors
import Testing

@Suite struct TextContinuationTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "ModelsTests/Fixtures/llama/llama3.gguf").path

    private let prompt = Array("that is".utf8)

    private func model(threads: Int = 1) throws -> LlamaModel {
        try LlamaModel(file: Self.path, pool: ComputePool(threadCount: threads))
    }

    private func text(
        _ sampling: SamplingConfiguration,
        threads: Int = 1,
        tokenLimit: Int = 30
    ) throws -> [UInt8] {
        var text: [UInt8] = []
        let continuation = TextContinuation(
            try model(threads: threads),
            sampling,
            contextLength: 64,
            goesOnAfterEnd: true
        )
        _ = try continuation.write(after: prompt, tokenLimit: tokenLimit) { text += $0 }
        return text
    }

    @Test func theSameSeedGivesTheSameTextOnAnyThreads() throws {
        let sampling = SamplingConfiguration(temperature: 2, topK: 0, topP: 1, minP: 0, seed: 5)
        let one = try text(sampling)
        #expect(!one.isEmpty)
        #expect(try text(sampling, threads: 3) == one)
        var other = sampling
        other.seed = 6
        #expect(try text(other) != one)
    }

    @Test func everyPieceIsText() throws {
        for seed in 0..<20 {
            var isWhole = true
            let continuation = TextContinuation(
                try model(),
                SamplingConfiguration(
                    temperature: 9,
                    topK: 0,
                    topP: 1,
                    minP: 0,
                    seed: UInt64(seed)
                ),
                contextLength: 40,
                goesOnAfterEnd: true
            )
            let end = try continuation.write(after: prompt, tokenLimit: 99) { piece in
                isWhole = isWhole && String(validating: piece, as: UTF8.self) != nil
            }
            #expect(isWhole)
            #expect(end == .contextFull(tokenCount: 40))
        }
    }

    @Test func itEndsWhereItIsToldOrTheModelEnds() throws {
        let model = try model()
        let greedy = TextContinuation(model, .greedy, contextLength: 64, goesOnAfterEnd: true)
        #expect(try greedy.write(after: prompt, tokenLimit: 3) { _ in } == .tokenLimit)
        var count = 0
        let stopped = try greedy.write(after: prompt, tokenLimit: 30, isStopped: { count > 4 }) {
            _ in
            count += 1
        }
        #expect(stopped == .stopped && count == 5)
        // Somewhere among the draws of a flat distribution the end comes.
        let ends = try (0..<40).contains { seed in
            let flat = SamplingConfiguration(
                temperature: 50,
                topK: 0,
                topP: 1,
                minP: 0,
                seed: UInt64(seed)
            )
            let continuation = TextContinuation(model, flat, contextLength: 64)
            return try continuation.write(after: prompt, tokenLimit: 50) { _ in } == .endOfText
        }
        #expect(ends)
    }

    @Test func aPromptThatDoesNotFitIsRefused() throws {
        let continuation = TextContinuation(try model(), .greedy, contextLength: 10)
        let long = [UInt8](repeating: UInt8(ascii: "!"), count: 30)
        #expect(throws: ModelsError.context(tokenCount: 32, limit: 10)) {
            try continuation.write(after: long, tokenLimit: 1) { _ in }
        }
    }
}
