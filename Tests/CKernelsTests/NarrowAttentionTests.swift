import CKernels
import Foundation
import Testing

@Suite struct NarrowAttentionTests {
    private static let shapes: [(tokens: Int, heads: Int, headSize: Int)] =
        [1, 2, 5, 6, 7, 15, 16, 17, 23, 25, 63, 64, 65, 130].map { ($0, 3, 32) }
        + [(20, 2, 16), (20, 1, 48), (33, 2, 64)]

    private struct Input {
        let matrix: NarrowMatrix
        let shape: (tokens: Int, heads: Int, headSize: Int)

        init(_ shape: (tokens: Int, heads: Int, headSize: Int), seed: UInt64) {
            var generator = SeededGenerator(seed)
            self.shape = shape
            let width = 3 * shape.heads * shape.headSize
            matrix = NarrowMatrix(KERNELS_FORMAT_BF16, rows: shape.tokens, width: width)
            var view = matrix.view
            let rows = generator.floats(shape.tokens * width, -2...2)
            withKernels(0) { $0.narrow_f32(rows, shape.tokens, width, &view) }
        }

        func computed(_ isa: UInt32) -> [Float] {
            let (tokens, heads, headSize) = shape
            let result = Memory<Float>(tokens * heads * headSize, filledWith: 77)
            // Whatever lay in the scratch before must not matter.
            let scratch = Memory<UInt8>(
                kernels_narrow_attention_scratch_size(tokens, headSize),
                filledWith: 0xFF
            )
            var attention = kernels_narrow_attention()
            attention.token_count = tokens
            attention.head_count = heads
            attention.head_size = headSize
            attention.queries_keys_values = UnsafePointer(matrix.halves.pointer)
            attention.stride = matrix.stride
            attention.scratch = UnsafeMutableRawPointer(scratch.pointer)
            attention.result = result.pointer
            withKernels(isa) { $0.attention_bf16(&attention) }
            #expect(result.isWhole && scratch.isWhole)
            return result.elements
        }
    }

    @Test(arguments: variants)
    func attentionEqualsDoublePrecision(isa: UInt32) {
        for shape in Self.shapes {
            let input = Input(shape, seed: 40)
            let (tokens, heads, headSize) = shape
            let width = heads * headSize
            let result = input.computed(isa)
            func element(_ part: Int, _ token: Int, _ head: Int, _ d: Int) -> Double {
                input.matrix.value(token, part * width + head * headSize + d)
            }
            for head in 0..<heads {
                for query in 0..<tokens {
                    let weights = (0..<tokens).map { key -> Double in
                        var dot = 0.0
                        for d in 0..<headSize {
                            dot += element(0, query, head, d) * element(1, key, head, d)
                        }
                        return exp(dot / Double(headSize).squareRoot())
                    }
                    let sum = weights.reduce(0, +)
                    for d in Swift.stride(from: 0, to: headSize, by: 7) {
                        let expected = (0..<tokens).reduce(0.0) {
                            $0 + weights[$1] / sum * element(2, $1, head, d)
                        }
                        // The shares are rounded to 8 bits, the values are at most 2.
                        let value = Double(result[query * width + head * headSize + d])
                        #expect(abs(value - expected) < 2 * 0x1p-8, "\(tokens) tokens")
                    }
                }
            }
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        for shape in Self.shapes {
            let input = Input(shape, seed: 41)
            let results = variants.map { bits(input.computed($0)) }
            #expect(results.allSatisfy { $0 == results[0] }, "\(shape.tokens) tokens")
        }
    }
}
