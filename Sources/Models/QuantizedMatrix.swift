internal import CKernels
internal import Tensors

/// A matrix that stays in its file, in the file's format; rows become floats when they are needed.
///
/// - Shapes: [outputs, inputs], bias [outputs].
struct QuantizedMatrix: Sendable {
    let outputCount: Int
    let inputCount: Int
    let bias: AlignedFloats?
    private let file: any DecoderFile
    private let tensor: DecoderTensor

    /// The matrix `name.weight` and, if it is there, `name.bias`.
    init(
        _ name: String,
        in file: any DecoderFile,
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

    var format: kernels_block_format { tensor.type.kernelsFormat }

    var rowByteCount: Int {
        inputCount / tensor.type.blockLength * tensor.type.blockByteCount
    }

    var byteCount: Int { outputCount * rowByteCount }

    /// The blocks of the rows from `row` on, as long as the matrix lives.
    func bytes(ofRow row: Int) -> UnsafeRawPointer? {
        precondition(row >= 0 && row < outputCount, "a row of the matrix")
        return file.bytes(of: tensor).baseAddress.map { $0 + row * rowByteCount }
    }

    /// Tells the system that the file's pages are not needed soon.
    func release() { file.release(tensor) }

    /// One row as floats.
    func read(_ kernels: Kernels, row: Int, into target: UnsafeMutablePointer<Float>) {
        kernels.table.pointee.dequantize(format, bytes(ofRow: row), inputCount, target)
    }

    /// Products of some rows with floats.
    ///
    /// - Shapes: `input` [tokens, inputs], `result` [tokens, outputs].
    /// - Complexity: each row is made floats once for all tokens.
    func multiply(
        _ kernels: Kernels,
        rows: Range<Int>,
        by input: AlignedFloats,
        tokenCount: Int,
        isAdded: Bool,
        result: AlignedFloats
    ) {
        let scratchCount = Int(KERNELS_BLOCK_SCRATCH_ROWS) * inputCount
        withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchCount) { scratch in
            var product = kernels_block_product()
            product.format = format
            product.rows = bytes(ofRow: rows.lowerBound)
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
