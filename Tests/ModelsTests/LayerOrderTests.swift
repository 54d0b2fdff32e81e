import Foundation
import Models
import Tensors
import Testing

@Suite struct LayerOrderTests {
    private func model() throws -> LlamaModel {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/llama/mistral.gguf").path
        return try LlamaModel(file: path, pool: ComputePool(threadCount: 1))
    }

    private func logits(_ model: LlamaModel) throws -> [[Float]] {
        try LlamaSession(model, contextLength: 16).readAll([4, 8, 15, 16, 23, 42])
    }

    @Test func layersAreLeftOutAndGoneThroughAgain() throws {
        let model = try model()
        let own = try logits(model)
        #expect(try logits(model.withLayers([0, 1])) == own)
        let all = try [[0], [1], [1, 0], [0, 1, 1], [0, 0, 1]].map {
            try logits(model.withLayers($0))
        }
        for (index, rows) in all.enumerated() {
            #expect(rows != own && rows.joined().allSatisfy(\.isFinite))
            #expect(!all[..<index].contains(rows))
        }
        // From an order of layers another is made.
        #expect(try logits(model.withLayers([1, 0]).withLayers([1, 0])) == own)
    }

    /// Token by token as well as together: each time that a layer is gone through has its own keys.
    @Test func aLayerThatIsGoneThroughTwiceKeepsTwoSetsOfKeys() throws {
        let model = try model().withLayers([0, 1, 0, 1, 1])
        let session = try LlamaSession(model, contextLength: 16)
        let rows = try ([4, 8, 15, 16, 23, 42] as [Int32]).map { try session.read([$0]) }
        #expect(rows == (try logits(model)))
    }

    @Test func layersThatAreNotThereAreRefused() throws {
        let model = try model()
        #expect(throws: ModelsError.layer(2, layerCount: 2)) { try model.withLayers([0, 2]) }
        #expect(throws: ModelsError.layer(-1, layerCount: 2)) { try model.withLayers([-1]) }
        #expect(throws: ModelsError.noLayers) { try model.withLayers([]) }
    }
}
