import Foundation
import Generation
import Models
import Tensors
import Testing

/// Reading ahead changes nothing but the number of passes.
@Suite struct DraftReaderTests {
    private func model(_ name: String) throws -> LlamaModel {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "ModelsTests/Fixtures/llama/\(name).gguf").path
        return try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
    }

    /// Texts in which stretches come again, sometimes with another end.
    private func text(_ random: inout SeededGenerator) -> [Int32] {
        var tokens = (0..<6).map { _ in Int32.random(in: 0..<72, using: &random) }
        while tokens.count < 60 {
            let start = Int.random(in: 0..<(tokens.count - 3), using: &random)
            let length = Int.random(in: 3...9, using: &random)
            tokens += tokens[start..<min(start + length, tokens.count)]
            tokens.append(Int32.random(in: 0..<72, using: &random))
        }
        return Array(tokens.prefix(60))
    }

    @Test(arguments: ["mistral", "qwen2"], [1, 3, 8, 40])
    func logitsAreToTheBitThoseOfReadingTokenByToken(name: String, longest: Int) throws {
        let model = try model(name)
        var random = SeededGenerator(seed: UInt64(longest))
        var passCount = 0
        for _ in 0..<8 {
            let text = text(&random)
            let plain = try LlamaSession(model, contextLength: 60)
            let session = try LlamaSession(model, contextLength: 60)
            let prompt = Array(text[..<12])
            #expect(try plain.read(prompt) == session.read(prompt))
            var reader = DraftReader(session, after: prompt, longestDraft: longest)
            for (index, token) in text.enumerated().dropFirst(12) {
                #expect(try plain.read([token]) == reader.read(token))
                #expect(reader.position == index + 1)
            }
            passCount += reader.passCount
        }
        #expect(passCount < 8 * 48 * 3 / 4, "\(passCount)")
    }

    @Test func aContextThatIsFullIsToldAsWithoutDrafts() throws {
        let session = try LlamaSession(model("mistral"), contextLength: 10)
        let prompt: [Int32] = [5, 6, 7, 5, 6, 7, 5, 6]
        _ = try session.read(prompt)
        var reader = DraftReader(session, after: prompt, longestDraft: 8)
        _ = try reader.read(7)
        _ = try reader.read(5)
        #expect(throws: ModelsError.context(tokenCount: 11, limit: 10)) { try reader.read(6) }
    }
}
