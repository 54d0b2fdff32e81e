internal import CKernels

/// Floats in memory that an owner keeps, such as a mapped file.
package struct FloatView: @unchecked Sendable {  // Read only.
    /// The first of `count` floats, valid as long as this view.
    let pointer: UnsafePointer<Float>
    let count: Int
    private let owner: AnyObject

    /// `count` floats from `pointer` on, which are there and stay the same as long as `owner`.
    package init(_ pointer: UnsafePointer<Float>, count: Int, keptBy owner: AnyObject) {
        self.pointer = pointer
        self.count = count
        self.owner = owner
    }

    /// A copy of `values`.
    package init(_ values: [Float]) {
        let copy = AlignedFloats(values)
        self.init(copy.pointer, count: values.count, keptBy: copy)
    }

    /// Runs `body` with the floats, which are valid inside it only.
    package func withUnsafeBufferPointer<Result>(
        _ body: (UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        withExtendedLifetime(owner) { body(UnsafeBufferPointer(start: pointer, count: count)) }
    }
}

/// The weights and bias of a linear layer as a file holds them.
///
/// - Shapes: weights [outputs, inputs], bias [outputs].
package struct LinearWeights: Sendable {
    /// The width of an input row.
    let inputCount: Int
    let bias: [Float]
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
