import CKernels
import Testing

@Suite struct PostingKernelTests {
    private static let runLength = Int(KERNELS_RUN_LENGTH)
    private static let groupSize = Int(KERNELS_GROUP_SIZE)

    /// Values packed bit by bit, as the header says.
    private func packed(_ values: [UInt32], bits: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8 * bits)
        for (index, value) in values.enumerated() {
            for bit in 0..<bits where value >> UInt32(bit) & 1 != 0 {
                let place = index / 4 * bits + bit
                let byte = (place / 16 * 4 + index % 4) * 2 + place % 16 / 8
                bytes[byte] |= 1 << UInt8(place % 8)
            }
        }
        return bytes
    }

    @Test(arguments: variants)
    func runsComeOutAsTheyWerePacked(isa: UInt32) {
        var generator = SeededGenerator(31)
        for bits in 0...16 {
            let limit = UInt32(1) << UInt32(bits)
            let values = (0..<Self.runLength).map { _ in
                UInt32.random(in: 0..<limit, using: &generator)
            }
            let bytes = packed(values, bits: bits)
            var frequencies = [UInt32](repeating: 0, count: Self.runLength + 1)
            var positions = [UInt16](repeating: 7, count: Self.runLength + 1)
            for previous in [UInt16.max, 0, 1234] {
                withKernels(isa) {
                    $0.unpack_frequencies(bytes, bits, &frequencies)
                    $0.unpack_positions(bytes, bits, previous, &positions)
                }
                #expect(frequencies == values.map { $0 + 1 } + [0])
                var position = previous
                let expected = values.map { value in
                    position &+= UInt16(value) &+ 1
                    return position & 4095
                }
                #expect(positions == expected + [7])
            }
        }
    }

    @Test(arguments: variants)
    func codesComeOutAsPositionsAndFrequencies(isa: UInt32) {
        var generator = SeededGenerator(35)
        for count in 0...64 {
            let codes = (0..<count).map { _ in UInt16.random(in: 0...(.max), using: &generator) }
            let bytes = codes.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            var positions = [UInt16](repeating: 7, count: count + 1)
            var frequencies = [UInt32](repeating: 7, count: count + 1)
            let missing = withKernels(isa) {
                $0.unpack_codes(bytes, count, &positions, &frequencies)
            }
            #expect(missing == codes.count { $0 < 4096 })
            #expect(positions == codes.map { $0 % 4096 } + [7])
            #expect(frequencies == codes.map { UInt32($0 / 4096) } + [7])
        }
    }

    @Test(arguments: variants)
    func scoresEqualDoublePrecision(isa: UInt32) {
        var generator = SeededGenerator(32)
        for count in [0, 1, 2, 15, 16, 17, 31, 100, 128] {
            let (positions, frequencies) = postings(count, &generator)
            let lengths = self.lengths(&generator)
            let weight = Float.random(in: 0...0x1p30, using: &generator)
            let sums = scored(isa, positions, frequencies, lengths, weight)
            var expected = [Double](repeating: 1000, count: Self.groupSize)
            for (position, frequency) in zip(positions, frequencies) {
                let norm = max(-0.5 + 0.01 * Double(lengths[Int(position)]), 0)
                let score = Double(weight) * Double(frequency) / (Double(frequency) + norm)
                expected[Int(position)] += score
            }
            for (sum, expected) in zip(sums, expected) {
                #expect(abs(Double(sum) - expected) <= 1 + expected * 1e-6)
            }
        }
    }

    @Test(arguments: variants)
    func sumsAreSelectedAndMeasured(isa: UInt32) {
        var generator = SeededGenerator(33)
        for share in [1, 2, 100, 5000] {
            let sums = (0..<Self.groupSize).map { _ in
                let isHeld = Int.random(in: 0..<share, using: &generator) == 0
                return isHeld ? Int32.random(in: 1...(1 << 30), using: &generator) : 0
            }
            let highest = withKernels(isa) { $0.highest_sum(sums) }
            #expect(highest == sums.max())
            for threshold: Int32 in [1, 1 << 29, 1 << 30] {
                var positions = [UInt16](repeating: 0, count: Self.groupSize + 1)
                let found = withKernels(isa) { $0.select_sums(sums, threshold, &positions) }
                let expected = sums.indices.filter { sums[$0] >= threshold }
                #expect(positions[..<found].map(Int.init) == expected)
            }
            for count in [0, 1, 15, 16, 17, 500, 4096] {
                let moments = withKernels(isa) { $0.measure_sums(sums, count) }
                let total = sums[..<count].reduce(0.0) { $0 + Double($1) }
                let squares = sums[..<count].reduce(0.0) { $0 + Double($1) * Double($1) }
                #expect(moments.sum == total)
                #expect(abs(moments.squares - squares) <= squares * 1e-12)
            }
        }
    }

    @Test func allVariantsGiveTheSameBits() {
        var generator = SeededGenerator(34)
        let (positions, frequencies) = postings(128, &generator)
        let lengths = self.lengths(&generator)
        let results = variants.map { isa in
            let sums = scored(isa, positions, frequencies, lengths, 0x1.abcp29)
            return (sums, withKernels(isa) { $0.measure_sums(sums, 4096) }.squares)
        }
        for result in results { #expect(result == results[0]) }
    }

    // MARK: - Data

    private func postings(
        _ count: Int,
        _ generator: inout SeededGenerator
    ) -> (positions: [UInt16], frequencies: [UInt32]) {
        let positions = (0..<UInt16(4096)).shuffled(using: &generator).prefix(count).sorted()
        let frequencies = positions.map { _ in
            let most: UInt32 = Int.random(in: 0..<10, using: &generator) == 0 ? .max : 9
            return UInt32.random(in: 1...most, using: &generator)
        }
        return (positions, frequencies)
    }

    private func lengths(_ generator: inout SeededGenerator) -> [UInt32] {
        (0..<4096).map { _ in
            UInt32.random(in: 0...(Bool.random(using: &generator) ? 300 : 5), using: &generator)
        }
    }

    private func scored(
        _ isa: UInt32,
        _ positions: [UInt16],
        _ frequencies: [UInt32],
        _ lengths: [UInt32],
        _ weight: Float
    ) -> [Int32] {
        var sums = [Int32](repeating: 1000, count: 4096)
        positions.withUnsafeBufferPointer { positions in
            frequencies.withUnsafeBufferPointer { frequencies in
                sums.withUnsafeMutableBufferPointer { sums in
                    lengths.withUnsafeBufferPointer { lengths in
                        var scoring = kernels_scoring(
                            positions: positions.baseAddress,
                            frequencies: frequencies.baseAddress,
                            count: positions.count,
                            lengths: lengths.baseAddress,
                            constant: -0.5,
                            slope: 0.01,
                            weight: weight,
                            sums: sums.baseAddress
                        )
                        withKernels(isa) { $0.score_postings(&scoring) }
                    }
                }
            }
        }
        return sums
    }
}
