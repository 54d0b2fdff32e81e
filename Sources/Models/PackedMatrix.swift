internal import CKernels
internal import Tensors

/// The rows of a matrix in blocks, sixteen beside each other as the kernels read them, in as many
/// bytes as the file has.
///
/// - Shapes: [outputs, inputs].
final class PackedMatrix: Sendable {
    /// Rows of a panel.
    static let panelRows = 16

    private let matrix: QuantizedMatrix
    private let panelByteCount: Int
    /// All panels; nil if panels are packed as they are needed.
    private let panels: AlignedBytes?

    /// The panels of a matrix, copied if `isCopied`, nil if its format has none.
    init?(_ matrix: QuantizedMatrix, _ pool: ComputePool, isCopied: Bool) {
        panelByteCount = kernels_panel_bytes(matrix.format, matrix.inputCount)
        guard panelByteCount > 0 else { return nil }
        self.matrix = matrix
        guard isCopied else {
            panels = nil
            return
        }
        let panelCount = (matrix.outputCount + Self.panelRows - 1) / Self.panelRows
        let panels = AlignedBytes(uninitializedCount: panelCount * panelByteCount)
        let size = panelByteCount
        pool.parallelFor(count: panelCount, grain: 16) { range in
            for panel in range {
                Self.pack(matrix, panel, to: panels.pointer + panel * size)
            }
        }
        self.panels = panels
        matrix.release()
    }

    /// Products of some rows, which begin with a panel's first.
    func multiply(
        _ kernels: Kernels,
        rows: Range<Int>,
        by input: ByteRows,
        tokenCount: Int,
        isAdded: Bool,
        result: AlignedFloats
    ) {
        var product = kernels_packed_product()
        product.format = matrix.format
        product.panel_bytes = panelByteCount
        product.is_added = isAdded ? 1 : 0
        product.result_stride = matrix.outputCount
        input.set(&product, tokenCount: tokenCount)
        func run(_ rows: Range<Int>, _ panels: UnsafeRawPointer) {
            product.panels = panels
            product.row_count = rows.count
            product.bias = matrix.bias.map { UnsafePointer($0.pointer + rows.lowerBound) }
            product.result = result.pointer + rows.lowerBound
            kernels.table.pointee.multiply_packed(&product)
        }
        if let panels {
            let first = rows.lowerBound / Self.panelRows
            return run(rows, UnsafeRawPointer(panels.pointer) + first * panelByteCount)
        }
        withUnsafeTemporaryAllocation(byteCount: panelByteCount, alignment: 64) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.panelRows) {
                Self.pack(matrix, row / Self.panelRows, to: scratch)
                run(row..<min(row + Self.panelRows, rows.upperBound), scratch)
            }
        }
    }

    private static func pack(
        _ matrix: QuantizedMatrix,
        _ panel: Int,
        to target: UnsafeMutableRawPointer
    ) {
        let first = panel * panelRows
        kernels_pack_blocks(
            matrix.format,
            matrix.bytes(ofRow: first),
            matrix.rowByteCount,
            min(panelRows, matrix.outputCount - first),
            matrix.inputCount,
            target
        )
    }
}
