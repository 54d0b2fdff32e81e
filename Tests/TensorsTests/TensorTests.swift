import Foundation
import Tensors
import Testing

@Suite struct TensorTests {
    @Test func rowsAreConsecutive() {
        var tensor = Tensor<Int>(width: 2, elements: [1, 2, 3, 4])
        tensor.append(row: [5, 6])
        #expect(tensor.rowCount == 3)
        #expect(Array(tensor[row: 1]) == [3, 4])
        #expect(tensor[rows: 1..<3] == Tensor(width: 2, elements: [3, 4, 5, 6]))
        tensor.append(tensor[rows: 0..<1])
        #expect(Array(tensor[row: 3]) == [1, 2])
    }

    @Test(arguments: [0, 1, 1_000, 5 << 20])
    func memoryForTheKernelsIsAlignedAndZero(count: Int) {
        for memory in [AlignedBytes(count: count), AlignedBytes(uninitializedCount: count)] {
            #expect(Int(bitPattern: memory.pointer).isMultiple(of: 64))
            memset(memory.pointer, 7, count)
        }
        // Memory that comes back is zero again.
        let memory = AlignedBytes(count: count)
        let bytes = UnsafeRawBufferPointer(start: memory.pointer, count: count)
        #expect(bytes.allSatisfy { $0 == 0 })
    }
}
