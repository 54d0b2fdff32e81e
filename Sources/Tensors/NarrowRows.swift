package import CKernels

/// Activations in a narrow format: bf16, or bytes with scales.
///
/// - Concurrency: not guarded; owned by one thread at a time.
package final class NarrowRows: Sendable {
    private let format: kernels_format
    private let stride: Int
    private let group: Int
    private let elementSize: Int
    private let elements: AlignedBytes
    private let scales: AlignedFloats
    private let offsets: AlignedFloats

    /// Room for `rowCount` rows of `width` elements, of which `group` share a scale in int8.
    ///
    /// - Precondition: `group` divides the width rounded up to a multiple of 64.
    package init(
        _ kernels: Kernels,
        _ format: kernels_format,
        rowCount: Int,
        width: Int,
        group: Int? = nil
    ) {
        self.format = format
        stride = NarrowLayer.paddedCount(width)
        self.group = group ?? stride
        precondition(stride.isMultiple(of: self.group), "whole groups")
        let isInt8 = format == KERNELS_FORMAT_I8
        elementSize = isInt8 ? 1 : kernels.table.pointee.half_size
        elements = AlignedBytes(count: rowCount * stride * elementSize)
        scales = AlignedFloats(count: isInt8 ? rowCount * stride / self.group : 0)
        offsets = AlignedFloats(count: isInt8 ? rowCount : 0)
    }

    /// The rows from `row` on, for the kernels.
    package func view(from row: Int = 0) -> kernels_narrow_rows {
        kernels_narrow_rows(
            format: format,
            stride: stride,
            group: group,
            elements: elements.pointer + row * stride * elementSize,
            scales: scales.pointer + row * (stride / group),
            offsets: offsets.pointer + row
        )
    }

    /// Fills rows from `row` on with `rowCount` contiguous rows of floats.
    package func fill(
        _ kernels: Kernels,
        from rows: UnsafePointer<Float>,
        rowCount: Int,
        width: Int,
        at row: Int
    ) {
        var view = view(from: row)
        kernels.table.pointee.narrow_f32(rows, rowCount, width, &view)
    }
}
