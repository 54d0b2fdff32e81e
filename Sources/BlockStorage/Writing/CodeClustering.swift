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

    /// Begins with `centroids` [lists, width rounded up to a multiple of 16].
    init(centroids: [Float], scalarCount: Int) {
        self.centroids = centroids
        self.scalarCount = scalarCount
        width = CodeTiles.paddedWidth(scalarCount)
    }

    /// Puts each row to the nearest centroid, then moves the centroids to the means of their rows.
    ///
    /// Of many lists those of the families nearest to the row are looked at. Everything is summed in the
    /// order of the rows, so that the result is the same on every machine.
    ///
    /// - Parameters:
    ///   - rowCount: How many rows there are.
    ///   - decode: Writes a row as floats.
    /// - Complexity: O(rows · lists · width), of 4,096 lists a tenth of that.
    mutating func step(rowCount: Int, decode: ListFamilies.Decode) {
        let families = ListFamilies(
            .best,
            centroids: centroids,
            width: width,
            scalarCount: scalarCount
        )
        lists = families.nearestLists(rowCount: rowCount, decode: decode)
        let row = AlignedFloats(count: width)
        var sums = [Float](repeating: 0, count: centroids.count)
        var counts = [Int](repeating: 0, count: centroids.count / width)
        sums.withUnsafeMutableBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            for (index, list) in lists.enumerated() {
                decode(index, row.pointer)
                counts[list] += 1
                kernels_add_scaled_f32(sums + list * width, row.pointer, 1, width)
            }
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
        let outer = CodeClustering.gathering(centroids, size: fewest, scalarCount: scalarCount)
        let members = outer.members()
        return outer.similarityOrder().flatMap { members[$0] }
    }

    /// Unit vectors, [rows, width rounded up to a multiple of 16], in lists of `size` by the average: three
    /// steps that begin with every `size`th.
    static func gathering(_ vectors: [Float], size: Int, scalarCount: Int) -> CodeClustering {
        let width = CodeTiles.paddedWidth(scalarCount)
        let rowCount = vectors.count / width
        func vector(_ row: Int) -> ArraySlice<Float> {
            vectors[(row * width)..<((row + 1) * width)]
        }
        var clustering = CodeClustering(
            centroids: (0..<(rowCount / size)).flatMap { vector($0 * size + size / 2) },
            scalarCount: scalarCount
        )
        for _ in 0..<3 {
            clustering.step(rowCount: rowCount) { row, values in
                _ = UnsafeMutableBufferPointer(start: values, count: width)
                    .update(from: vector(row))
            }
        }
        return clustering
    }

    /// The rows of each list, ascending.
    func members() -> [[Int]] {
        var members = [[Int]](repeating: [], count: centroids.count / width)
        for (row, list) in lists.enumerated() { members[list].append(row) }
        return members
    }

    /// The centroid of a list, [scalars of the store].
    func centroid(_ list: Int) -> [Float] {
        Array(centroids[(list * width)..<(list * width + scalarCount)])
    }
}
