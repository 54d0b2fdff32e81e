import CKernels
import Testing

@Suite struct PackedProductTests {
    /// The formats that are packed, with where a block has its halves.
    private static let formats: [(kernels_block_format, [Int])] = [
        (KERNELS_BLOCK_Q4_0, [0]), (KERNELS_BLOCK_Q4_1, [0, 2]), (KERNELS_BLOCK_Q5_0, [0]),
        (KERNELS_BLOCK_Q5_1, [0, 2]), (KERNELS_BLOCK_Q8_0, [0]), (KERNELS_BLOCK_Q4_K, [0, 2]),
        (KERNELS_BLOCK_Q5_K, [0, 2]), (KERNELS_BLOCK_Q6_K, [208]),
    ]

    private static let rowCount = 21

    /// A matrix with its bias, what is multiplied with it and what is there before.
    private struct Case {
        var format: kernels_block_format
        var width: Int
        var rows: [UInt8]
        var bias: [Float]
        var inputs: [Float]
        var before: [Float]

        var inputCount: Int { inputs.count / width }
    }

    private func cases(_ generator: inout SeededGenerator) -> [Case] {
        var cases: [Case] = []
        for (format, halves) in Self.formats {
            let (length, size) = (kernels_block_length(format), kernels_block_bytes(format))
            for width in [length, 3 * length] {
                // Beside random bytes the largest that elements and inputs can be, whose sums need most bits.
                for (inputCount, bytes) in [
                    (1, 0...255), (2, 0...255), (8, 0...255), (11, 0...255), (1, 255...255),
                    (9, 255...255), (9, 128...128), (9, 127...127),
                ] as [(Int, ClosedRange<UInt8>)] {
                    var rows = (0..<(Self.rowCount * width / length * size)).map { _ in
                        UInt8.random(in: bytes, using: &generator)
                    }
                    // Upper bytes of halves of moderate size.
                    for block in stride(from: 0, to: rows.count, by: size) {
                        for offset in halves { rows[block + offset + 1] = 0x2C }
                    }
                    cases.append(
                        Case(
                            format: format,
                            width: width,
                            rows: rows,
                            bias: generator.floats(Self.rowCount),
                            inputs: bytes.count > 1
                                ? generator.floats(inputCount * width)
                                : [Float](repeating: 1, count: inputCount * width),
                            before: generator.floats(inputCount * Self.rowCount)
                        )
                    )
                }
            }
        }
        return cases
    }

    /// Products in a tile of `tile` inputs, the bias and what was there before added if asked for.
    private func products(_ isa: UInt32, _ test: Case, tile: Int, isAdded: Bool) -> [Float] {
        let panelSize = kernels_panel_bytes(test.format, test.width)
        let rowSize = test.rows.count / Self.rowCount
        let panels = UnsafeMutableRawPointer.allocate(byteCount: 2 * panelSize, alignment: 64)
        defer { panels.deallocate() }
        let tileCount = (test.inputCount + tile - 1) / tile
        let inputSize = tileCount * tile * test.width / 32 * Int(KERNELS_BYTE_BLOCK_SIZE)
        let inputs = UnsafeMutableRawPointer.allocate(byteCount: inputSize, alignment: 64)
        inputs.initializeMemory(as: UInt8.self, repeating: 0, count: inputSize)
        defer { inputs.deallocate() }
        var result = test.before
        withKernels(isa) { kernels in
            test.rows.withUnsafeBytes { rows in
                for panel in 0..<2 {
                    kernels_pack_blocks(
                        test.format,
                        rows.baseAddress.map { $0 + 16 * panel * rowSize },
                        rowSize,
                        min(16, Self.rowCount - 16 * panel),
                        test.width,
                        panels + panel * panelSize
                    )
                }
            }
            kernels.round_rows(test.inputs, test.inputCount, test.width, tile, 0, inputs)
            var product = kernels_packed_product()
            product.format = test.format
            product.panels = UnsafeRawPointer(panels)
            product.panel_bytes = panelSize
            product.row_count = Self.rowCount
            product.width = test.width
            product.inputs = UnsafeRawPointer(inputs)
            product.input_count = test.inputCount
            product.tile = tile
            product.is_added = isAdded ? 1 : 0
            product.result_stride = Self.rowCount
            test.bias.withUnsafeBufferPointer { bias in
                result.withUnsafeMutableBufferPointer { result in
                    product.bias = isAdded ? bias.baseAddress : nil
                    product.result = result.baseAddress
                    kernels.multiply_packed(&product)
                }
            }
        }
        return result
    }

    /// Inputs as the bytes that stand for them.
    private func rounded(_ values: [Float]) -> [Double] {
        stride(from: 0, to: values.count, by: 32).flatMap { start in
            let block = values[start..<(start + 32)].map(Double.init)
            let step = (block.map(abs).max() ?? 0) / 127
            return block.map { ($0 / step).rounded(.toNearestOrEven) * step }
        }
    }

    @Test(arguments: variants)
    func productsAreThoseOfTheFormatsFloatsWithRoundedInputs(isa: UInt32) {
        var generator = SeededGenerator(67)
        for test in cases(&generator) {
            var weights = [Float](repeating: 0, count: Self.rowCount * test.width)
            withKernels(isa) { kernels in
                kernels.dequantize(test.format, test.rows, weights.count, &weights)
            }
            let inputs = rounded(test.inputs)
            for isAdded in [false, true] {
                let tile = test.inputCount == 1 ? 1 : Int(KERNELS_INPUT_TILE)
                let result = products(isa, test, tile: tile, isAdded: isAdded)
                for (place, value) in result.enumerated() {
                    let (input, row) = (place / Self.rowCount, place % Self.rowCount)
                    let before = Double(test.before[place]) + Double(test.bias[row])
                    var (sum, size) = (isAdded ? before : 0, 1.0)
                    for column in 0..<test.width {
                        let term =
                            Double(weights[row * test.width + column])
                            * inputs[input * test.width + column]
                        sum += term
                        size += abs(term)
                    }
                    #expect(
                        abs(Double(value) - sum) <= 2e-6 * size,
                        "\(test.format) \(test.width) \(place)"
                    )
                }
            }
        }
    }

    @Test(arguments: variants)
    func productsHaveTheSameBitsInEveryVariantAndTile(isa: UInt32) {
        var generator = SeededGenerator(73)
        for test in cases(&generator) {
            let expected = bits(products(0, test, tile: 1, isAdded: true))
            for tile in [1, Int(KERNELS_INPUT_TILE)] {
                let result = products(isa, test, tile: tile, isAdded: true)
                #expect(bits(result) == expected, "\(test.format) \(test.width) \(tile)")
            }
        }
    }
}
