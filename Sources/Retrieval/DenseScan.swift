import BlockStorage
internal import CKernels

/// One pass over a store's landmarks.
struct DenseScan {
    /// The blocks whose landmarks are nearest, nearest first.
    let nearest: [LandmarkScan.Neighbour]
    /// How the cosines of all blocks in the scope lie.
    let moments: ScoreMoments

    /// Multiplies the landmarks of the blocks of `scope` with a question's unit vector.
    ///
    /// - Throws: `StoreError` if a group is damaged.
    /// - Complexity: O(blocks · width).
    init(
        question: [Float],
        count: Int,
        scope: BlockScope,
        in transaction: borrowing ReadTransaction
    ) throws {
        var best = TopList<LandmarkScan.Neighbour>(capacity: count)
        var moments = ScoreMoments()
        var products: [Float] = []
        for group in try transaction.landmarkGroups() {
            let endBlock = group.firstBlock + UInt64(group.rowCount)
            let parts = scope.parts(in: group.firstBlock..<endBlock)
            guard !parts.isEmpty else { continue }
            LandmarkScan.multiply(group, by: question, into: &products)
            for block in parts.joined() {
                let row = Int(block - group.firstBlock)
                guard group.isValid(row) else { continue }
                let similarity = products[row]
                moments.add(similarity)
                guard best.accepts(similarity, block: block) else { continue }
                let neighbour = LandmarkScan.Neighbour(block: block, similarity: similarity)
                best.offer(neighbour, key: similarity, block: block)
            }
        }
        nearest = best.elements
        self.moments = moments
    }

    /// The cosine of a block's landmark with a question's unit vector, if it has one.
    static func similarity(
        ofBlock block: UInt64,
        to question: [Float],
        in transaction: borrowing ReadTransaction
    ) throws(StoreError) -> Float? {
        try transaction.landmark(ofBlock: block).map {
            kernels_dot_f32(question, $0, question.count)
        }
    }
}
