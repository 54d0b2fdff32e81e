import CKernels
import Testing

@Suite struct RowSumTests {
    @Test(arguments: variants)
    func sumsEqualDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(21)
        let (tableRows, stride) = (40, 400)
        let table = generator.bytes(tableRows * stride)
        let scales = generator.floats(tableRows, 0.001...0.1)
        for width in [16, 32, 112, 128, 144, 256, 384] {
            for count in [0, 1, 2, 3, 4, 5, 9, 100] {
                let rows = (0..<count).map { _ in Int32.random(in: 0..<40, using: &generator) }
                let result = sum(isa, table, stride, scales, rows, width)
                for column in 0..<width {
                    let terms = rows.map {
                        Double(scales[Int($0)]) * Double(table[Int($0) * stride + column])
                    }
                    let bound = Double(count) * terms.reduce(0) { $0 + abs($1) } * 0x1p-24
                    #expect(abs(Double(result[column]) - terms.reduce(0, +)) <= bound)
                }
                // Nothing is written beyond the width.
                #expect(result[width...].allSatisfy { $0 == 77 })
            }
        }
    }

    @Test func allVariantsGiveTheSameBits() {
        var generator = SeededGenerator(22)
        let table = generator.bytes(50 * 384)
        let scales = generator.floats(50, 0.001...0.1)
        let rows = (0..<300).map { _ in Int32.random(in: 0..<50, using: &generator) }
        let results = variants.map { bits(sum($0, table, 384, scales, rows, 384)) }
        for result in results { #expect(result == results.first) }
    }

    private func sum(
        _ isa: UInt32,
        _ table: [Int8],
        _ stride: Int,
        _ scales: [Float],
        _ rows: [Int32],
        _ width: Int
    ) -> [Float] {
        var result = [Float](repeating: 77, count: width + 16)
        table.withUnsafeBufferPointer { table in
            scales.withUnsafeBufferPointer { scales in
                rows.withUnsafeBufferPointer { rows in
                    result.withUnsafeMutableBufferPointer { result in
                        var sum = kernels_row_sum()
                        sum.table = table.baseAddress
                        sum.table_stride = stride
                        sum.scales = scales.baseAddress
                        sum.rows = rows.baseAddress
                        sum.row_count = rows.count
                        sum.width = width
                        sum.result = result.baseAddress
                        withKernels(isa) { $0.sum_rows_i8(&sum) }
                    }
                }
            }
        }
        return result
    }
}
