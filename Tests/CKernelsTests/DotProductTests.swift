import CKernels
import Testing

@Suite struct DotProductTests {
    static let counts = Array(0...140) + [255, 384, 385, 1_000]

    @Test(arguments: variants)
    func dotsEqualDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(10)
        for count in Self.counts {
            // One element in, so that no address is aligned.
            let a = generator.floats(count + 1)
            let b = generator.floats(count + 1)
            let c = generator.bytes(count + 1)
            let (products, mixed) = a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    c.withUnsafeBufferPointer { c -> (Float, Float) in
                        guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress
                        else { return (.nan, .nan) }
                        return withKernels(isa) {
                            ($0.dot_f32(a + 1, b + 1, count), $0.dot_f32_i8(a + 1, c + 1, count))
                        }
                    }
                }
            }
            let terms = zip(a, b).dropFirst().map { Double($0) * Double($1) }
            let mixedTerms = zip(a, c).dropFirst().map { Double($0) * Double($1) }
            func bound(_ terms: [Double]) -> Double {
                Double(count) * terms.reduce(0) { $0 + abs($1) } * 0x1p-24
            }
            #expect(abs(Double(products) - terms.reduce(0, +)) <= bound(terms))
            #expect(abs(Double(mixed) - mixedTerms.reduce(0, +)) <= bound(mixedTerms))
        }
    }

    @Test(arguments: variants)
    func dotsOfBytesAreExact(isa: UInt32) {
        var generator = SeededGenerator(11)
        for count in Self.counts {
            let a = generator.bytes(count)
            let b = generator.bytes(count)
            let expected = zip(a, b).reduce(0) { $0 + Int32($1.0) * Int32($1.1) }
            #expect(withKernels(isa) { $0.dot_i8(a, b, count) } == expected)
        }
        let lowest = [Int8](repeating: .min, count: 131_071)
        let product = withKernels(isa) { $0.dot_i8(lowest, lowest, lowest.count) }
        #expect(product == 131_071 * 16_384)
    }

    @Test func everyVariantGivesTheSameBits() {
        var generator = SeededGenerator(12)
        for count in Self.counts {
            let a = generator.floats(count)
            let b = generator.floats(count)
            let c = generator.bytes(count)
            let results = variants.map { isa in
                withKernels(isa) { bits([$0.dot_f32(a, b, count), $0.dot_f32_i8(a, c, count)]) }
            }
            #expect(results.allSatisfy { $0 == results[0] }, "\(count)")
        }
    }

    @Test(arguments: variants)
    func scansAreDotsOfEveryRow(isa: UInt32) {
        var generator = SeededGenerator(13)
        for (rowCount, width) in [
            (0, 384), (1, 1), (5, 17), (9, 384), (3, 100), (16, 8), (33, 48), (40, 7), (47, 130),
            (17, 64), (64, 100),
        ] {
            let query = generator.floats(width)
            let byteQuery = generator.bytes(width)
            let rows = generator.floats(rowCount * width)
            let byteRows = generator.bytes(rowCount * width)
            var (floats, mixed) = ([Float](repeating: 77, count: rowCount + 1), [Float]())
            mixed = floats
            var integers = [Int32](repeating: 77, count: rowCount + 1)
            withKernels(isa) { kernels in
                kernels.scan_f32(query, rows, rowCount, width, &floats)
                kernels.scan_f32_i8(query, byteRows, rowCount, width, &mixed)
                kernels.scan_i8(byteQuery, byteRows, rowCount, width, &integers)
                for row in 0..<rowCount {
                    let range = (row * width)..<((row + 1) * width)
                    let (f, b) = (Array(rows[range]), Array(byteRows[range]))
                    #expect(floats[row] == kernels.dot_f32(query, f, width))
                    #expect(mixed[row] == kernels.dot_f32_i8(query, b, width))
                    #expect(integers[row] == kernels.dot_i8(byteQuery, b, width))
                }
            }
            #expect(floats[rowCount] == 77 && mixed[rowCount] == 77 && integers[rowCount] == 77)
        }
    }

    @Test(arguments: variants)
    func rowsAreAddedUpOneAfterAnother(isa: UInt32) {
        var generator = SeededGenerator(15)
        for (rowCount, width) in [
            (0, 48), (1, 1), (5, 17), (9, 384), (300, 48), (33, 8), (70, 64), (21, 100), (8, 129),
            (3, 250),
        ] {
            let (rows, scales) = (generator.floats(rowCount * width), generator.floats(rowCount))
            let start = generator.floats(width) + [77]
            var (together, apart) = (start, start)
            withKernels(isa) { kernels in
                kernels.add_scaled_rows_f32(&together, rows, scales, rowCount, width)
                for row in 0..<rowCount {
                    let addends = Array(rows[(row * width)..<((row + 1) * width)])
                    kernels.add_scaled_f32(&apart, addends, scales[row], width)
                }
            }
            #expect(bits(together) == bits(apart), "\(rowCount) × \(width)")
        }
    }

    @Test func theShortNamesUseTheBestVariant() {
        var generator = SeededGenerator(14)
        let a = generator.floats(384)
        let b = generator.bytes(384)
        withKernels(kernels_isa_best().rawValue) { best in
            #expect(kernels_dot_f32(a, a, 384) == best.dot_f32(a, a, 384))
            #expect(kernels_dot_f32_i8(a, b, 384) == best.dot_f32_i8(a, b, 384))
            #expect(kernels_dot_i8(b, b, 384) == best.dot_i8(b, b, 384))
        }
    }

    @Test(arguments: variants)
    func aDirectionIsASumAtLengthOne(isa: UInt32) {
        var generator = SeededGenerator(61)
        for count in Array(1...70) + [128, 384] {
            let (vector, addends) = (generator.floats(count), generator.floats(count))
            var direction = [Float](repeating: 77, count: count + 1)
            withKernels(isa) { $0.direction_f32(vector, addends, -0.4, &direction, count) }
            let sum = zip(vector, addends).map { Double($0) - Double(Float(0.4)) * Double($1) }
            let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for (value, expected) in zip(direction, sum) {
                #expect(abs(Double(value) - expected / length) < 1e-6)
            }
            #expect(direction[count] == 77)
            // The same bits as its parts give.
            var parts = vector
            withKernels(isa) {
                $0.add_scaled_f32(&parts, addends, -0.4, count)
                let factor = 1 / $0.dot_f32(parts, parts, count).squareRoot()
                for index in parts.indices { parts[index] *= factor }
            }
            #expect(bits(parts) == bits(Array(direction[..<count])))
            // What is nothing has no direction, whatever was there.
            for nothing in [
                [Float](repeating: 0, count: count), [Float](repeating: .nan, count: count),
            ] {
                withKernels(isa) { $0.direction_f32(nothing, nothing, 1, &direction, count) }
                #expect(direction[..<count].allSatisfy { $0 == 0 })
            }
        }
    }
}
