import BlockStorage
import Retrieval
import Tensors
import Testing

/// Stores that keep no vectors of segments answer like those that do.
@Suite struct SegmentEncoderTests {
    /// Knows the vector of each segment by its text.
    private struct Table: SegmentEncoder {
        let vectors: [String: [Float]]

        func vectors(ofSegmentsIn blocks: [BlockRecord]) -> [Tensor<Float>] {
            blocks.map { block in
                var rows = Tensor<Float>(width: Library.width)
                for index in block.segments.indices {
                    let text = block.bytes[block.localRange(ofSegment: index)]
                    rows.append(row: vectors[String(decoding: text, as: UTF8.self)] ?? [])
                }
                return rows
            }
        }
    }

    /// Blocks of random vectors, in a library that keeps those of the segments where `keeps` says so.
    private func library(
        _ vectors: inout [String: [Float]],
        keeps: (_ block: Int) -> Bool
    ) throws -> Library {
        var library = try Library()
        var random = SeededGenerator(state: 11)
        library.begin("a")
        for block in 0..<40 {
            let segments = (0..<3).map { index in
                let concept = random.unitVector()
                let text = "The river number \(block) flows past town \(index).\n"
                vectors[text] = concept
                return Segment(text, concept: keeps(block) ? concept : nil)
            }
            library.add(segments, landmark: random.unitVector())
        }
        try library.commit()
        return library
    }

    /// The blocks that were found: rounding may change which of a block's segments is the best.
    private func found(_ hits: [Hit]) -> [UInt64] { hits.map(\.block) }

    @Test(arguments: [0, 1, 2])
    func vectorsThatAreMadeAnewRankLikeThoseThatWereKept(keptEvery: Int) throws {
        var vectors: [String: [Float]] = [:]
        let whole = try library(&vectors) { _ in true }
        let bare = try library(&vectors) { keptEvery > 0 && $0.isMultiple(of: keptEvery + 1) }
        let question = axis(3)
        let expected = try whole.ask("Which river?", vector: question, limit: 40)
        let table = Table(vectors: vectors)
        let hits = try bare.ask("Which river?", vector: question, limit: 40, segmentEncoder: table)
        #expect(found(hits.hits) == found(expected.hits))
        for (hit, kept) in zip(hits.hits, expected.hits) where hit.byteRange == kept.byteRange {
            let (made, stored) = (try #require(hit.parts.concept), kept.parts.concept ?? -9)
            // Stored vectors are rounded to bytes.
            #expect(abs(made - stored) < 0.01)
        }
        let without = try bare.ask("Which river?", vector: question, limit: 40)
        #expect(found(without.hits) != found(expected.hits))
        #expect(abs(hits.relevance - expected.relevance) < 0.01)
    }

    @Test func aQuestionWithoutAVectorNeedsNone() throws {
        var vectors: [String: [Float]] = [:]
        let bare = try library(&vectors) { _ in false }
        let table = Table(vectors: vectors)
        let hits = try bare.ask("Which river?", segmentEncoder: table).hits
        #expect(!hits.isEmpty && hits.allSatisfy { $0.parts.concept == nil })
    }
}
