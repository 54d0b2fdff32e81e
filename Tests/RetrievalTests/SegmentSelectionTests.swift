import Retrieval
import Testing

@Suite struct SegmentSelectionTests {
    private func segment(_ block: Int, _ index: Int, _ score: Float) -> ScoredSegment {
        ScoredSegment(block: block, index: index, score: score, lexical: 0, concept: nil)
    }

    @Test func laterSegmentsOfABlockPay() {
        let segments = [segment(0, 0, 10), segment(0, 1, 9), segment(1, 0, 5), segment(2, 0, 8.5)]
        let chosen = SegmentSelection.choose(
            segments,
            documents: [(1, 1), (2, 1), (3, 1)],
            penalty: 3,
            limit: 4
        )
        #expect(chosen.map(\.segment.score) == [10, 8.5, 9, 5])
        #expect(chosen.map(\.score) == [10, 8.5, 6, 5])
    }

    @Test func equalOnesComeInTheOrderOfTheirBlocksAndPlaces() {
        let segments = [segment(0, 0, 1), segment(1, 1, 3), segment(0, 1, 1), segment(1, 0, 3)]
        let chosen = SegmentSelection.choose(
            segments,
            documents: [(1, 1), (2, 1)],
            penalty: 2,
            limit: 4
        )
        #expect(chosen.map(\.segment.block) == [1, 0, 1, 0])
        #expect(chosen.map(\.segment.index) == [0, 0, 1, 1])
        #expect(chosen.map(\.score) == [3, 1, 1, -1])
    }

    @Test(arguments: [(2, [4, 2.5, 2, 1] as [Float]), (300, [4, 3, 2.5, 2])])
    func theLongerADocumentTheLessItsBlocksPay(blockCount: Int, scores: [Float]) {
        // Of a long document the second block comes second, of a short one another document.
        let segments = [segment(0, 0, 4), segment(1, 0, 3), segment(2, 0, 2.5), segment(0, 1, 4)]
        let chosen = SegmentSelection.choose(
            segments,
            documents: [(7, blockCount), (7, blockCount), (8, 1)],
            penalty: 2,
            limit: 4
        )
        for (score, expected) in zip(chosen.map(\.score), scores) {
            #expect(abs(score - expected) < 0.02)
        }
        #expect(chosen[1].segment.block == (blockCount == 2 ? 2 : 1))
    }

    @Test func nothingGivesNothing() {
        #expect(SegmentSelection.choose([], documents: [], penalty: 1, limit: 5).isEmpty)
        let one = [segment(0, 0, 1)]
        #expect(SegmentSelection.choose(one, documents: [(1, 1)], penalty: 1, limit: 0).isEmpty)
    }
}
