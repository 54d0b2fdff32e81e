package import CKernels

/// A linear layer with its weights packed for the kernels.
///
///     result = activation(input · weightsᵀ + bias) + residual
///
/// - Shapes: weights [outputs, inputs], bias [outputs].
package struct LinearLayer: Sendable {
    /// The width of a result row.
    package let outputCount: Int
    /// The width of an input row.
    package let inputCount: Int
    private let weights: WeightMemory.Piece
    private let bias: AlignedFloats

    /// Packs weights into `memory`, or into memory of their own.
    package init(_ plain: LinearWeights, memory: WeightMemory? = nil) {
        outputCount = plain.outputCount
        inputCount = plain.inputCount
        bias = AlignedFloats(plain.bias)
        weights = WeightMemory.piece(byteCount: Self.byteCount(plain), of: memory)
        let panels = weights.pointer.assumingMemoryBound(to: Float.self)
        plain.withPlain { kernels_pack_f32($0, plain.outputCount, plain.inputCount, panels) }
    }

    /// The bytes that packed weights take of a `WeightMemory`.
    package static func byteCount(_ weights: LinearWeights) -> Int {
        kernels_packed_count(weights.outputCount, weights.inputCount) * MemoryLayout<Float>.size
    }

    /// Applies the layer to `rowCount` rows.
    ///
    /// - Shapes: `input` [rows, inputs]; `result` and `residual` [rows, outputs], contiguous.
    /// - Precondition: `result` does not overlap `input`; it may be `residual`. No residual is
    ///   given together with an activation.
    package func apply(
        _ kernels: Kernels,
        to input: UnsafePointer<Float>,
        rowCount: Int,
        activation: kernels_activation = KERNELS_ACTIVATION_NONE,
        residual: UnsafePointer<Float>? = nil,
        result: UnsafeMutablePointer<Float>
    ) {
        precondition(residual == nil || activation == KERNELS_ACTIVATION_NONE)
        var product = kernels_gemm()
        product.rows = rowCount
        product.columns = outputCount
        product.depth = inputCount
        product.left = input
        product.left_stride = inputCount
        product.right = UnsafePointer(weights.pointer.assumingMemoryBound(to: Float.self))
        product.right_panel_stride = Int(KERNELS_PANEL_WIDTH) * inputCount
        product.right_row_stride = Int(KERNELS_PANEL_WIDTH)
        product.bias = UnsafePointer(bias.pointer)
        product.activation = activation
        product.residual = residual
        product.residual_stride = outputCount
        product.result = result
        product.result_stride = outputCount
        kernels.table.pointee.gemm_f32(&product)
    }
}

/// Layer normalization with its gain and bias.
package struct LayerNorm: Sendable {
    /// What the normalized elements are multiplied with, then what is added to them, [width] each.
    package let gain: AlignedFloats
    package let bias: AlignedFloats
    /// What is added to the variance.
    package let epsilon: Float

    /// - Precondition: `gain` and `bias` have the width of the rows.
    package init(gain: [Float], bias: [Float], epsilon: Float) {
        precondition(gain.count == bias.count, "a gain and a bias for each element")
        self.gain = AlignedFloats(gain)
        self.bias = AlignedFloats(bias)
        self.epsilon = epsilon
    }

    /// Normalizes `rowCount` contiguous rows in place.
    package func apply(_ kernels: Kernels, to rows: UnsafeMutablePointer<Float>, rowCount: Int) {
        kernels.table.pointee.layer_norm_f32(
            rows,
            rowCount,
            gain.count,
            gain.pointer,
            bias.pointer,
            epsilon
        )
    }
}
