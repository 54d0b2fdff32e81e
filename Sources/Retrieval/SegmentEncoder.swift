public import BlockStorage
internal import CKernels
public import Tensors

/// Makes the vectors of segments anew, for a store that keeps none because it costs so little.
public protocol SegmentEncoder: Sendable {
    /// The unit vectors of the segments of each block, by the store's encoder.
    ///
    /// - Shapes: for each block, in their order, [segments, width].
    func vectors(ofSegmentsIn blocks: [BlockRecord]) -> [Tensor<Float>]
}

extension CandidatePool {
    /// Gives the blocks whose vectors are not in the store the cosines of their segments with a question.
    ///
    /// - Complexity: O(their text).
    mutating func encodeSegments(
        by encoder: any SegmentEncoder,
        question: [Float],
        fusion: Fusion
    ) {
        let missing = blocks.indices.filter {
            blocks[$0].similarities == nil && !blocks[$0].content.record.hasConcepts
        }
        guard !missing.isEmpty else { return }
        let encoded = encoder.vectors(ofSegmentsIn: missing.map { blocks[$0].content.record })
        for (index, vectors) in zip(missing, encoded) where vectors.width == question.count {
            var cosines = [Float](repeating: 0, count: vectors.rowCount)
            kernels_scan_f32(question, vectors.elements, vectors.rowCount, vectors.width, &cosines)
            blocks[index].take(segments: cosines)
            blocks[index].fuse(by: fusion)
        }
        sort()
    }
}
