package import BlockStorage
internal import CKernels

/// The exact search for landmarks: every row is multiplied with the question as it lies in the map.
package enum LandmarkScan {
    /// A block and the cosine of its landmark.
    package struct Neighbour: Sendable, Equatable {
        /// The block.
        package let block: UInt64
        /// The cosine.
        package let similarity: Float
    }

    /// The `count` blocks whose landmarks are nearest to a vector, nearest first.
    ///
    /// Of equal ones the lower block comes first.
    ///
    /// - Throws: `RetrievalError.wrongWidth`, or `StoreError` if a group is damaged.
    /// - Complexity: O(blocks · width).
    package static func nearest(
        _ count: Int,
        to vector: [Float],
        in transaction: borrowing ReadTransaction
    ) throws -> [Neighbour] {
        guard let question = try unit(vector, width: transaction.settings.vectorWidth) else {
            return []
        }
        let scope = BlockScope(allBut: try transaction.hiddenBlocks())
        var best = TopList<Neighbour>(capacity: count)
        var products: [Float] = []
        for group in try transaction.landmarkGroups() {
            multiply(group, by: question, into: &products)
            let end = group.firstBlock + UInt64(group.rowCount)
            for block in scope.parts(in: group.firstBlock..<end).joined() {
                let row = Int(block - group.firstBlock)
                guard group.isValid(row), best.accepts(products[row], block: block) else {
                    continue
                }
                let neighbour = Neighbour(block: block, similarity: products[row])
                best.offer(neighbour, key: products[row], block: block)
            }
        }
        return best.elements
    }

    /// The products of a group's rows with a question, [group.rowCount].
    static func multiply(
        _ group: LandmarkGroup,
        by question: [Float],
        into products: inout [Float]
    ) {
        if products.count < group.rowCount {
            products = [Float](repeating: 0, count: group.rowCount)
        }
        guard let rows = group.rows.baseAddress, group.rowCount > 0 else { return }
        kernels_scan_f32(question, rows, group.rowCount, group.width, &products)
    }

    /// A vector scaled to length 1, or nil if it has no direction.
    ///
    /// - Throws: `RetrievalError.wrongWidth` if it has not `width` dimensions.
    static func unit(_ vector: [Float], width: Int) throws(RetrievalError) -> [Float]? {
        guard vector.count == width else {
            throw .wrongWidth(expected: width, found: vector.count)
        }
        let length = kernels_dot_f32(vector, vector, vector.count).squareRoot()
        return length > 0 && length.isFinite ? vector.map { $0 / length } : nil
    }
}
