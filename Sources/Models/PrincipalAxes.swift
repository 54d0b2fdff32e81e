internal import Tensors

/// The directions in which rows vary, and how much: the eigenvectors of their covariance.
package struct PrincipalAxes {
    /// The mean row, [width].
    let mean: [Double]
    /// The variance along each axis, [width], in falling order.
    let variances: [Double]
    /// The axes, [axes, width], of length 1 each, in the order of the variances.
    ///
    /// The largest element of each is positive, so that the same rows give the same axes everywhere.
    let axes: [Double]

    /// The axes of the chosen rows of `rows` [rows, width], of which there is at least one.
    init(of rows: AlignedFloats, width: Int, chosen: [Int], pool: ComputePool) {
        mean = Self.mean(of: rows, width: width, chosen: chosen)
        let covariance = Self.covariance(
            of: rows,
            width: width,
            chosen: chosen,
            mean: mean,
            pool: pool
        )
        let (values, vectors) = Self.eigen(covariance, size: width)
        let order = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
        variances = order.map { max(0, values[$0]) }
        axes = order.flatMap { index in
            let axis = vectors[(index * width)..<((index + 1) * width)]
            let largest = axis.max { abs($0) < abs($1) } ?? 0
            return axis.map { largest < 0 ? -$0 : $0 }
        }
    }

    private static func mean(of rows: AlignedFloats, width: Int, chosen: [Int]) -> [Double] {
        var sums = [Double](repeating: 0, count: width)
        for row in chosen {
            let values = rows.pointer + row * width
            for element in 0..<width { sums[element] += Double(values[element]) }
        }
        return sums.map { $0 / Double(chosen.count) }
    }

    /// Σ (x − mean) · (x − mean)ᵀ / (count − 1), summed in the order of the rows by every thread.
    private static func covariance(
        of rows: AlignedFloats,
        width: Int,
        chosen: [Int],
        mean: [Double],
        pool: ComputePool
    ) -> [Double] {
        let result = RowBuffer<Double>(count: width * width, repeating: 0)
        let share = 1 / Double(max(1, chosen.count - 1))
        // Sixteen lines of the result stay in the cache while the rows go by.
        pool.parallelFor(count: width, grain: 16) { lines in
            var sums = [Double](repeating: 0, count: lines.count * width)
            var centred = [Double](repeating: 0, count: width)
            sums.withUnsafeMutableBufferPointer { sums in
                for row in chosen {
                    let values = rows.pointer + row * width
                    for element in 0..<width {
                        centred[element] = Double(values[element]) - mean[element]
                    }
                    centred.withUnsafeBufferPointer { centred in
                        for (index, line) in lines.enumerated() {
                            let factor = centred[line]
                            for element in 0..<width {
                                sums[index * width + element] += factor * centred[element]
                            }
                        }
                    }
                }
            }
            result.set(sums.map { $0 * share }, at: lines.lowerBound * width)
        }
        return result.values()
    }

    /// The eigenvalues of a symmetric matrix [size, size] and its eigenvectors, one a row.
    ///
    /// - Complexity: O(size³) a sweep, about ten sweeps.
    /// - Source: Jacobi's cyclic method; Golub and Van Loan, "Matrix Computations", 8.5.
    package static func eigen(
        _ matrix: [Double],
        size: Int
    ) -> (values: [Double], vectors: [Double]) {
        var a = matrix
        var vectors = [Double](repeating: 0, count: size * size)
        for index in 0..<size { vectors[index * size + index] = 1 }
        let scale = a.reduce(0) { max($0, abs($1)) }
        // Well above the rounding of a sum of elements, or it would never end.
        let negligible = scale * 1e-14
        for _ in 0..<60 {
            var isDiagonal = true
            a.withUnsafeMutableBufferPointer { a in
                vectors.withUnsafeMutableBufferPointer { vectors in
                    for p in 0..<size {
                        for q in (p + 1)..<size where abs(a[p * size + q]) > negligible {
                            isDiagonal = false
                            let (c, s) = rotation(a[p * size + p], a[p * size + q], a[q * size + q])
                            rotate(a, p * size, q * size, by: (c, s), step: 1, size)
                            rotate(a, p, q, by: (c, s), step: size, size)
                            rotate(vectors, p * size, q * size, by: (c, s), step: 1, size)
                        }
                    }
                }
            }
            if isDiagonal { break }
        }
        return ((0..<size).map { a[$0 * size + $0] }, vectors)
    }

    /// Cosine and sine of the turn that makes the off-diagonal element `pq` vanish.
    private static func rotation(_ pp: Double, _ pq: Double, _ qq: Double) -> (Double, Double) {
        let tau = (qq - pp) / (2 * pq)
        let tangent = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        return (cosine, tangent * cosine)
    }

    @inline(__always)
    private static func rotate(
        _ matrix: UnsafeMutableBufferPointer<Double>,
        _ first: Int,
        _ second: Int,
        by turn: (cosine: Double, sine: Double),
        step: Int,
        _ count: Int
    ) {
        for index in 0..<count {
            let (x, y) = (matrix[first + index * step], matrix[second + index * step])
            matrix[first + index * step] = turn.cosine * x - turn.sine * y
            matrix[second + index * step] = turn.sine * x + turn.cosine * y
        }
    }
}
