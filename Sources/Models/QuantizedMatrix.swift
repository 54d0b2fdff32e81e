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
    private let bias: [Float]?

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
            ? nil : try file.floats("\(name).bias", shape: [outputCount])
    }

    /// One row as floats.
    func read(_ kernels: Kernels, row: Int, into target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < outputCount, "a row of the matrix")
        guard let bytes = file.bytes(of: tensor).baseAddress else { return }
        read(kernels, bytes + row * rowByteCount, into: target)
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
            withUnsafeTemporaryAllocation(of: Float.self, capacity: inputCount + tokenCount) {
                guard let row = $0.baseAddress else { return }
                let products = row + inputCount
                for index in rows {
                    read(kernels, bytes + index * rowByteCount, into: row)
                    kernels.table.pointee
                        .scan_f32(row, input.pointer, tokenCount, inputCount, products)
                    let target = result.pointer + index
                    let addend = bias?[index] ?? 0
                    for token in 0..<tokenCount {
                        let place = target + token * outputCount
                        let sum = products[token] + addend
                        place.pointee = isAdded ? place.pointee + sum : sum
                    }
                }
            }
        }
    }

    private var rowByteCount: Int {
        inputCount / tensor.type.blockLength * tensor.type.blockByteCount
    }

    private func read(
        _ kernels: Kernels,
        _ bytes: UnsafeRawPointer,
        into target: UnsafeMutablePointer<Float>
    ) {
        kernels.table.pointee.dequantize(tensor.type.kernelsFormat, bytes, inputCount, target)
    }
}
