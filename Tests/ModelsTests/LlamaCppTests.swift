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

    /// The difference to llama.cpp's logits as a share of their spread: both as the root of the mean
    /// square.
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
        let spread = theirs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = zip(ours, theirs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (error / spread).squareRoot()
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

    /// The largest share that is the formats' rounding.
    ///
    /// llama.cpp rounds activations to halves, bf16 or bytes, which 32 (Q8_0) or 256 of them (Q8_K) share
    /// a scale of; here they are floats before F32, F16 and BF16, else bytes in groups of 32. After a layer
    /// or two the two sides' roundings have nothing to do with each other. Measured: F32 4e-7, F16 5e-4,
    /// BF16 4e-3, the formats of 32 weights 0.012 to 0.014, Q4_K 0.018, Q5_K 0.015, Q6_K 0.028; exact
    /// products here lie as far from llama.cpp's, 0.013 to 0.015 and for Q6_K 0.024.
    private func bound(_ type: GGUFTensorType, _ precision: DecoderPrecision) -> Float {
        switch type {
        // Keys and values are halves where activations are bytes.
        case .f32: precision == .exact ? 1e-5 : 0.001
        case .f16: 0.001
        case .bf16: 0.008
        case .q4_K, .q5_K, .q6_K: 0.04
        default: 0.02
        }
    }

    @Test(arguments: types.indices)
    func logitsAreLlamaCppsWithinTheFormatsRounding(index: Int) throws {
        let type = Self.types[index]
        let test = try test(type)
        let model = BlockModel(type).gguf()
        for precision in DecoderPrecision.allCases {
            let share = try difference(model, to: test, precision)
            #expect(share < bound(type, precision), "\(type.name) \(precision): \(share)")
        }
        // A scale that is wrong in one matrix is seen.
        for wrong in [("output", Float(1.1)), ("blk.0.ffn_down", 1.25), ("blk.0.attn_k", 1.5)] {
            let share = try difference(BlockModel(type, wrong: wrong).gguf(), to: test)
            #expect(share > 1.2 * bound(type, .standard), "\(type.name) \(wrong): \(share)")
        }
    }
}
