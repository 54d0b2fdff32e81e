import CKernels
import Testing

@Suite struct BlockProductTests {
    /// The formats, with where a block has its halves.
    private static let formats: [(kernels_block_format, [Int])] = [
        (KERNELS_BLOCK_F32, []), (KERNELS_BLOCK_F16, []), (KERNELS_BLOCK_BF16, []),
        (KERNELS_BLOCK_Q4_0, [0]), (KERNELS_BLOCK_Q4_1, [0, 2]), (KERNELS_BLOCK_Q5_0, [0]),
        (KERNELS_BLOCK_Q5_1, [0, 2]), (KERNELS_BLOCK_Q8_0, [0]), (KERNELS_BLOCK_Q4_K, [0, 2]),
        (KERNELS_BLOCK_Q5_K, [0, 2]), (KERNELS_BLOCK_Q6_K, [208]),
    ]

    /// Rows of a format with elements of moderate size.
    private func rows(
        _ format: kernels_block_format,
        _ halves: [Int],
        count: Int,
        _ generator: inout SeededGenerator
    ) -> [UInt8] {
        if format == KERNELS_BLOCK_F32 {
            return generator.floats(count).flatMap { value in
                withUnsafeBytes(of: value) { Array($0) }
            }
        }
        let size = kernels_block_bytes(format)
        var bytes = (0..<(count / kernels_block_length(format) * size)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        // Upper bytes of halves and of bf16 that are 1 or so in size.
        let uppers = kernels_block_length(format) == 1 ? [0] : halves
        let exponent: UInt8 = format == KERNELS_BLOCK_BF16 ? 0x3F : 0x2C
        for block in stride(from: 0, to: bytes.count, by: size) {
            for offset in uppers { bytes[block + offset + 1] = exponent }
        }
        return bytes
    }

    @Test(arguments: variants)
    func productsHaveTheBitsOfDotProductsOfFloats(isa: UInt32) {
        var generator = SeededGenerator(61)
        for (format, halves) in Self.formats {
            let length = kernels_block_length(format)
            for width in length == 1 ? [1, 16, 40, 64, 172] : [length, 3 * length, 512] {
                let rowCount = 5
                let bytes = rows(format, halves, count: rowCount * width, &generator)
                let bias = generator.floats(rowCount)
                for inputCount in [1, 2, 3, 7] {
                    let inputs = generator.floats(inputCount * width)
                    let before = generator.floats(inputCount * 6)
                    for isAdded in [false, true] {
                        var result = before
                        var scratch = [Float](repeating: .nan, count: 2 * width)
                        var expected = before
                        withKernels(isa) { kernels in
                            multiply(
                                kernels,
                                format,
                                bytes,
                                width,
                                inputs,
                                isAdded ? bias : nil,
                                isAdded,
                                &scratch,
                                &result
                            )
                            var floats = [Float](repeating: 0, count: rowCount * width)
                            kernels.dequantize(format, bytes, rowCount * width, &floats)
                            for input in 0..<inputCount {
                                for row in 0..<rowCount {
                                    let x = Array(inputs[(input * width)..<((input + 1) * width)])
                                    let w = Array(floats[(row * width)..<((row + 1) * width)])
                                    let sum = kernels.dot_f32(w, x, width)
                                    let place = input * 6 + row
                                    expected[place] =
                                        isAdded ? before[place] + (sum + bias[row]) : sum
                                }
                            }
                        }
                        #expect(bits(result) == bits(expected), "\(format) \(width) \(inputCount)")
                    }
                }
            }
        }
    }

    private func multiply(
        _ kernels: kernels_table,
        _ format: kernels_block_format,
        _ rows: [UInt8],
        _ width: Int,
        _ inputs: [Float],
        _ bias: [Float]?,
        _ isAdded: Bool,
        _ scratch: inout [Float],
        _ result: inout [Float]
    ) {
        var product = kernels_block_product()
        product.format = format
        product.width = width
        product.row_bytes = width / kernels_block_length(format) * kernels_block_bytes(format)
        product.row_count = rows.count / product.row_bytes
        product.input_count = inputs.count / width
        product.is_added = isAdded ? 1 : 0
        product.result_stride = 6
        rows.withUnsafeBytes { rows in
            inputs.withUnsafeBufferPointer { inputs in
                (bias ?? []).withUnsafeBufferPointer { bias in
                    scratch.withUnsafeMutableBufferPointer { scratch in
                        result.withUnsafeMutableBufferPointer { result in
                            product.rows = rows.baseAddress
                            product.inputs = inputs.baseAddress
                            product.bias = bias.isEmpty ? nil : bias.baseAddress
                            product.scratch = scratch.baseAddress
                            product.result = result.baseAddress
                            kernels.multiply_blocks(&product)
                        }
                    }
                }
            }
        }
    }
}
