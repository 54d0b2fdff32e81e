internal import CKernels
internal import Tensors

/// The search for the keys of a head that some queries find most alike, by way of few of them.
///
/// A stage cuts what is left into chunks. In each it looks for the most alike key by halves: of both
/// it asks the first key and goes on with the better half, until one key is left; that one stands for
/// the chunk, and the chunks with the best go to the next stage. Neighbouring keys are taken to be alike.
/// - Complexity: O(keys / chunkLength · log chunkLength · queries) for the first stage.
/// - Source: Lee et al. 2024 (HiP), arXiv:2406.09827, and 2025 (InfiniteHiP), arXiv:2502.08910: the
///   pruning stages.
struct HiPSearch {
    let kernels: Kernels
    let history: KeyHistory
    let head: Int
    let headSize: Int
    /// Queries [count, headSize], one after another.
    let queries: [Float]

    /// Positions among some that are attended to, in order.
    func positions(among range: Range<Int>, _ stages: [HiPConfiguration.Stage]) -> [Int] {
        var parts = [range]
        for stage in stages {
            let chunks = parts.flatMap { part in
                stride(from: part.lowerBound, to: part.upperBound, by: stage.chunkLength).map {
                    $0..<min($0 + stage.chunkLength, part.upperBound)
                }
            }
            let wanted = stage.keptCount / stage.chunkLength
            guard chunks.count > wanted else {
                parts = chunks
                continue
            }
            let scores = chunks.map(score)
            let best = chunks.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
            parts = best.prefix(wanted).sorted().map { chunks[$0] }
        }
        return parts.flatMap { Array($0) }
    }

    /// How alike the key is that stands for a chunk.
    private func score(_ chunk: Range<Int>) -> Float {
        var (chunk, best) = (chunk, likeness(chunk.lowerBound))
        while chunk.count > 1 {
            let middle = chunk.lowerBound + chunk.count / 2
            let right = likeness(middle)
            if right > best {
                (chunk, best) = (middle..<chunk.upperBound, right)
            } else {
                chunk = chunk.lowerBound..<middle
            }
        }
        return best
    }

    /// The greatest product of a key and a query.
    private func likeness(_ position: Int) -> Float {
        let count = queries.count / headSize
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { products in
            kernels.table.pointee.scan_f32(
                history.key(head, at: position),
                queries,
                count,
                headSize,
                products.baseAddress
            )
            return products.prefix(count).max() ?? 0
        }
    }
}
