import CKernels
import Tensors

/// Rows of codes gathered into lists of alike ones: spherical k-means.
///
/// The centroids begin as those of the runs whose rows these are, so that each merge is one more step
/// of the same k-means over a longer stretch of the stream (Routing Transformers' online k-means; Roy
/// et al. 2021, arXiv:2003.05997, §4.1, where the centroids move with each batch).
struct CodeClustering {
    /// The unit centroids, [lists, width].
    private(set) var centroids: [Float]
    /// The length of the mean of each list's rows; 0 where it has none.
    private(set) var meanLengths: [Float] = []
    /// The list of each row.
    private(set) var lists: [Int] = []

    /// Scalars in a row, a multiple of 16, of which those beyond the store's count for nothing.
    private let width: Int
    private let scalarCount: Int

    /// Rows that are multiplied at once: results for 4,096 lists fit the second-level cache.
    private static let batchRows = 48

    /// Begins with `centroids` [lists, width rounded up to a multiple of 16].
    init(centroids: [Float], scalarCount: Int) {
        self.centroids = centroids
        self.scalarCount = scalarCount
        width = CodeTiles.paddedWidth(scalarCount)
    }

    /// Puts each row to the nearest centroid, then moves the centroids to the means of their rows.
    ///
    /// Everything is summed in the order of the rows, so that the result is the same on every machine.
    ///
    /// - Parameters:
    ///   - rowCount: How many rows there are.
    ///   - decode: Writes a row as floats.
    /// - Complexity: O(rows · lists · width).
    mutating func step(rowCount: Int, decode: (Int, UnsafeMutablePointer<Float>) -> Void) {
        let kernels = Kernels.best
        let listCount = centroids.count / width
        let layer = NarrowLayer(
            kernels,
            format: KERNELS_FORMAT_I8,
            weights: centroids,
            bias: [Float](repeating: 0, count: listCount)
        )
        let rows = AlignedFloats(count: CodeClustering.batchRows * width)
        let narrow = NarrowRows(
            KERNELS_FORMAT_I8,
            rowCount: CodeClustering.batchRows,
            width: width
        )
        let products = AlignedFloats(count: CodeClustering.batchRows * listCount)
        var sums = [Float](repeating: 0, count: centroids.count)
        var counts = [Int](repeating: 0, count: listCount)
        lists = []
        lists.reserveCapacity(rowCount)
        var first = 0
        while first < rowCount {
            let count = min(CodeClustering.batchRows, rowCount - first)
            for row in 0..<count { decode(first + row, rows.pointer + row * width) }
            narrow.fill(kernels, from: rows.pointer, rowCount: count, width: width, at: 0)
            layer.apply(
                kernels,
                to: narrow,
                rowCount: count,
                residual: nil,
                result: products.pointer
            )
            sums.withUnsafeMutableBufferPointer { sums in
                guard let sums = sums.baseAddress else { return }
                for row in 0..<count {
                    let list = kernels.table.pointee.largest_f32(
                        products.pointer + row * listCount,
                        listCount
                    )
                    lists.append(list)
                    counts[list] += 1
                    kernels_add_scaled_f32(
                        sums + list * width,
                        rows.pointer + row * width,
                        1,
                        width
                    )
                }
            }
            first += count
        }
        move(to: sums, counts)
    }

    private mutating func move(to sums: [Float], _ counts: [Int]) {
        meanLengths = [Float](repeating: 0, count: counts.count)
        for list in counts.indices where counts[list] > 0 {
            let start = list * width
            var mean = Array(sums[start..<(start + scalarCount)])
            let length = kernels_dot_f32(mean, mean, mean.count).squareRoot()
            guard length > 0, length.isFinite else { continue }
            meanLengths[list] = length / Float(counts[list])
            for index in mean.indices { mean[index] /= length }
            centroids.replaceSubrange(start..<(start + scalarCount), with: mean)
        }
    }

    /// The lists in an order in which alike ones stand together, so that what a question reads lies
    /// together: lists are gathered into lists of lists, and those put in such an order themselves.
    func similarityOrder() -> [Int] {
        let listCount = centroids.count / width
        let fewest = 8
        guard listCount > fewest else { return Array(0..<listCount) }
        let seeds = (0..<(listCount / fewest)).flatMap { index in
            let list = index * fewest + fewest / 2
            return centroids[(list * width)..<((list + 1) * width)]
        }
        var outer = CodeClustering(centroids: seeds, scalarCount: scalarCount)
        centroids.withUnsafeBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for _ in 0..<3 {
                outer.step(rowCount: listCount) { list, values in
                    values.update(from: base + list * width, count: width)
                }
            }
        }
        var members = [[Int]](repeating: [], count: listCount / fewest)
        for (list, group) in outer.lists.enumerated() { members[group].append(list) }
        return outer.similarityOrder().flatMap { members[$0] }
    }

    /// The centroid of a list, [scalars of the store].
    func centroid(_ list: Int) -> [Float] {
        Array(centroids[(list * width)..<(list * width + scalarCount)])
    }
}
