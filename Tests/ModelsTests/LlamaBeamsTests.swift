import Foundation
import ModelFiles
import Models
import Tensors
import Testing

@Suite struct LlamaBeamsTests {
    private func model(_ name: String, threads: Int) throws -> LlamaModel {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/llama/\(name).gguf").path
        return try LlamaModel(file: path, pool: ComputePool(threadCount: threads))
    }

    /// Texts part and are given up at random; each is read by a session of its own as well.
    @Test(arguments: ["mistral", "qwen2", "llama-yarn"], [1, 2])
    func logitsAreToTheBitThoseOfSessionsApart(name: String, threads: Int) throws {
        let model = try model(name, threads: threads)
        var random = SplitMix64(11)
        let prompt = (0..<21).map { _ in Int32.random(in: 0..<72, using: &random) }
        let beams = try LlamaBeams(model, beginningLength: 21, beamCount: 5, stepCount: 30)
        let first = try LlamaSession(model, contextLength: 64)
        try beams.append(Array(prompt[..<13]))
        #expect(try beams.begin(Array(prompt[13...])) == first.read(prompt))
        var sessions = [first]
        for _ in 0..<30 {
            let count = Int.random(in: 1...5, using: &random)
            let parents = (0..<count).map { _ in
                Int.random(in: sessions.indices, using: &random)
            }
            let tokens = parents.map { _ in Int32.random(in: 0..<72, using: &random) }
            let logits = try beams.read(tokens, after: parents)
            sessions = parents.map { sessions[$0].fork() }
            for (index, session) in sessions.enumerated() {
                #expect(try session.read([tokens[index]]) == logits[index])
            }
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let model = try model("mistral", threads: 1)
        #expect(throws: ModelsError.context(tokenCount: 65, limit: 64)) {
            try LlamaBeams(model, beginningLength: 60, beamCount: 2, stepCount: 5)
        }
        #expect(throws: ModelsError.context(tokenCount: 70, limit: 64)) {
            try LlamaBeams(model, beginningLength: 70, beamCount: 2, stepCount: 0)
        }
    }
}
