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

    @Test func normalizedRowsHaveGainAndBias() {
        let norm = LayerNorm(gain: [1, 2], bias: [0, 5], epsilon: 0)
        let rows = AlignedFloats([3, 5, -2, -4])
        norm.apply(.best, to: rows.pointer, rowCount: 2)
        #expect((0..<4).map { rows.pointer[$0] } == [-1, 7, 1, 3])
    }
}
