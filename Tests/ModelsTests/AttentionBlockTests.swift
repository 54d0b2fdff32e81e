import Models
import Tensors
import Testing

@Suite struct AttentionBlockTests {
    private let shape = AttentionBlock.Shape(headCount: 2, tokenCount: 5, headSize: 8)

    private func block() -> AttentionBlock {
        let block = AttentionBlock(count: shape.count)
        for (index, value) in RandomLayer.uniform(4, shape.count).enumerated() {
            block.keys.pointer[index] = value
            block.values.pointer[index] = value * 3
        }
        return block
    }

    @Test func floatsComeBackAsTheyWere() throws {
        let block = block()
        let bytes = block.encoded(shape, .float)
        #expect(bytes.count == shape.byteCount(.float))
        let again = try #require(AttentionBlock(bytes, shape))
        for index in 0..<shape.count {
            #expect(again.keys.pointer[index] == block.keys.pointer[index])
            #expect(again.values.pointer[index] == block.values.pointer[index])
        }
    }

    @Test func bytesAreOffByHalfAStep() throws {
        let block = block()
        let bytes = block.encoded(shape, .byte)
        #expect(bytes.count == shape.byteCount(.byte))
        let again = try #require(AttentionBlock(bytes, shape))
        for index in 0..<shape.count {
            #expect(abs(again.keys.pointer[index] - block.keys.pointer[index]) <= 2.001 / 254)
            #expect(abs(again.values.pointer[index] - block.values.pointer[index]) <= 6.001 / 254)
        }
        // What has been rounded stays as it is.
        #expect(again.encoded(shape, .byte) == bytes)
    }

    @Test func otherBytesAreNoBlock() {
        let block = block()
        let bytes = block.encoded(shape, .byte)
        #expect(AttentionBlock([], shape) == nil)
        #expect(AttentionBlock(Array(bytes.dropLast()), shape) == nil)
        #expect(AttentionBlock(bytes + [0], shape) == nil)
        #expect(AttentionBlock([2] + bytes.dropFirst(), shape) == nil)
        #expect(AttentionBlock([0] + bytes.dropFirst(), shape) == nil)
    }
}
