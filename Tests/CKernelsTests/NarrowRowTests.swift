import CKernels
import Foundation
import Testing

@Suite struct NarrowRowTests {
    static let widths = Array(1...40) + [63, 64, 65, 127, 128, 130, 384]

    @Test(arguments: variants)
    func anElementIsTheNearestOfItsFormat(isa: UInt32) {
        var generator = SeededGenerator(20)
        for width in Self.widths {
            let rows = generator.floats(3 * width, -3...5)
            for format in formats {
                let result = NarrowMatrix(isa, format, rows: 3, width: width)
                var view = result.view
                withKernels(isa) { $0.narrow_f32(rows, 3, width, &view) }
                for row in 0..<3 {
                    let values = rows[(row * width)..<((row + 1) * width)]
                    let range = Double((values.max() ?? 0) - (values.min() ?? 0))
                    for (column, value) in values.enumerated() {
                        // Half a step of 255 and the roundings of f32, or half a unit of 8 bits.
                        let bound =
                            format == KERNELS_FORMAT_I8
                            ? range / 510 * 1.0001 + 1e-6 : abs(Double(value)) / 256
                        #expect(abs(result.value(row, column) - Double(value)) <= bound)
                    }
                    if format == KERNELS_FORMAT_BF16 {
                        for column in width..<result.stride {
                            #expect(result.value(row, column) == 0)
                        }
                    }
                }
                #expect(result.isWhole)
            }
        }
    }

    @Test(arguments: variants)
    func halvesRoundToEvenOnTies(isa: UInt32) {
        let cases: [(Float, Float)] = [
            (1 + 0x1p-8, 1), (1 + 0x3p-8, 1 + 0x1p-6), (-1 - 0x1p-8, -1), (0, 0), (-0.0, -0.0),
            (1 + 0x1.02p-8, 1 + 0x1p-7), (.infinity, .infinity), (0x1.FFp127, .infinity),
        ]
        let result = NarrowMatrix(isa, KERNELS_FORMAT_BF16, rows: 1, width: cases.count)
        var view = result.view
        withKernels(isa) { $0.narrow_f32(cases.map(\.0), 1, cases.count, &view) }
        for (index, (_, expected)) in cases.enumerated() {
            let half = result.halves.pointer + index * result.halfSize
            let nearest = float(ofSize: result.halfSize, at: half)
            #expect(nearest.bitPattern == expected.bitPattern, "\(cases[index].0)")
        }
    }

    @Test(arguments: variants)
    func aConstantRowIsExact(isa: UInt32) {
        for value: Float in [0, 3, -2.5] {
            let result = NarrowMatrix(isa, KERNELS_FORMAT_I8, rows: 1, width: 20)
            var view = result.view
            withKernels(isa) {
                $0.narrow_f32([Float](repeating: value, count: 20), 1, 20, &view)
            }
            for column in 0..<20 { #expect(result.value(0, column) == Double(value)) }
        }
    }

    @Test(arguments: variants)
    func normalizedRowsAreNarrowedInTheSamePass(isa: UInt32) {
        var generator = SeededGenerator(21)
        for width in [16, 30, 384] {
            let gain = generator.floats(width)
            let bias = generator.floats(width)
            let original = generator.floats(5 * width)
            for format in formats {
                var (rows, expectedRows) = (original, original)
                let result = NarrowMatrix(isa, format, rows: 5, width: width)
                let expected = NarrowMatrix(isa, format, rows: 5, width: width)
                var (view, expectedView) = (result.view, expected.view)
                withKernels(isa) {
                    $0.layer_norm_narrow(&rows, 5, width, gain, bias, 1e-6, &view)
                    $0.layer_norm_f32(&expectedRows, 5, width, gain, bias, 1e-6)
                    $0.narrow_f32(expectedRows, 5, width, &expectedView)
                }
                #expect(bits(rows) == bits(expectedRows))
                #expect(result.bits(rows: 5) == expected.bits(rows: 5) && result.isWhole)
            }
        }
    }

    /// Rows in bytes of which `group` share a scale, added to sums by `add_scaled_bytes`.
    private func addedBytes(
        _ isa: UInt32,
        _ rows: NarrowMatrix,
        _ count: Int,
        to sums: [Float],
        _ scales: [Float]
    ) -> [Float] {
        let result = Memory<Float>(sums.count, filledWith: 77)
        result.pointer.update(from: sums, count: sums.count)
        var view = rows.view
        withKernels(isa) {
            $0.add_scaled_bytes(result.pointer, &view, scales, count, sums.count)
        }
        #expect(result.isWhole)
        return result.elements
    }

    @Test func bytesAreAddedByTheirScales() {
        var generator = SeededGenerator(24)
        for (count, width, group) in [(1, 16, 64), (3, 70, 64), (7, 384, 384), (5, 1_000, 512)] {
            let scales = generator.floats(count, 0...2)
            let before = generator.floats(width)
            let results = variants.map { isa -> [Float] in
                let rows = NarrowMatrix(
                    isa,
                    KERNELS_FORMAT_I8,
                    rows: count,
                    width: width,
                    group: group
                )
                var contents = SeededGenerator(25)
                for index in 0..<rows.bytes.count {
                    rows.bytes.pointer[index] = .random(in: 0...255, using: &contents)
                }
                let rowScales = contents.floats(rows.scales.count, 0.001...0.02)
                for (index, scale) in rowScales.enumerated() {
                    rows.scales.pointer[index] = scale
                }
                for (index, offset) in contents.floats(count, -1...0).enumerated() {
                    rows.offsets.pointer[index] = offset
                }
                let sums = addedBytes(isa, rows, count, to: before, scales)
                for column in 0..<width {
                    let expected = (0..<count).reduce(Double(before[column])) {
                        $0 + Double(scales[$1]) * rows.value($1, column)
                    }
                    #expect(abs(Double(sums[column]) - expected) < 2e-5, "\(count) × \(width)")
                }
                return sums
            }
            #expect(results.allSatisfy { bits($0) == bits(results[0]) })
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(22)
        for width in Self.widths {
            let rows = generator.floats(2 * width, -9...4)
            for format in formats {
                let results = variants.map { isa in
                    let result = NarrowMatrix(isa, format, rows: 2, width: width)
                    var view = result.view
                    withKernels(isa) { $0.narrow_f32(rows, 2, width, &view) }
                    return result.bits(rows: 2)
                }
                #expect(results.allSatisfy { $0 == results[0] }, "\(width)")
            }
        }
    }

    @Test(arguments: variants)
    func packedWeightsAreTheNearestOfTheirFormat(isa: UInt32) {
        var generator = SeededGenerator(23)
        for (columns, depth) in [(1, 1), (16, 64), (64, 64), (70, 130), (65, 33), (128, 384)] {
            let weights = generator.floats(columns * depth)
            let bias = generator.floats(columns)
            for format in formats {
                let packed = PackedWeights(isa, format, weights: weights, bias: bias, depth: depth)
                for column in 0..<columns {
                    let own = weights[(column * depth)..<((column + 1) * depth)]
                    let largest = Double(own.map(abs).max() ?? 0)
                    var sum = 0.0
                    for (k, weight) in own.enumerated() {
                        let bound =
                            format == KERNELS_FORMAT_I8
                            ? largest / 254 * 1.0001 : abs(Double(weight)) / 256
                        #expect(abs(packed.value(column, k) - Double(weight)) <= bound)
                        sum += packed.value(column, k)
                    }
                    for k in depth..<padded(depth) { #expect(packed.value(column, k) == 0) }
                    if format == KERNELS_FORMAT_I8 {
                        #expect(abs(Double(packed.sums.pointer[column]) - sum) < 1e-4)
                    }
                    #expect(packed.bias.pointer[column] == bias[column])
                }
                for column in columns..<padded(columns) {
                    #expect(packed.value(column, 0) == 0 && packed.bias.pointer[column] == 0)
                }
                #expect(packed.isWhole)
            }
        }
    }
}
