import CKernels
import Testing

@Suite struct QuantizedRowsTests {
    /// By its definition, a number at a time.
    private func quantized(_ row: ArraySlice<Float>) -> (bytes: [Int8], scale: Float) {
        let finite = row.map { $0.isFinite ? $0 : 0 }
        let largest = finite.reduce(0) { max($0, abs($1)) }
        guard (127 / largest).isFinite else { return (finite.map { _ in 0 }, 0) }
        let factor = 127 / largest
        return (
            finite.map { Int8(($0 * factor).rounded(.toNearestOrEven)) }, largest / 127
        )
    }

    @Test(arguments: variants)
    func rowsAreWhatTheDefinitionSays(isa: UInt32) {
        var generator = SeededGenerator(77)
        let odd: [Float] = [
            .nan, .infinity, -.infinity, 0, -0, .leastNonzeroMagnitude, -1e38, 3e38, 0.5,
        ]
        for width in [1, 7, 15, 16, 17, 64, 100, 128, 384] {
            let rowCount = 9
            var rows = generator.floats(rowCount * width)
            for index in rows.indices where index / width % 3 == 0 && index.isMultiple(of: 4) {
                rows[index] = odd[Int.random(in: odd.indices, using: &generator)]
            }
            // A row without length, and one too short for its factor.
            for index in 0..<width { rows[width + index] = 0 }
            for index in 0..<width { rows[2 * width + index] = .leastNormalMagnitude / 64 }
            var bytes = [Int8](repeating: 99, count: rows.count)
            var scales = [Float](repeating: 99, count: rowCount)
            withKernels(isa) { $0.quantize_rows(rows, rowCount, width, &bytes, &scales) }
            for row in 0..<rowCount {
                let range = (row * width)..<((row + 1) * width)
                let expected = quantized(rows[range])
                #expect(Array(bytes[range]) == expected.bytes)
                #expect(scales[row] == expected.scale)
            }
        }
    }
}
