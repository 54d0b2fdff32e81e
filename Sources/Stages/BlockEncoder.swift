package import BlockStorage
package import Models
internal import Retrieval
package import Tensors

/// Makes the vectors of blocks' segments anew, where an encoder is so fast that a store keeps none.
///
/// - Concurrency: Safe to share.
package struct BlockEncoder: SegmentEncoder {
    private let encoder: any ConceptEncoder

    /// An encoder of blocks, or nil for an encoder whose vectors are in the store.
    package init?(_ encoder: any ConceptEncoder) {
        guard encoder.outrunsStorage else { return nil }
        self.encoder = encoder
    }

    package func vectors(ofSegmentsIn blocks: [BlockRecord]) -> [Tensor<Float>] {
        var texts = BlockTexts()
        let rows = blocks.map { texts.addSegments(of: $0) }
        let vectors = texts.encoded(by: encoder).vectors
        return rows.map { vectors[rows: $0] }
    }
}

/// The texts of blocks in one buffer, as an encoder takes them.
struct BlockTexts {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []

    /// Adds the segments of a block.
    ///
    /// - Returns: The rows of their vectors.
    mutating func addSegments(of block: BlockRecord) -> Range<Int> {
        let (first, start) = (ranges.count, bytes.count)
        bytes += block.bytes
        for index in block.segments.indices {
            let range = block.localRange(ofSegment: index)
            ranges.append((start + range.lowerBound)..<(start + range.upperBound))
        }
        return first..<ranges.count
    }

    /// Adds the outline paths of a block.
    ///
    /// - Returns: The rows of their vectors.
    mutating func addPaths(of block: BlockRecord) -> Range<Int> {
        let first = ranges.count
        for path in block.paths {
            let start = bytes.count
            bytes += EmbedStage.text(ofPath: path).utf8
            ranges.append(start..<bytes.count)
        }
        return first..<ranges.count
    }

    /// Their vectors.
    func encoded(by encoder: any ConceptEncoder) -> EncodedTexts {
        encoder.encode(bytes, ranges: ranges)
    }
}
