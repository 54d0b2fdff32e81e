import CKernels
import Testing

@Suite struct EmbeddingKernelTests {
    /// Sums of rows of a table and addends, by `embed_f32`, and the factors.
    private func embedded(
        _ isa: UInt32,
        _ table: [Float],
        _ places: [Int32],
        _ addends: [Float],
        _ gain: [Float],
        _ bias: [Float]
    ) -> (rows: [Float], factors: [Float]) {
        let rows = Memory<Float>(places.count * gain.count, filledWith: 77)
        let factors = Memory<Float>(places.count, filledWith: 77)
        table.withUnsafeBufferPointer { table in
            places.withUnsafeBufferPointer { places in
                addends.withUnsafeBufferPointer { addends in
                    gain.withUnsafeBufferPointer { gain in
                        bias.withUnsafeBufferPointer { bias in
                            var embedding = kernels_embedding(
                                rows: places.count,
                                width: gain.count,
                                table: table.baseAddress,
                                places: places.baseAddress,
                                addends: addends.baseAddress,
                                gain: gain.baseAddress,
                                bias: bias.baseAddress,
                                epsilon: 1e-3,
                                result: rows.pointer,
                                factors: factors.pointer
                            )
                            withKernels(isa) { $0.embed_f32(&embedding) }
                        }
                    }
                }
            }
        }
        #expect(rows.isWhole && factors.isWhole)
        return (rows.elements, factors.elements)
    }

    @Test(arguments: variants)
    func sumsAreNormalizedAsByTheirOwn(isa: UInt32) {
        var generator = SeededGenerator(31)
        for (count, width) in [(1, 32), (3, 5), (4, 16), (9, 40), (6, 384)] {
            let table = generator.floats(7 * width, -3...2)
            let addends = generator.floats(count * width)
            let gain = generator.floats(width)
            let bias = generator.floats(width)
            let places = (0..<count).map { Int32($0 * 5 % 7) }
            var expected = (0..<(count * width)).map {
                table[Int(places[$0 / width]) * width + $0 % width] + addends[$0]
            }
            let sums = expected
            withKernels(isa) { $0.layer_norm_f32(&expected, count, width, gain, bias, 1e-3) }
            let (rows, factors) = embedded(isa, table, places, addends, gain, bias)
            #expect(bits(rows) == bits(expected), "\(count) × \(width)")
            for row in 0..<count {
                let x = sums[(row * width)..<((row + 1) * width)].map(Double.init)
                let mean = x.reduce(0, +) / Double(width)
                let variance = x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
                let factor = 1 / (variance + 1e-3).squareRoot()
                #expect(abs(Double(factors[row]) - factor) < 2e-6 * factor)
            }
        }
    }

    /// What `project_f32` or, with rows in bf16, `project_bf16` gives, element by element as floats.
    private func projected(
        _ isa: UInt32,
        isNarrow: Bool,
        _ table: [Float],
        _ places: [Int32],
        _ addends: [Float],
        _ factors: [Float],
        _ bias: [Float]
    ) -> [Float] {
        let width = bias.count
        let tableRows = table.count / width
        let count = places.count
        var projection = kernels_projection()
        projection.rows = count
        projection.width = width
        return places.withUnsafeBufferPointer { places in
            addends.withUnsafeBufferPointer { addends in
                factors.withUnsafeBufferPointer { factors in
                    bias.withUnsafeBufferPointer { bias in
                        projection.places = places.baseAddress
                        projection.addends = addends.baseAddress
                        projection.factors = factors.baseAddress
                        projection.bias = bias.baseAddress
                        if isNarrow {
                            let from = NarrowMatrix(
                                isa,
                                KERNELS_FORMAT_BF16,
                                rows: tableRows,
                                width: width
                            )
                            let to = NarrowMatrix(
                                isa,
                                KERNELS_FORMAT_BF16,
                                rows: count,
                                width: width
                            )
                            var view = from.view
                            withKernels(isa) { $0.narrow_f32(table, tableRows, width, &view) }
                            projection.table = UnsafeRawPointer(from.view.elements)
                            projection.stride = from.stride
                            projection.result = to.view.elements
                            withKernels(isa) { $0.project_bf16(&projection) }
                            #expect(to.isWhole)
                            return (0..<(count * width)).map {
                                Float(to.value($0 / width, $0 % width))
                            }
                        }
                        let result = Memory<Float>(count * width, filledWith: 77)
                        return table.withUnsafeBufferPointer { table in
                            projection.table = UnsafeRawPointer(table.baseAddress)
                            projection.stride = width
                            projection.result = UnsafeMutableRawPointer(result.pointer)
                            withKernels(isa) { $0.project_f32(&projection) }
                            #expect(result.isWhole)
                            return result.elements
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [false, true])
    func projectionsAreThoseOfTheirParts(isNarrow: Bool) {
        var generator = SeededGenerator(32)
        for (count, width) in [(1, 16), (5, 48), (3, 96), (4, 1_152)] {
            let table = generator.floats(6 * width, -4...4)
            let addends = generator.floats(count * width)
            let factors = generator.floats(count, 0.1...9)
            let bias = generator.floats(width)
            let places = (0..<count).map { Int32($0 * 5 % 6) }
            let results = variants.map {
                projected($0, isNarrow: isNarrow, table, places, addends, factors, bias)
            }
            #expect(results.allSatisfy { bits($0) == bits(results[0]) })
            for (index, value) in results[0].enumerated() {
                let (row, column) = (index / width, index % width)
                let part = Double(table[Int(places[row]) * width + column])
                let factor = Double(factors[row])
                let expected = (part + Double(addends[index])) * factor + Double(bias[column])
                // A bf16 rounds to eight bits, the part and the result.
                let bound = (abs(part) * factor + abs(expected)) * (isNarrow ? 0x1p-8 : 0) + 2e-5
                #expect(abs(Double(value) - expected) <= bound, "\(count) × \(width)")
            }
        }
    }
}
