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

    /// The `count` outputs with the largest weights, by their sums of squares, the largest first.
    package func largestOutputs(_ count: Int) -> [Int] {
        let rows = parts.flatMap { part in
            (0..<(part.count / inputCount)).map { part.pointer + $0 * inputCount }
        }
        let squares = rows.map { row in (0..<inputCount).reduce(0) { $0 + row[$1] * row[$1] } }
        let order = squares.indices.sorted { (squares[$0], $1) > (squares[$1], $0) }
        return Array(order.prefix(count))
    }

    /// The layer whose outputs are the products of this one's with `directions`.
    ///
    /// - Shapes: `directions` [directions, outputs].
    package func projected(on directions: [Float], _ kernels: Kernels) -> LinearWeights {
        let count = directions.count / outputCount
        // A plain matrix is one of the kernels' as it lies, but for what is read beyond its last row.
        let plain = AlignedFloats(count: outputCount * inputCount + Int(KERNELS_PANEL_WIDTH))
        (plain.pointer + outputCount * inputCount)
            .initialize(repeating: 0, count: Int(KERNELS_PANEL_WIDTH))
        for (index, part) in parts.enumerated() {
            (plain.pointer + index * part.count).initialize(from: part.pointer, count: part.count)
        }
        var projected = [Float](repeating: 0, count: count * inputCount)
        directions.withUnsafeBufferPointer { directions in
            projected.withUnsafeMutableBufferPointer { projected in
                var product = kernels_gemm()
                product.rows = count
                product.columns = inputCount
                product.depth = outputCount
                product.left = directions.baseAddress
                product.left_stride = outputCount
                product.right = UnsafePointer(plain.pointer)
                product.right_panel_stride = Int(KERNELS_PANEL_WIDTH)
                product.right_row_stride = inputCount
                product.result = projected.baseAddress
                product.result_stride = inputCount
                kernels.table.pointee.gemm_f32(&product)
            }
        }
        let projectedBias = (0..<count).map { direction in
            (0..<outputCount).reduce(0) { $0 + directions[direction * outputCount + $1] * bias[$1] }
        }
        return LinearWeights([FloatView(projected)], inputCount: inputCount, bias: projectedBias)
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
