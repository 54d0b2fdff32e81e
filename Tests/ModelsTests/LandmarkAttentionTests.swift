import Foundation
import Models
import Tensors
import Testing

@Suite struct LandmarkAttentionTests {
    private struct Fixture: Decodable {
        var block: Int
        var retrieved: Int
        var length: Int
        var result: Data

        var floats: [Float] { result.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }

        static func all() throws -> [Fixture] {
            let data = try Data(contentsOf: fixtures.appending(path: "landmark.json"))
            return try JSONDecoder().decode([Fixture].self, from: data)
        }
    }

    private func memory(_ model: LlamaModel, _ blockLength: Int, _ count: Int?) -> LandmarkAttention
    {
        LandmarkAttention(
            model,
            LandmarkConfiguration(blockLength: blockLength, retrievedBlockCount: count)
        )
    }

    @Test(arguments: [1, 5, 64])
    func resultsAreThoseOfTheReference(passLength: Int) throws {
        let model = try tinyDecoder("qwen2")
        let tests = try Fixture.all()
        #expect(tests.count == 4)
        for test in tests {
            let memory = memory(model, test.block, test.retrieved)
            let layer = RandomLayer(model.configuration, length: test.length)
            var results: [Float] = []
            for start in stride(from: 0, to: test.length, by: passLength) {
                results += try layer.attend(
                    start..<min(start + passLength, test.length),
                    memory
                )
            }
            #expect(results.count == test.floats.count)
            let largest = zip(results, test.floats).map { abs($0 - $1) }.max() ?? .infinity
            // Sums and turns in another order.
            #expect(largest < 1e-5, "\(largest)")
        }
    }

    @Test func allBlocksAreTheSameAsSoMany() throws {
        let model = try tinyDecoder("qwen2")
        let layer = RandomLayer(model.configuration, length: 50)
        let all = try layer.attend(0..<50, memory(model, 5, nil))
        #expect(try all.bits == layer.attend(0..<50, memory(model, 5, 9)).bits)
        #expect(try all.bits != layer.attend(0..<50, memory(model, 5, 2)).bits)
        #expect(memory(model, 5, nil).capacity == model.configuration.contextLength)
    }

    /// In its first block a token attends as in full attention.
    @Test func theFirstBlockIsFullAttention() throws {
        let model = try tinyDecoder("llama3", precision: .exact)
        let layer = RandomLayer(model.configuration, length: 20)
        let full = try layer.attend(0..<20, FullAttention(model, capacity: 20))
        let ours = try layer.attend(0..<20, memory(model, 20, 1))
        #expect(zip(full, ours).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    // MARK: - Landmarks in a text

    private static let tokens = RandomLayer.uniform(9, 150).map { Int32(5 + ($0 + 2) * 16) }

    private func session(_ model: LlamaModel) -> LlamaSession {
        LlamaSession(
            model,
            memory(model, 7, 3),
            position: 0,
            landmarks: LandmarkInsertion(token: 3, blockLength: 7)
        )
    }

    /// A landmark stands before the tokens that begin a block, however the text is cut.
    @Test func landmarksStandBetweenBlocks() throws {
        let model = try tinyDecoder("llama3")
        let tokens = Array(Self.tokens.prefix(45))
        var marked: [Int32] = []
        for (place, token) in tokens.enumerated() {
            if place > 0, place.isMultiple(of: 7) { marked.append(3) }
            marked.append(token)
        }
        let plain = LlamaSession(model, memory(model, 7, 3), position: 0)
        let regular = marked.indices.filter { $0 % 8 != 7 }
        let all = try plain.readAll(marked)
        let expected = regular.map { all[$0].bits }
        #expect(try session(model).readAll(tokens).map(\.bits) == expected)
        let cut = session(model)
        var logits: [[UInt32]] = []
        for start in stride(from: 0, to: tokens.count, by: 4) {
            let part = Array(tokens[start..<min(start + 4, tokens.count)])
            logits += try cut.readAll(part).map(\.bits)
        }
        #expect(logits == expected)
        #expect(cut.position == marked.count)
        let appended = session(model)
        try appended.append(Array(tokens.dropLast()))
        let fork = appended.fork()
        #expect(try appended.read([tokens[44]]).bits == expected[44])
        #expect(try fork.read([tokens[44]]).bits == expected[44])
    }

    @Test func logitsDependOnTheTokensAlone() throws {
        var results: [[UInt32]] = []
        for kernels in Kernels.all {
            for threads in [1, 3] {
                let model = try tinyDecoder("llama3", threads: threads, kernels: kernels)
                let session = session(model)
                try session.append(Self.tokens.dropLast())
                results.append(try session.read([Self.tokens[Self.tokens.count - 1]]).bits)
            }
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func aModelWithoutLandmarksIsRefused() throws {
        let model = try tinyDecoder("llama3")
        #expect(throws: ModelsError.noLandmark(name: "<landmark>")) {
            try LlamaSession(model, contextLength: 1, attention: .landmark())
        }
    }
}
