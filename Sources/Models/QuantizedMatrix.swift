internal import CKernels
internal import Tensors

/// A matrix that stays in its file, in the file's format; rows become floats when they are needed.
///
/// - Shapes: [outputs, inputs], bias [outputs].
struct QuantizedMatrix: Sendable {
    let outputCount: Int
    let inputCount: Int
    private let file: GGUFFile
    private let tensor: GGUFFile.Tensor
    private let bias: AlignedFloats?

    /// Multiplications that are worth a thread's while.
    private static let leastWork = 1 << 16

    /// The matrix `name.weight` and, if it is there, `name.bias`.
    init(
        _ name: String,
        in file: GGUFFile,
        outputCount: Int,
        inputCount: Int
    ) throws(ModelsError) {
        self.file = file
        self.outputCount = outputCount
        self.inputCount = inputCount
        tensor = try file.tensor("\(name).weight", shape: [outputCount, inputCount])
        bias =
            file.tensors["\(name).bias"] == nil
            ? nil : AlignedFloats(try file.floats("\(name).bias", shape: [outputCount]))
    }

    /// One row as floats.
    func read(_ kernels: Kernels, row: Int, into target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < outputCount, "a row of the matrix")
        guard let bytes = file.bytes(of: tensor).baseAddress else { return }
        kernels.table.pointee.dequantize(
            tensor.type.kernelsFormat,
            bytes + row * rowByteCount,
            inputCount,
            target
        )
    }

    /// result = input · matrixᵀ + bias, or that added to what is there.
    ///
    /// - Shapes: `input` [tokens, inputs], `result` [tokens, outputs].
    /// - Complexity: each row is made floats once for all tokens.
    func apply(
        _ kernels: Kernels,
        _ pool: ComputePool,
        to input: AlignedFloats,
        tokenCount: Int,
        isAdded: Bool = false,
        result: AlignedFloats
    ) {
        let grain = max(16, Self.leastWork / (inputCount * tokenCount))
        pool.parallelFor(count: outputCount, grain: grain) { [self] rows in
            guard let bytes = file.bytes(of: tensor).baseAddress else { return }
            let scratchCount = Int(KERNELS_BLOCK_SCRATCH_ROWS) * inputCount
            withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchCount) { scratch in
                var product = kernels_block_product()
                product.format = tensor.type.kernelsFormat
                product.rows = bytes + rows.lowerBound * rowByteCount
                product.row_bytes = rowByteCount
                product.row_count = rows.count
                product.width = inputCount
                product.inputs = UnsafePointer(input.pointer)
                product.input_count = tokenCount
                product.bias = bias.map { UnsafePointer($0.pointer + rows.lowerBound) }
                product.is_added = isAdded ? 1 : 0
                product.scratch = scratch.baseAddress
                product.result = result.pointer + rows.lowerBound
                product.result_stride = outputCount
                kernels.table.pointee.multiply_blocks(&product)
            }
        }
    }

    private var rowByteCount: Int {
        inputCount / tensor.type.blockLength * tensor.type.blockByteCount
    }
}
