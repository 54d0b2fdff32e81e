import CKernels
import Foundation
import Testing

@Suite struct AttentionTests {
    private static let shapes: [(tokens: Int, heads: Int, headSize: Int)] =
        [1, 2, 5, 15, 16, 17, 23, 24, 25, 63, 64, 65, 130].map { ($0, 3, 32) }
        + [(20, 2, 16), (20, 1, 48), (33, 2, 64)]

    private func computed(
        _ isa: UInt32,
        _ input: [Float],
        tokens: Int,
        heads: Int,
        headSize: Int
    ) -> [Float] {
        var result = [Float](repeating: 77, count: tokens * heads * headSize + 1)
        // Whatever lay in the scratch before must not matter.
        var scratch = [Float](
            repeating: .nan,
            count: kernels_attention_scratch_count(tokens, headSize)
        )
        input.withUnsafeBufferPointer { input in
            scratch.withUnsafeMutableBufferPointer { scratch in
                result.withUnsafeMutableBufferPointer { result in
                    var attention = kernels_attention()
                    attention.token_count = tokens
                    attention.head_count = heads
                    attention.head_size = headSize
                    attention.queries_keys_values = input.baseAddress
                    attention.scratch = scratch.baseAddress
                    attention.result = result.baseAddress
                    withKernels(isa) { $0.attention_f32(&attention) }
                }
            }
        }
        return result
    }

    @Test(arguments: variants)
    func attentionEqualsDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(15)
        for (tokens, heads, headSize) in Self.shapes {
            let width = heads * headSize
            let input = generator.floats(tokens * 3 * width, -2...2)
            let result = computed(isa, input, tokens: tokens, heads: heads, headSize: headSize)
            func element(_ part: Int, _ token: Int, _ head: Int, _ d: Int) -> Double {
                Double(input[token * 3 * width + part * width + head * headSize + d])
            }
            for head in 0..<heads {
                for query in [0, tokens / 2, tokens - 1] {
                    let weights = (0..<tokens).map { key -> Double in
                        var dot = 0.0
                        for d in 0..<headSize {
                            dot += element(0, query, head, d) * element(1, key, head, d)
                        }
                        return exp(dot / Double(headSize).squareRoot())
                    }
                    let sum = weights.reduce(0, +)
                    for d in 0..<headSize {
                        let expected = (0..<tokens).reduce(0.0) {
                            $0 + weights[$1] / sum * element(2, $1, head, d)
                        }
                        let value = Double(result[query * width + head * headSize + d])
                        #expect(abs(value - expected) < 1e-5, "\(tokens) tokens")
                    }
                }
            }
            #expect(result.last == 77)
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(16)
        for (tokens, heads, headSize) in Self.shapes {
            let input = generator.floats(tokens * 3 * heads * headSize, -2...2)
            let results = variants.map {
                bits(computed($0, input, tokens: tokens, heads: heads, headSize: headSize))
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(tokens) tokens")
        }
    }
}
