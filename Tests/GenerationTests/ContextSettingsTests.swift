import Foundation
import Generation
import Models
import Tensors
import Testing
import Text

@Suite struct ContextSettingsTests {
    private func model() throws -> LlamaModel {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "ModelsTests/Fixtures/llama/llama3.gguf").path
        return try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
    }

    private let prompt = Array("that is that is not".utf8)

    private func text(
        _ model: LlamaModel,
        _ sampling: SamplingConfiguration,
        _ context: ContextSettings
    ) throws -> [UInt8] {
        var text: [UInt8] = []
        let continuation = TextContinuation(
            model,
            sampling,
            contextLength: 64,
            context: context,
            goesOnAfterEnd: true
        )
        _ = try continuation.write(after: prompt, tokenLimit: 60) { text += $0 }
        return text
    }

    /// Cold draws repeat themselves, so that guesses are often right; warm ones are often wrong.
    @Test(arguments: [0, 0.3, 1, 3] as [Float])
    func theTextIsTheSameWithDrafts(temperature: Float) throws {
        let model = try model()
        for seed in 0..<4 {
            for (prior, share) in [(0, 0), (0.5, 0), (0, 0.4), (0.7, 0.2)] as [(Float, Float)] {
                let sampling = SamplingConfiguration(
                    temperature: temperature,
                    repetitionPenalty: seed == 3 ? 1.2 : 1,
                    seed: UInt64(seed)
                )
                var context = ContextSettings(priorShare: prior, nGramShare: share)
                let plain = try text(model, sampling, context)
                #expect(!plain.isEmpty)
                for length in [1, 5, 32] {
                    context.draftLength = length
                    #expect(try text(model, sampling, context) == plain)
                }
            }
        }
    }

    @Test func aPriorIsSubtracted() throws {
        let model = try model()
        // Greedy tokens by hand, from two sessions.
        let tokens = model.tokenizer.promptTokens(of: prompt)
        let with = try LlamaSession(model, contextLength: 64)
        let without = try LlamaSession(model, contextLength: 64)
        var rows = (
            try with.read(tokens),
            try without.read(model.tokenizer.promptTokens(of: Array("is".utf8)))
        )
        var bytes: [UInt8] = []
        for _ in 0..<20 {
            let logits = zip(rows.0, rows.1).map { 1.75 * $0 - 0.75 * $1 }
            let token = Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
            bytes += model.tokenizer.tokenizer.bytes(of: token)
            rows = (try with.read([token]), try without.read([token]))
        }
        let context = ContextSettings(priorShare: 0.75, priorPrompt: Array("is".utf8))
        let ours = String(decoding: try text(model, .greedy, context), as: UTF8.self)
        #expect(ours.hasPrefix(String(decoding: bytes, as: UTF8.self).prefix(12)))
        #expect(try text(model, .greedy, ContextSettings()) != text(model, .greedy, context))
    }

    @Test func whatFollowedBeforeIsMixedIn() {
        let mixture = NGramMixture(
            after: [1, 2, 3, 1, 2, 4, 9, 1, 2, 4, 1, 2],
            longest: 2,
            share: 0.25
        )
        let logits = (0..<6).map { Float($0) * 0.7 - 1 }
        func shares(_ logits: [Float]) -> [Double] {
            let exponentials = logits.map { exp(Double($0)) }
            return exponentials.map { $0 / exponentials.reduce(0, +) }
        }
        // After 1, 2 came 3 once and 4 twice.
        var expected = shares(logits).map { 0.75 * $0 }
        expected[3] += 0.25 / 3
        expected[4] += 0.25 * 2 / 3
        for (ours, expected) in zip(shares(mixture.mix(logits)), expected) {
            #expect(abs(ours - expected) < 1e-6)
        }
        // A longer n-gram speaks alone: after 9, 1, 2 came 4 only.
        let longer = NGramMixture(after: [1, 2, 3, 9, 1, 2, 4, 9, 1, 2], longest: 3, share: 0.5)
        #expect(abs(shares(longer.mix(logits))[3] - 0.5 * shares(logits)[3]) < 1e-6)
        // Nothing speaks for anything, or the model excludes a token.
        #expect(NGramMixture(after: [5, 4], longest: 3, share: 0.5).mix(logits) == logits)
        var excluded = logits
        excluded[4] = -.infinity
        let mixed = shares(mixture.mix(excluded))
        #expect(abs(mixed[4] - 0.25 * 2 / 3) < 1e-6)
    }
}
