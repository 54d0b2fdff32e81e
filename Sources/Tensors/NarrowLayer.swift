package import CKernels

/// A linear layer over a narrow format, with its weights packed for the kernels.
///
/// - Shapes: weights [outputs, inputs], bias [outputs].
package final class NarrowLayer: @unchecked Sendable {  // Written once, before it is shared.
    /// Of the weights, and of the input.
    package let format: kernels_format
    private let weights: UnsafeMutablePointer<kernels_narrow_weights>
    private let elements: WeightMemory.Piece
    private let floats: AlignedFloats

    /// Packs weights into `memory`, or into memory of their own; in int8 `group` inputs share a scale.
    ///
    /// - Precondition: `group` divides the inputs rounded up to a multiple of 64.
    package init(
        _ kernels: Kernels,
        format: kernels_format,
        weights plain: LinearWeights,
        group: Int? = nil,
        memory: WeightMemory? = nil
    ) {
        self.format = format
        let group = group ?? Self.paddedCount(plain.inputCount)
        precondition(Self.paddedCount(plain.inputCount).isMultiple(of: group), "whole groups")
        let sizes = Self.sizes(kernels, format, plain, group: group)
        elements = WeightMemory.piece(byteCount: sizes.element_bytes, of: memory)
        floats = AlignedFloats(count: sizes.scales + 2 * sizes.columns)
        weights = .allocate(capacity: 1)
        weights.initialize(
            to: kernels_narrow_weights(
                format: format,
                columns: plain.outputCount,
                depth: plain.inputCount,
                group: group,
                elements: elements.pointer,
                scales: floats.pointer + 2 * sizes.columns,
                sums: floats.pointer + sizes.columns,
                bias: floats.pointer
            )
        )
        plain.withPlain { kernels.table.pointee.pack_narrow($0, plain.bias, weights) }
    }

    /// The bytes that packed weights take of a `WeightMemory`.
    package static func byteCount(
        _ kernels: Kernels,
        format: kernels_format,
        weights: LinearWeights
    ) -> Int {
        sizes(kernels, format, weights, group: paddedCount(weights.inputCount)).element_bytes
    }

    private static func sizes(
        _ kernels: Kernels,
        _ format: kernels_format,
        _ weights: LinearWeights,
        group: Int
    ) -> kernels_narrow_sizes {
        kernels_narrow_sizes_of(
            kernels.table.pointee.half_size,
            format,
            weights.outputCount,
            weights.inputCount,
            group
        )
    }

    deinit { weights.deallocate() }

    /// The product with its bias and the residual, in f32.
    ///
    ///     result = input · weightsᵀ + bias + residual
    ///
    /// - Shapes: `input` [rows, inputs]; `result` and `residual` [rows, outputs], contiguous.
    package func apply(
        _ kernels: Kernels,
        to input: NarrowRows,
        rowCount: Int,
        residual: UnsafePointer<Float>?,
        result: UnsafeMutablePointer<Float>
    ) {
        var product = product(of: input, rowCount: rowCount, output: KERNELS_OUTPUT_F32)
        product.residual = residual
        product.result = result
        kernels.table.pointee.gemm_narrow(&product)
    }

    /// The product with its bias in bf16, or its GELU in the format of the input.
    package func apply(
        _ kernels: Kernels,
        to input: NarrowRows,
        rowCount: Int,
        output: kernels_output,
        result: NarrowRows
    ) {
        var product = product(of: input, rowCount: rowCount, output: output)
        product.narrow_result = result.view()
        kernels.table.pointee.gemm_narrow(&product)
    }

    private func product(
        of input: NarrowRows,
        rowCount: Int,
        output: kernels_output
    ) -> kernels_narrow_gemm {
        var product = kernels_narrow_gemm()
        product.rows = rowCount
        product.left = input.view()
        product.right = UnsafePointer(weights)
        product.output = output
        return product
    }

    /// `count` rounded up to a whole panel.
    package static func paddedCount(_ count: Int) -> Int {
        let width = Int(KERNELS_PANEL_WIDTH)
        return (count + width - 1) / width * width
    }

    /// The largest group of a product's results that can share a scale.
    package static func widestGroup(ofWidth width: Int) -> Int {
        let panel = Int(KERNELS_PANEL_WIDTH)
        let stride = paddedCount(width)
        let limit = Int(KERNELS_WIDEST_GROUP)
        return Swift.stride(from: limit, to: panel, by: -panel)
            .first { stride.isMultiple(of: $0) } ?? panel
    }
}

extension LayerNorm {
    /// Normalizes `rowCount` contiguous rows in place, and puts them in a narrow format too.
    package func apply(
        _ kernels: Kernels,
        to rows: UnsafeMutablePointer<Float>,
        rowCount: Int,
        narrowed: NarrowRows
    ) {
        var view = narrowed.view()
        kernels.table.pointee.layer_norm_narrow(
            rows,
            rowCount,
            gain.count,
            gain.pointer,
            bias.pointer,
            epsilon,
            &view
        )
    }
}
