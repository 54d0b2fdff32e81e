internal import CKernels

/// Lets alike blocks share their scores, since relevant blocks are alike.
///
///     score′(i) = (score(i) + w · Σⱼ cosᵖ(i, j) · score(j)) / (1 + w · Σⱼ cosᵖ(i, j))
///
/// over the nearest neighbours j of i among the candidates.
///
/// - Source: Diaz 2005, "Regularizing ad hoc retrieval scores".
package enum ClusterSmoothing {
    /// Smooths the scores of blocks.
    ///
    /// - Parameters:
    ///   - scores: The blocks' scores.
    ///   - landmarks: Their landmarks, unit vectors of one width; a block without one keeps its score
    ///     and lends it to none.
    ///   - configuration: How much the neighbours count.
    /// - Returns: A score for each block.
    /// - Complexity: O(blocks² · width).
    package static func smoothed(
        _ scores: [Float],
        landmarks: [[Float]?],
        by configuration: RetrieverConfiguration.Clustering
    ) -> [Float] {
        guard configuration.neighbourCount > 0, configuration.weight > 0 else { return scores }
        let rows = landmarks.indices.filter { landmarks[$0] != nil }
        let matrix = rows.flatMap { landmarks[$0] ?? [] }
        guard let width = rows.first.flatMap({ landmarks[$0]?.count }) else { return scores }
        var result = scores
        var cosines = [Float](repeating: 0, count: rows.count)
        for (place, row) in rows.enumerated() {
            guard let vector = landmarks[row] else { continue }
            kernels_scan_f32(vector, matrix, rows.count, width, &cosines)
            var nearest = TopList<Int>(capacity: configuration.neighbourCount)
            for other in rows.indices where other != place {
                nearest.offer(other, key: cosines[other], block: UInt64(other))
            }
            var (sum, total): (Float, Float) = (scores[row], 1)
            for other in nearest.elements where cosines[other] > 0 {
                var power: Float = 1
                for _ in 0..<configuration.power { power *= cosines[other] }
                let weight = configuration.weight * power
                sum += weight * scores[rows[other]]
                total += weight
            }
            result[row] = sum / total
        }
        return result
    }
}
