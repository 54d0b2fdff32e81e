internal import CKernels
internal import Tensors

/// The mean of what a BERT encoder's last layer gives, without its product for each row.
///
/// A row becomes (y − mean y) / σ · gain + bias with y = W a + b + h, where a is what was activated and h the
/// residual. Of the mean over rows only Σ y / σ matters, and W comes out of the sum:
///
///     Σ y / σ = W Σ a / σ + b Σ 1 / σ + Σ h / σ
///
/// So a row is needed for its σ alone, the length of y − mean y, and that is taken from `directionCount` products
/// instead of one for each of its elements. Some are the elements that W makes largest. The others are sums
/// of all other elements under signs, whose squares have the mean of those of the elements. How far off these are for h,
/// whose length is known, says half of how far off they are for y.
/// - Source: signs for lengths: Achlioptas 2003, Database-friendly random projections, §3.
struct MeanOutput: Sendable {
    /// [directions, hidden], over the residual.
    private let ofResidual: NarrowLayer
    /// [directions, intermediate], over what was activated.
    private let ofActivated: NarrowLayer
    /// [hidden, intermediate], without its bias.
    private let output: LinearLayer
    /// [hidden], of the output.
    private let bias: [Float]
    private let norm: LayerNorm

    /// How many products a row's length is taken from, one panel or three of the kernels: about as few as keep
    /// the cosine of the format of the layers before.
    static func directionCount(_ format: kernels_format) -> Int {
        let panel = Int(KERNELS_PANEL_WIDTH)
        return format == KERNELS_FORMAT_I8 ? panel : 3 * panel
    }

    private let directionCount: Int
    /// How many of them are elements of the row.
    private static let elementCount = 8

    /// Packs the last layer's output.
    init(_ weights: BertWeights.Layer, _ packing: NarrowPacking) {
        let plain = weights.output
        directionCount = Self.directionCount(packing.format)
        let directions = Self.directions(of: plain, count: directionCount)
        output = LinearLayer(plain.unbiased)
        bias = plain.bias
        norm = weights.outputNorm
        ofResidual = packing.bytes.layer(
            LinearWeights(directions, bias: Array(repeating: 0, count: directionCount)),
            nil
        )
        ofActivated = packing.bytes.layer(
            plain.projected(on: directions, packing.kernels),
            nil,
            group: NarrowLayer.widestGroup(ofWidth: plain.inputCount)
        )
    }

    /// The sums of the rows of each sequence.
    ///
    /// - Shapes: [sequences, hidden].
    func sums(
        _ kernels: Kernels,
        of sequences: [Range<Int>],
        hidden: UnsafePointer<Float>,
        _ buffers: NarrowBuffers
    ) -> [Float] {
        findFactors(
            kernels,
            rowCount: sequences.last?.upperBound ?? 0,
            hidden: hidden,
            buffers
        )
        let (width, wideWidth) = (output.outputCount, output.inputCount)
        let (activated, sums) = (buffers.mean.activated.pointer, buffers.mean.sums.pointer)
        activated.update(repeating: 0, count: sequences.count * wideWidth)
        sums.update(repeating: 0, count: sequences.count * width)
        for (index, sequence) in sequences.enumerated() {
            let factors = buffers.mean.factors.pointer + sequence.lowerBound
            var rows = buffers.wide(KERNELS_FORMAT_I8).view(from: sequence.lowerBound)
            kernels.table.pointee.add_scaled_bytes(
                activated + index * wideWidth,
                &rows,
                factors,
                sequence.count,
                wideWidth
            )
            kernels.table.pointee.add_scaled_rows_f32(
                sums + index * width,
                hidden + sequence.lowerBound * width,
                factors,
                sequence.count,
                width
            )
        }
        output.apply(
            kernels,
            to: activated,
            rowCount: sequences.count,
            residual: sums,
            result: sums
        )
        for (index, sequence) in sequences.enumerated() {
            finish(sums + index * width, sequence, factors: buffers.mean.factors.pointer)
        }
        return Array(UnsafeBufferPointer(start: sums, count: sequences.count * width))
    }

    /// Adds the biases to the sum of a sequence's rows, and takes their means from it.
    private func finish(
        _ sum: UnsafeMutablePointer<Float>,
        _ sequence: Range<Int>,
        factors: UnsafePointer<Float>
    ) {
        let width = output.outputCount
        let total = sequence.reduce(0) { $0 + factors[$1] }
        for column in 0..<width { sum[column] += total * bias[column] }
        let mean = (0..<width).reduce(0) { $0 + sum[$1] } / Float(width)
        for column in 0..<width {
            let gained = (sum[column] - mean) * norm.gain.pointer[column]
            sum[column] = gained + Float(sequence.count) * norm.bias.pointer[column]
        }
    }

    /// 1 / σ of each row.
    private func findFactors(
        _ kernels: Kernels,
        rowCount: Int,
        hidden: UnsafePointer<Float>,
        _ buffers: NarrowBuffers
    ) {
        let residual = buffers.mean.residualProducts.pointer
        let rows = buffers.mean.rowProducts.pointer
        ofResidual.apply(
            kernels,
            to: buffers.input(KERNELS_FORMAT_I8),
            rowCount: rowCount,
            residual: nil,
            result: residual
        )
        ofActivated.apply(
            kernels,
            to: buffers.wide(KERNELS_FORMAT_I8),
            rowCount: rowCount,
            residual: residual,
            result: rows
        )
        for row in 0..<rowCount {
            let start = row * directionCount
            let known = squares(kernels, residual + start)
            let asked = squares(kernels, rows + start)
            let variance = variance(kernels, hidden + row * output.outputCount)
            let ratio = (variance - known.elements) / known.signs
            let correction = ratio > 0 && ratio.isFinite ? ratio.squareRoot() : 1
            let square = asked.elements + correction * asked.signs
            buffers.mean.factors.pointer[row] = 1 / (square + norm.epsilon).squareRoot()
        }
    }

    /// The sums of the squares of a row's products: those that are elements, and those under signs.
    private func squares(
        _ kernels: Kernels,
        _ row: UnsafePointer<Float>
    ) -> (elements: Float, signs: Float) {
        let count = Self.elementCount
        let signs = row + count
        return (
            kernels.table.pointee.dot_f32(row, row, count),
            kernels.table.pointee.dot_f32(signs, signs, directionCount - count)
        )
    }

    private func variance(_ kernels: Kernels, _ row: UnsafePointer<Float>) -> Float {
        var (sum, squares) = (0.0, 0.0)
        kernels.table.pointee.moments_f32(row, output.outputCount, &sum, &squares)
        let mean = sum / Double(output.outputCount)
        return Float(squares / Double(output.outputCount) - mean * mean)
    }

    /// What rows are multiplied with, [directions, hidden]: the squares of the products sum to about the row's variance.
    private static func directions(of weights: LinearWeights, count directionCount: Int) -> [Float]
    {
        let width = weights.outputCount
        let elements = weights.largestOutputs(elementCount)
        let scale = 1 / Float(width).squareRoot()
        let signScale = scale / Float(directionCount - elementCount).squareRoot()
        var directions: [Float] = []
        for direction in 0..<directionCount {
            var row = [Float](repeating: 0, count: width)
            if direction < elementCount {
                row[elements[direction]] = scale
            } else {
                // Rows of a Hadamard matrix, nearly orthogonal to each other, with columns flipped.
                let index = direction - elementCount + 1
                for column in 0..<width where !elements.contains(column) {
                    let isOdd = (column & index).nonzeroBitCount % 2 == 1
                    row[column] = isOdd == isFlipped(column) ? signScale : -signScale
                }
            }
            let mean = row.reduce(0, +) / Float(width)
            directions += row.map { $0 - mean }
        }
        return directions
    }

    /// A sign by chance for each column, the same in every process: a bit of SplitMix64's mixture.
    private static func isFlipped(_ column: Int) -> Bool {
        var mixed = UInt64(column + 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed >> 63 == 1
    }
}
