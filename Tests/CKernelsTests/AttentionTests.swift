import CKernels
import Foundation
import Testing

/// The kernels of attention: what they read, and how near they come to the exact result.
private enum AttentionKernel: CaseIterable {
    case float32
    case bfloat16
    case int8

    /// The largest error where queries, keys and values are within `reach`.
    func bound(reach: Double) -> Double {
        switch self {
        case .float32: 1e-5
        // The shares are rounded to 8 bits.
        case .bfloat16: reach * 0x1p-8
        // A score is off by some hundredths, which its share is too.
        case .int8: reach * 0.04
        }
    }

    func run(_ kernels: kernels_table, _ attention: inout kernels_attention) {
        switch self {
        case .float32: kernels.attention_f32(&attention)
        case .bfloat16: kernels.attention_bf16(&attention)
        case .int8: kernels.attention_i8(&attention)
        }
    }
}

/// Queries, keys and values of one sequence.
private struct AttentionInput {
    let tokens: Int
    let heads: Int
    let headSize: Int
    let floats: [Float]
    let halves: NarrowMatrix

    var width: Int { heads * headSize }

    init(_ shape: (tokens: Int, heads: Int, headSize: Int), floats: [Float]) {
        (tokens, heads, headSize) = shape
        halves = Self.narrowed(floats, rows: tokens, isa: 0)
        self.floats = floats
    }

    init(_ shape: (tokens: Int, heads: Int, headSize: Int), seed: UInt64) {
        var generator = SeededGenerator(seed)
        let count = shape.tokens * 3 * shape.heads * shape.headSize
        self.init(shape, floats: generator.floats(count, -2...2))
    }

    private static func narrowed(_ floats: [Float], rows: Int, isa: UInt32) -> NarrowMatrix {
        let width = floats.count / rows
        let result = NarrowMatrix(isa, KERNELS_FORMAT_BF16, rows: rows, width: width)
        var view = result.view
        withKernels(isa) { $0.narrow_f32(floats, rows, width, &view) }
        return result
    }

    /// What a kernel reads at one place of queries (0), keys (1) or values (2).
    func element(_ kernel: AttentionKernel, _ part: Int, _ token: Int, _ column: Int) -> Double {
        kernel == .float32
            ? Double(floats[(token * 3 + part) * width + column])
            : halves.value(token, part * width + column)
    }

    func computed(_ kernel: AttentionKernel, _ isa: UInt32) -> [Float] {
        let result = Memory<Float>(tokens * width, filledWith: 77)
        let halves = Self.narrowed(floats, rows: tokens, isa: isa)
        // Whatever lay in the scratch before must not matter.
        let scratch = Memory<UInt8>(
            kernels_attention_scratch_size(tokens, headSize),
            filledWith: 0xFF
        )
        floats.withUnsafeBufferPointer { floats in
            var attention = kernels_attention()
            attention.token_count = tokens
            attention.head_count = heads
            attention.head_size = headSize
            attention.stride = kernel == .float32 ? 3 * width : halves.stride
            attention.queries_keys_values =
                kernel == .float32
                ? floats.baseAddress.map { UnsafeRawPointer($0) }
                : UnsafeRawPointer(halves.halves.pointer)
            attention.scratch = UnsafeMutableRawPointer(scratch.pointer)
            attention.result = result.pointer
            withKernels(isa) { kernel.run($0, &attention) }
        }
        #expect(result.isWhole && scratch.isWhole)
        return result.elements
    }

    /// The exact results of a query in one head, [headSize].
    func reference(_ kernel: AttentionKernel, query: Int, head: Int) -> [Double] {
        let columns = (head * headSize)..<((head + 1) * headSize)
        let scores = (0..<tokens).map { key in
            columns.reduce(0.0) {
                $0 + element(kernel, 0, query, $1) * element(kernel, 1, key, $1)
            } / Double(headSize).squareRoot()
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return columns.map { column in
            (0..<tokens).reduce(0.0) {
                $0 + weights[$1] / sum * element(kernel, 2, $1, column)
            }
        }
    }
}

@Suite struct AttentionTests {
    private static let shapes: [(tokens: Int, heads: Int, headSize: Int)] =
        [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 65, 130]
        .map { ($0, 3, 32) }
        + [(20, 2, 16), (20, 1, 48), (33, 2, 64), (50, 1, 48), (9, 1, 256)]

    @Test(arguments: AttentionKernel.allCases, variants)
    fileprivate func attentionEqualsDoublePrecision(kernel: AttentionKernel, isa: UInt32) {
        for shape in Self.shapes {
            let input = AttentionInput(shape, seed: 15)
            let result = input.computed(kernel, isa)
            for head in 0..<shape.heads {
                for query in 0..<shape.tokens {
                    let start = query * input.width + head * shape.headSize
                    let row = result[start..<(start + shape.headSize)]
                    let expected = input.reference(kernel, query: query, head: head)
                    let error = zip(row, expected).map { abs(Double($0) - $1) }.max() ?? 0
                    #expect(error < kernel.bound(reach: 2), "\(shape.tokens) tokens, \(query)")
                }
            }
        }
    }

    /// Where nearly all shares are too small for a byte, they still count together.
    @Test(arguments: AttentionKernel.allCases, variants)
    fileprivate func manySmallSharesCount(kernel: AttentionKernel, isa: UInt32) {
        let shape = (tokens: 200, heads: 1, headSize: 32)
        var generator = SeededGenerator(17)
        var floats = generator.floats(shape.tokens * 96, -1...1)
        for token in 0..<shape.tokens {
            // Scores are 6.2 for the first key and nothing for the others, whose shares are
            // e^-6.2, half a byte's unit; together they are a third of all.
            for d in 0..<32 { floats[token * 96 + d] = 1 }
            for d in 0..<32 { floats[token * 96 + 32 + d] = token == 0 ? 6.2 / 5.657 : 0 }
            for d in 64..<96 { floats[token * 96 + d] += token == 0 ? -1 : 1 }
        }
        let input = AttentionInput(shape, floats: floats)
        let result = input.computed(kernel, isa)
        let expected = input.reference(kernel, query: 0, head: 0)
        for (value, exact) in zip(result, expected) {
            #expect(abs(Double(value) - exact) < kernel.bound(reach: 2))
        }
    }

    @Test(arguments: AttentionKernel.allCases, variants)
    fileprivate func largeAndEqualScoresAreBorne(kernel: AttentionKernel, isa: UInt32) {
        for value: Float in [0, 1e-20, 300] {
            // Equal keys share equally; one key far above the others has it all.
            let shape = (tokens: 20, heads: 1, headSize: 16)
            var floats = [Float](repeating: value, count: 20 * 48)
            for index in floats.indices where index % 48 >= 32 { floats[index] = Float(index / 48) }
            let equal = AttentionInput(shape, floats: floats).computed(kernel, isa)
            #expect(equal.allSatisfy { abs($0 - 9.5) < 0.1 }, "\(value)")
            guard value == 300 else { continue }
            for d in 16..<32 { floats[7 * 48 + d] = 600 }
            let single = AttentionInput(shape, floats: floats).computed(kernel, isa)
            #expect(single.allSatisfy { abs($0 - 7) < 0.1 }, "\(single[0])")
        }
    }

    /// Where all elements of a query lie on one side, and those of a key are the least or the largest,
    /// sums are as far from each other as they can be.
    @Test(arguments: AttentionKernel.allCases, variants)
    fileprivate func theWidestScoresFit(kernel: AttentionKernel, isa: UInt32) {
        for element: Float in [1, -1, 0.001] { widestScoresFit(kernel, isa, element) }
    }

    private func widestScoresFit(_ kernel: AttentionKernel, _ isa: UInt32, _ element: Float) {
        let shape = (tokens: 21, heads: 1, headSize: 64)
        var floats = [Float](repeating: element, count: shape.tokens * 192)
        for token in 0..<shape.tokens {
            let height = Float(token % 3 == 1 ? 0 : token) / 20
            for d in 64..<128 { floats[token * 192 + d] = height }
            for d in 128..<192 { floats[token * 192 + d] = Float(token) / 10 - 1 }
        }
        let input = AttentionInput(shape, floats: floats)
        let result = input.computed(kernel, isa)
        let expected = input.reference(kernel, query: 5, head: 0)
        for (value, exact) in zip(result[320..<384], expected) {
            #expect(abs(Double(value) - exact) < kernel.bound(reach: 1))
        }
    }

    @Test(arguments: AttentionKernel.allCases)
    fileprivate func everyVariantGivesTheSameBits(kernel: AttentionKernel) {
        for shape in Self.shapes {
            let input = AttentionInput(shape, seed: 16)
            let some = kernel == .bfloat16 ? comparable(KERNELS_FORMAT_BF16) : variants
            let results = some.map { bits(input.computed(kernel, $0)) }
            #expect(results.allSatisfy { $0 == results[0] }, "\(shape.tokens) tokens")
        }
    }
}
