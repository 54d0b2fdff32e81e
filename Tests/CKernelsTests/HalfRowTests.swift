import CKernels
import Testing

@Suite struct HalfRowTests {
    private static let shapes = [
        (0, 64), (1, 1), (5, 17), (9, 384), (300, 48), (33, 8), (70, 64), (21, 100), (8, 129),
        (3, 250), (40, 96), (17, 128), (16, 256), (20, 300),
    ]

    @Test(arguments: variants)
    func everyHalfComesBack(isa: UInt32) {
        let halves = (0...UInt16.max).map { $0 }
        var values = [Float](repeating: 0, count: halves.count)
        withKernels(isa) { $0.widen_f16(halves, halves.count, &values) }
        var again = [UInt16](repeating: 0, count: halves.count)
        withKernels(isa) { $0.narrow_f16(values, values.count, &again) }
        for (half, (value, back)) in zip(halves, zip(values, again)) {
            let expected = Float(Float16(bitPattern: half))
            guard !expected.isNaN else {
                #expect(value.isNaN && Float16(bitPattern: back).isNaN)
                continue
            }
            #expect(value == expected && value.sign == expected.sign)
            let greatest: UInt16 = half & 0x8000 | 0x7BFF
            #expect(back == (expected.isInfinite ? greatest : half))
        }
    }

    @Test(arguments: variants)
    func theNearestHalfIsTakenTiesToEven(isa: UInt32) {
        var generator = SeededGenerator(21)
        var values: [Float] = [0x1p-25, 0x1.8p-24, 0x1.002p-14, 65_519.996, -65_520, 1e30, -0.0]
        for half in stride(from: UInt16(0), to: 0x7BFF, by: 3) {
            let (low, high) = (Float16(bitPattern: half), Float16(bitPattern: half + 1))
            let middle = (Float(low) + Float(high)) / 2
            values += [middle, -middle, middle.nextUp, middle.nextDown]
        }
        values += generator.floats(1000) + generator.floats(1000, -1e-6...1e-6)
        // Counts that are no multiple of a vector.
        values += generator.floats((25 - values.count % 16) % 16)
        var halves = [UInt16](repeating: 77, count: values.count + 1)
        withKernels(isa) { $0.narrow_f16(values, values.count, &halves) }
        for (value, half) in zip(values, halves) {
            let nearest = Float16(max(-65_504, min(65_504, value)))
            #expect(half == nearest.bitPattern, "\(value)")
        }
        #expect(halves[values.count] == 77)
    }

    /// Rows, queries and scores, each query's behind a gap.
    private struct Case {
        var halves: [UInt16]
        var rows: [Float]
        var vectors: [Float]
        var scores: [Float]
        let (rowCount, width, queryCount): (Int, Int, Int)
        var vectorStride: Int { width + 3 }
        var scoreStride: Int { rowCount + 5 }

        init(_ shape: (Int, Int), _ queryCount: Int, _ generator: inout SeededGenerator) {
            (rowCount, width) = shape
            self.queryCount = queryCount
            rows = generator.floats(rowCount * width).map { Float(Float16($0)) }
            halves = rows.map { Float16($0).bitPattern }
            vectors = generator.floats(queryCount * (width + 3))
            scores = generator.floats(queryCount * (rowCount + 5))
        }

        mutating func run(
            _ kernel: (UnsafePointer<kernels_half_rows>?) -> Void
        ) {
            halves.withUnsafeBufferPointer { halves in
                vectors.withUnsafeMutableBufferPointer { vectors in
                    scores.withUnsafeMutableBufferPointer { scores in
                        var rows = kernels_half_rows(
                            rows: halves.baseAddress,
                            row_count: rowCount,
                            width: width,
                            query_count: queryCount,
                            vectors: vectors.baseAddress,
                            vector_stride: width + 3,
                            scores: scores.baseAddress,
                            score_stride: rowCount + 5
                        )
                        kernel(&rows)
                    }
                }
            }
        }
    }

    @Test(arguments: variants)
    func scoresAreThoseOfTheWidenedRows(isa: UInt32) {
        var generator = SeededGenerator(22)
        for shape in Self.shapes {
            for queryCount in 1...5 {
                var one = Case(shape, queryCount, &generator)
                let before = one
                withKernels(isa) { kernels in one.run { kernels.scan_f16($0) } }
                #expect(one.vectors == before.vectors)
                for query in 0..<queryCount {
                    let vector = Array(
                        one.vectors[(query * one.vectorStride)...].prefix(one.width)
                    )
                    let scores = one.scores[(query * one.scoreStride)...].prefix(one.scoreStride)
                    var expected = [Float](repeating: 0, count: one.rowCount)
                    withKernels(isa) {
                        $0.scan_f32(vector, one.rows, one.rowCount, one.width, &expected)
                    }
                    #expect(bits(Array(scores.prefix(one.rowCount))) == bits(expected))
                    #expect(
                        scores.suffix(5)
                            == before.scores[(query * one.scoreStride)...]
                            .prefix(one.scoreStride).suffix(5)
                    )
                    for (row, score) in scores.prefix(one.rowCount).enumerated() {
                        let terms = (0..<one.width).map {
                            Double(vector[$0]) * Double(one.rows[row * one.width + $0])
                        }
                        let bound = terms.reduce(0) { $0 + abs($1) } * Double(one.width) * 0x1p-24
                        #expect(abs(Double(score) - terms.reduce(0, +)) <= bound)
                    }
                }
            }
        }
    }

    @Test(arguments: variants)
    func sumsAreThoseOfTheWidenedRows(isa: UInt32) {
        var generator = SeededGenerator(23)
        for shape in Self.shapes {
            for queryCount in 1...5 {
                var one = Case(shape, queryCount, &generator)
                let before = one
                withKernels(isa) { kernels in one.run { kernels.add_scaled_rows_f16($0) } }
                #expect(one.scores == before.scores)
                for query in 0..<queryCount {
                    let start = query * one.vectorStride
                    let scores = Array(
                        one.scores[(query * one.scoreStride)...].prefix(one.rowCount)
                    )
                    var expected = Array(before.vectors[start...].prefix(one.vectorStride))
                    withKernels(isa) {
                        $0.add_scaled_rows_f32(
                            &expected,
                            one.rows,
                            scores,
                            one.rowCount,
                            one.width
                        )
                    }
                    let sums = Array(one.vectors[start...].prefix(one.vectorStride))
                    #expect(bits(sums) == bits(expected), "\(shape) \(queryCount)")
                    for column in 0..<one.width {
                        let terms = (0..<one.rowCount).map {
                            Double(scores[$0]) * Double(one.rows[$0 * one.width + column])
                        }
                        let first = Double(before.vectors[start + column])
                        let bound =
                            terms.reduce(abs(first)) { $0 + abs($1) } * Double(one.rowCount + 1)
                            * 0x1p-24
                        #expect(abs(Double(sums[column]) - terms.reduce(first, +)) <= bound)
                    }
                }
            }
        }
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(24)
        for shape in Self.shapes {
            let start = Case(shape, 3, &generator)
            let results = variants.map { isa -> [UInt32] in
                var (scanned, added) = (start, start)
                withKernels(isa) { kernels in
                    scanned.run { kernels.scan_f16($0) }
                    added.run { kernels.add_scaled_rows_f16($0) }
                }
                return bits(scanned.scores + added.vectors)
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(shape)")
        }
    }
}
