package import BlockStorage
import Memory
package import Models
package import Retrieval
import Synchronization
import Tensors

/// Reads the likeliest blocks of a store of the static encoder with MiniLM, and keeps the vectors.
///
/// A block gets what it would have in a store of MiniLM: a vector for each segment and a landmark. So
/// a store has two tiers, one for all of its text and one for what was asked about.
///
/// - Concurrency: Safe to share.
package final class ConceptRefiner: BlockRefiner {
    private let encoder: any ConceptEncoder
    /// Nil where the store's folder cannot be written to: then every question reads anew.
    private let cache: ConceptCache?
    private let lastQuestion = Mutex<(text: String, vector: [Float])?>(nil)

    /// A refiner for the store at `path`.
    package init(encoder: any ConceptEncoder, storePath path: String) {
        self.encoder = encoder
        cache = try? ConceptCache(ofStoreAt: path, encoder: encoder.fingerprint)
    }

    package func cosines(of blocks: [BlockRecord], to question: String) throws -> [BlockCosines] {
        let vector = self.vector(of: question)
        return rows(of: blocks).map { rows in
            var products = (0..<rows.rowCount).map { row in
                zip(rows[row: row], vector).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            }
            let landmark = products.removeLast()
            return BlockCosines(block: landmark, segments: products)
        }
    }

    /// The vectors of each block: its segments', then its landmark, [segments + 1, width].
    private func rows(of blocks: [BlockRecord]) -> [Tensor<Float>] {
        let ids = blocks.map(\.id)
        // A cache that cannot be read costs no more than time.
        let kept = try? cache?.concepts(ofBlocks: ids, width: encoder.width)
        var rows = (kept ?? nil) ?? ids.map { _ in nil }
        for (index, block) in blocks.enumerated()
        where rows[index].map({ $0.rowCount != block.segments.count + 1 }) ?? false {
            rows[index] = nil
        }
        let missing = blocks.indices.filter { rows[$0] == nil }
        guard !missing.isEmpty else { return rows.compactMap(\.self) }
        let made = encoded(missing.map { blocks[$0] }).map(ConceptCache.rounded)
        for (index, made) in zip(missing, made) { rows[index] = made }
        // A full disk costs no more than time.
        try? cache?.keep(zip(missing, made).map { (ids[$0], $1) })
        return rows.compactMap(\.self)
    }

    private func encoded(_ blocks: [BlockRecord]) -> [Tensor<Float>] {
        var texts = BlockTexts()
        let places = blocks.map { (texts.addSegments(of: $0), texts.addPaths(of: $0)) }
        let encoded = texts.encoded(by: encoder)
        return zip(blocks, places).map { block, place in
            let (segments, paths) = place
            var rows = encoded.vectors[rows: segments]
            let pathVectors = paths.map { Array(encoded.vectors[row: $0]) }
            rows.append(
                row: landmark(of: block, rows, encoded.pieceCounts[segments], pathVectors)
            )
            return rows
        }
    }

    /// The landmark that the memory encoder gives a block of these vectors.
    private func landmark(
        of block: BlockRecord,
        _ vectors: Tensor<Float>,
        _ pieceCounts: ArraySlice<Int64>,
        _ paths: [[Float]]
    ) -> [Float] {
        var memory = MemoryEncoder(
            configuration: MemoryEncoderConfiguration(
                width: encoder.width,
                // What it learns of surprise is not asked for.
                deltaWidth: 1,
                minimumPieces: .max,
                maximumPieces: .max,
                minimumSectionPieces: .max
            )
        )
        for (index, segment) in block.segments.enumerated() {
            let path = block.paths[segment.pathIndex]
            _ = memory.push(
                Concept(
                    vector: vectors[row: index],
                    pieceCount: Int(pieceCounts[pieceCounts.startIndex + index]),
                    isHeading: segment.kind == "heading",
                    path: path,
                    pathVector: path.isEmpty ? nil : paths[segment.pathIndex]
                )
            )
        }
        let zeros = [Float](repeating: 0, count: encoder.width)
        return memory.endDocument().block?.landmark ?? zeros
    }

    private func vector(of question: String) -> [Float] {
        lastQuestion.withLock { last in
            if let last, last.text == question { return last.vector }
            let vector = Array(encoder.encode([Array(question.utf8)]).elements)
            last = (question, vector)
            return vector
        }
    }
}
