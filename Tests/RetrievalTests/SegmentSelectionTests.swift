import Retrieval
import Testing

@Suite struct SegmentSelectionTests {
    private func segment(_ block: Int, _ index: Int, _ score: Float) -> ScoredSegment {
        ScoredSegment(block: block, index: index, score: score, lexical: 0, concept: nil)
    }

    @Test func laterSegmentsOfADocumentPay() {
        let segments = [segment(0, 0, 10), segment(0, 1, 9), segment(1, 0, 5), segment(2, 0, 8.5)]
        let chosen = SegmentSelection.choose(
            segments,
            documents: [1, 1, 2],
            penalty: 3,
            limit: 4
        )
        #expect(chosen.map(\.segment.score) == [10, 8.5, 9, 5])
        #expect(chosen.map(\.score) == [10, 8.5, 6, -1])
    }

    @Test func inOneDocumentTheOrderIsThatOfTheScores() {
        let segments = [segment(0, 0, 1), segment(1, 0, 3), segment(0, 1, 2), segment(1, 1, 3)]
        let chosen = SegmentSelection.choose(
            segments,
            documents: [7, 7],
            penalty: 100,
            limit: 3
        )
        #expect(chosen.map(\.segment.score) == [3, 3, 2])
        #expect(chosen.map(\.segment.index) == [0, 1, 1])
    }

    @Test func nothingGivesNothing() {
        #expect(SegmentSelection.choose([], documents: [], penalty: 1, limit: 5).isEmpty)
        let one = [segment(0, 0, 1)]
        #expect(SegmentSelection.choose(one, documents: [1], penalty: 1, limit: 0).isEmpty)
    }
}
