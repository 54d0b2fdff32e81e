import Tensors
import Testing

@Suite struct AlignedVectorTests {
    @Test func aCopyIsNotChangedWithTheOriginal() {
        var vector = AlignedVector(count: 5)
        vector.withUnsafeMutablePointer { $0[2] = 7 }
        let copy = vector
        vector.withUnsafeMutablePointer { $0[2] = 8 }
        #expect(copy.elements == [0, 0, 7, 0, 0])
        #expect(vector.elements == [0, 0, 8, 0, 0])
        #expect(vector != copy)
        vector.withUnsafeMutablePointer { $0[2] = 7 }
        #expect(vector == copy)
        vector.zero()
        #expect(vector.elements == [0, 0, 0, 0, 0])
        #expect(copy.elements[2] == 7)
    }

    @Test func everyLengthBeginsWhereTheWidestVectorsDo() {
        for count in [0, 1, 15, 16, 17, 4_096, 100_003] {
            for vector in [
                AlignedVector(count: count), AlignedVector(Array(repeating: 3, count: count)),
            ] {
                #expect(vector.count == count)
                #expect(vector.withUnsafePointer { Int(bitPattern: $0) }.isMultiple(of: 64))
            }
        }
    }
}
