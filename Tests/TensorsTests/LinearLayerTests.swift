import CKernels
import Tensors
import Testing

@Suite struct LinearLayerTests {
    @Test func aLayerMultipliesByItsWeights() {
        // [outputs 2, inputs 3]
        let layer = LinearLayer(LinearWeights([1, 2, 3, 4, 5, 6], bias: [10, 20]))
        let input = AlignedFloats([1, 0, -1, 2, 2, 2])
        let result = AlignedFloats(count: 4)
        for kernels in Kernels.all {
            layer.apply(kernels, to: input.pointer, rowCount: 2, result: result.pointer)
            #expect((0..<4).map { result.pointer[$0] } == [8, 18, 22, 50], "\(kernels.name)")
            layer.apply(
                kernels,
                to: input.pointer,
                rowCount: 2,
                residual: result.pointer,
                result: result.pointer
            )
            #expect((0..<4).map { result.pointer[$0] } == [16, 36, 44, 100], "\(kernels.name)")
        }
    }

    @Test func aLayerIsProjectedOnDirections() {
        // [outputs 3, inputs 2], of two parts; directions [2, 3]
        let parts = [FloatView([1, 2]), FloatView([3, -4]), FloatView([0, 5])]
        let weights = LinearWeights(parts, inputCount: 2, bias: [1, 10, 100])
        #expect(weights.largestOutputs(2) == [1, 2])
        for kernels in Kernels.all {
            let projected = weights.projected(on: [1, 0, 2, -1, 1, 1], kernels)
            #expect(projected.bias == [201, 109])
            let layer = LinearLayer(projected)
            let result = AlignedFloats(count: 2)
            let input = AlignedFloats([1, 10])
            layer.apply(kernels, to: input.pointer, rowCount: 1, result: result.pointer)
            // 1 + 20 + 2 · 50, and −21 + (3 − 40) + 50
            #expect((0..<2).map { result.pointer[$0] } == [322, 101], "\(kernels.name)")
        }
    }

    @Test func equallyLargeOutputsKeepTheirOrder() {
        let weights = LinearWeights([3, 4, 0, 5, 9, 9, 5, 0], bias: [0, 0, 0, 0])
        #expect(weights.largestOutputs(3) == [2, 0, 1])
        #expect(weights.largestOutputs(9).count == 4)
    }

    @Test func normalizedRowsHaveGainAndBias() {
        let norm = LayerNorm(gain: [1, 2], bias: [0, 5], epsilon: 0)
        let rows = AlignedFloats([3, 5, -2, -4])
        norm.apply(.best, to: rows.pointer, rowCount: 2)
        #expect((0..<4).map { rows.pointer[$0] } == [-1, 7, 1, 3])
    }
}
