import CKernels
import Tensors

/// Finds the list of each row.
///
/// Many lists are first gathered into families of alike ones, and a row is multiplied with the lists of the
/// families nearest to it alone.
struct ListFamilies {
    /// Writes row `index` as floats, [width].
    typealias Decode = (Int, UnsafeMutablePointer<Float>) -> Void

    private struct Family {
        /// Which lists, ascending.
        let lists: [Int]
        let centroids: NarrowLayer
    }

    private let kernels: Kernels
    private let width: Int
    private let families: [Family]
    /// The families' centroids; nil if all lists are one family.
    private let centroids: NarrowLayer?

    /// Lists in a family, by the average: a panel of the kernels has room for 64.
    private static let familySize = 48
    /// Up to so many lists are one family.
    private static let fewLists = 512
    /// The families whose lists are looked at for a row.
    private static let familiesPerRow = 6
    /// Rows that are multiplied at once: results for 512 lists fit the second-level cache.
    private static let batchRows = 48

    /// The families of `centroids` [lists, width].
    init(_ kernels: Kernels, centroids: [Float], width: Int, scalarCount: Int) {
        self.kernels = kernels
        self.width = width
        let listCount = centroids.count / width
        func rows(_ lists: [Int]) -> [Float] {
            lists.flatMap { centroids[($0 * width)..<(($0 + 1) * width)] }
        }
        var members = [Array(0..<listCount)]
        var means: [Float]?
        if listCount > ListFamilies.fewLists {
            let outer = CodeClustering.gathering(
                centroids,
                size: ListFamilies.familySize,
                scalarCount: scalarCount
            )
            // A family without lists would be looked at for nothing.
            let kept = outer.members().enumerated().filter { !$0.element.isEmpty }
            members = kept.map(\.element)
            means = kept.flatMap { family, _ in
                outer.centroids[(family * width)..<((family + 1) * width)]
            }
        }
        families = members.map { lists in
            Family(lists: lists, centroids: ListFamilies.layer(kernels, rows(lists), width))
        }
        self.centroids = means.map { ListFamilies.layer(kernels, $0, width) }
    }

    private static func layer(_ kernels: Kernels, _ rows: [Float], _ width: Int) -> NarrowLayer {
        NarrowLayer(
            kernels,
            format: KERNELS_FORMAT_I8,
            weights: LinearWeights(rows, bias: [Float](repeating: 0, count: rows.count / width))
        )
    }

    /// The list with the largest product for each row, of those that are looked at.
    func nearestLists(rowCount: Int, decode: Decode) -> [Int] {
        var nearest = [Int](repeating: 0, count: rowCount)
        var largest = [Float](repeating: -.infinity, count: rowCount)
        for (family, rows) in zip(families, rowsByFamily(rowCount: rowCount, decode: decode)) {
            let lists = family.lists
            multiply(rows, with: family.centroids, lists.count, decode) { row, products in
                let best = kernels.table.pointee.largest_f32(products, lists.count)
                guard products[best] > largest[row] else { return }
                (nearest[row], largest[row]) = (lists[best], products[best])
            }
        }
        return nearest
    }

    /// For each family the rows, ascending, to which it is among the nearest.
    private func rowsByFamily(rowCount: Int, decode: Decode) -> [[UInt32]] {
        let all = Array(0..<UInt32(rowCount))
        guard let centroids else { return [all] }
        var rows = [[UInt32]](repeating: [], count: families.count)
        multiply(all, with: centroids, families.count, decode) { row, products in
            for _ in 0..<min(ListFamilies.familiesPerRow, families.count) {
                let family = kernels.table.pointee.largest_f32(products, families.count)
                rows[family].append(UInt32(row))
                products[family] = -.infinity
            }
        }
        return rows
    }

    /// Gives each of the rows with its products with `count` centroids to `body`, which may change them.
    private func multiply(
        _ rows: [UInt32],
        with centroids: NarrowLayer,
        _ count: Int,
        _ decode: Decode,
        _ body: (Int, UnsafeMutablePointer<Float>) -> Void
    ) {
        let batchRows = ListFamilies.batchRows
        let values = AlignedFloats(count: batchRows * width)
        let narrow = NarrowRows(kernels, KERNELS_FORMAT_I8, rowCount: batchRows, width: width)
        let products = AlignedFloats(count: batchRows * count)
        for start in stride(from: 0, to: rows.count, by: batchRows) {
            let batch = rows[start..<min(start + batchRows, rows.count)]
            for (index, row) in batch.enumerated() {
                decode(Int(row), values.pointer + index * width)
            }
            narrow.fill(kernels, from: values.pointer, rowCount: batch.count, width: width, at: 0)
            centroids.apply(
                kernels,
                to: narrow,
                rowCount: batch.count,
                residual: nil,
                result: products.pointer
            )
            for (index, row) in batch.enumerated() {
                body(Int(row), products.pointer + index * count)
            }
        }
    }
}
