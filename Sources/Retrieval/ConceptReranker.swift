import BlockStorage
internal import CKernels

/// The cosines of a block's segments with a question, from the quantized concepts.
enum ConceptReranker {
    /// The cosines of all segments, or nil if the block has no concepts.
    ///
    /// - Complexity: O(segments · width).
    static func similarities(
        ofBlock block: UInt64,
        to question: [Float],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> [Float]? {
        try transaction.withConcepts(ofBlock: block) { concepts in
            var products = [Float](repeating: 0, count: concepts.rowCount)
            guard
                let rows = concepts.rows.baseAddress,
                concepts.width == question.count, concepts.rowCount > 0
            else { return products }
            kernels_scan_f32_i8(question, rows, concepts.rowCount, concepts.width, &products)
            for row in 0..<concepts.rowCount { products[row] *= concepts.scale(row) }
            return products
        }
    }
}
