internal import CKernels

/// The weights and bias of a linear layer as a file holds them.
///
/// - Shapes: weights [outputs, inputs], bias [outputs].
package struct LinearWeights: Sendable {
    /// The width of an input row.
    package let inputCount: Int
    package let bias: [Float]
    /// [outputs / parts, inputs] each, one below another.
    private let parts: [FloatView]

    /// The width of a result row.
    package var outputCount: Int { bias.count }

    /// Layers of equal size side by side, which become one.
    ///
    /// - Precondition: each part is `inputCount` wide, and all are equally high; a bias for each output.
    package init(_ parts: [FloatView], inputCount: Int, bias: [Float]) {
        let size = parts.first?.count ?? 0
        precondition(size > 0 && parts.allSatisfy { $0.count == size }, "parts of equal size")
        precondition(parts.count * size == bias.count * inputCount, "a bias for each output")
        self.parts = parts
        self.inputCount = inputCount
        self.bias = bias
    }

    /// A layer from all of its weights [outputs, inputs].
    package init(_ weights: [Float], bias: [Float]) {
        precondition(weights.count.isMultiple(of: bias.count), "a bias for each output")
        self.init([FloatView(weights)], inputCount: weights.count / bias.count, bias: bias)
    }

    /// The same layer without a bias.
    package var unbiased: LinearWeights {
        LinearWeights(parts, inputCount: inputCount, bias: bias.map { _ in 0 })
    }

    /// Runs `body` with the weights as the kernels take them.
    func withPlain(_ body: (UnsafePointer<kernels_plain_weights>) -> Void) {
        let pointers = parts.map { Optional($0.pointer) }
        withExtendedLifetime(parts) {
            pointers.withUnsafeBufferPointer { pointers in
                var plain = kernels_plain_weights(
                    parts: pointers.baseAddress,
                    part_columns: outputCount / parts.count
                )
                body(&plain)
            }
        }
    }
}
