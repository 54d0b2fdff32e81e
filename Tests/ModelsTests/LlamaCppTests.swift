import Foundation
import ModelFiles
import Models
import Tensors
import Testing

/// Every format of GGUF's beside llama.cpp's logits.
@Suite struct LlamaCppTests {
    private struct Case: Decodable {
        var type: String
        var tokens: [Int32]
        var positions: [Int]
        /// Of the bytes of all tensors.
        var checksum: String
        var logits: Data
    }

    private static let types = GGUFTensorType.allCases

    private func test(_ type: GGUFTensorType) throws -> Case {
        let url = fixtures.appending(path: "llama-cpp.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        return try #require(cases.first { $0.type == type.name })
    }

    /// The largest difference to llama.cpp's logits, as a share of their standard deviation.
    private func difference(
        _ writer: GGUFWriter,
        to test: Case,
        _ precision: DecoderPrecision = .standard
    ) throws -> Float {
        let folder = try TemporaryFolder()
        let model = try LlamaModel(
            file: folder.write(writer.data(), to: "blocks.gguf"),
            pool: ComputePool(threadCount: 1),
            precision: precision
        )
        let all = try LlamaSession(model, contextLength: 48).readAll(test.tokens)
        let ours = test.positions.flatMap { all[$0] }
        let theirs = test.logits.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(ours.count == theirs.count)
        let mean = theirs.reduce(0, +) / Float(theirs.count)
        let variance = theirs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(theirs.count)
        return zip(ours, theirs).reduce(0) { max($0, abs($1.0 - $1.1)) } / variance.squareRoot()
    }

    @Test(arguments: types.indices)
    func bothSidesMakeTheSameModel(index: Int) throws {
        var sum: UInt64 = 0
        for tensor in BlockModel(Self.types[index]).gguf().tensors {
            for (place, byte) in tensor.bytes.enumerated() {
                sum &+= UInt64(byte) &* UInt64(place + 1)
            }
        }
        #expect(try String(sum) == test(Self.types[index]).checksum)
    }

    @Test(arguments: types.indices)
    func logitsAreLlamaCppsWithinTheFormatsRounding(index: Int) throws {
        let type = Self.types[index]
        let test = try test(type)
        let writer = BlockModel(type).gguf()
        let share = try difference(writer, to: test)
        let exact = try difference(writer, to: test, .exact)
        print("SHARE", type.name, share, exact)
        for name in ["blk.0.attn_v", "blk.0.ffn_down", "output", "token_embd", "blk.0.attn_k"] {
            let changed = BlockModel(type, wrong: (name, 1.03)).gguf()
            print("WRONG", type.name, name, try difference(changed, to: test))
        }
    }
}
