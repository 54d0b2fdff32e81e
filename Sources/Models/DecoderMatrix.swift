internal import Tensors

/// A matrix of a decoder's weights, multiplied in the decoder's precision.
///
/// Results have the same bits whatever rows and tokens are multiplied together.
/// - Shapes: [outputs, inputs], bias [outputs].
struct DecoderMatrix: Sendable {
    private let mapped: QuantizedMatrix
    private let packed: PackedMatrix?

    /// Multiplications that are worth a thread's while.
    private static let leastWork = 1 << 18

    /// A matrix of a file; packed for products of bytes if that is the precision.
    init(
        _ mapped: QuantizedMatrix,
        _ precision: DecoderPrecision,
        _ pool: ComputePool,
        isCopied: Bool
    ) {
        self.mapped = mapped
        packed =
            precision == .exact ? nil : PackedMatrix(mapped, pool, isCopied: isCopied)
    }

    var outputCount: Int { mapped.outputCount }

    /// How many bytes are read to multiply one input.
    var byteCount: Int { mapped.byteCount }

    /// Whether the input is needed in bytes.
    var takesBytes: Bool { packed != nil }

    /// Products of some rows, which begin at a multiple of 16, and their bias, in place of the result
    /// or added to it.
    ///
    /// - Shapes: `input` [tokens, inputs], `result` [tokens, outputs].
    func multiply(
        _ kernels: Kernels,
        rows: Range<Int>,
        by input: ByteRows,
        tokenCount: Int,
        isAdded: Bool = false,
        result: AlignedFloats
    ) {
        if let packed {
            packed.multiply(
                kernels,
                rows: rows,
                by: input,
                tokenCount: tokenCount,
                isAdded: isAdded,
                result: result
            )
        } else {
            mapped.multiply(
                kernels,
                rows: rows,
                by: input.floats,
                tokenCount: tokenCount,
                isAdded: isAdded,
                result: result
            )
        }
    }

    /// How many rows a thread takes at once, a multiple of 16.
    func grain(tokenCount: Int) -> Int {
        let rows = Self.leastWork / (mapped.inputCount * tokenCount)
        return max(1, rows / PackedMatrix.panelRows) * PackedMatrix.panelRows
    }
}

/// Where the products of a matrix go.
struct DecoderProduct: Sendable {
    let matrix: DecoderMatrix
    var isAdded = false
    let result: AlignedFloats

    /// Multiplies several matrices with the same input, as one loop that threads share.
    static func run(
        _ products: [DecoderProduct],
        _ kernels: Kernels,
        _ pool: ComputePool,
        by input: ByteRows,
        tokenCount: Int
    ) {
        var parts: [(product: DecoderProduct, rows: Range<Int>)] = []
        for product in products {
            let count = product.matrix.outputCount
            let grain = product.matrix.grain(tokenCount: tokenCount)
            for start in stride(from: 0, to: count, by: grain) {
                parts.append((product, start..<min(start + grain, count)))
            }
        }
        pool.parallelFor(count: parts.count, grain: 1) { [parts] range in
            for part in parts[range] {
                part.product.matrix.multiply(
                    kernels,
                    rows: part.rows,
                    by: input,
                    tokenCount: tokenCount,
                    isAdded: part.product.isAdded,
                    result: part.product.result
                )
            }
        }
    }
}
