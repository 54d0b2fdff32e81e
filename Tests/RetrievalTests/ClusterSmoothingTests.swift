import Retrieval
import Testing

@Suite struct ClusterSmoothingTests {
    @Test func aScoreMovesTowardsThoseOfItsLikes() {
        var configuration = RetrieverConfiguration.Clustering()
        configuration.neighbourCount = 1
        configuration.weight = 0.5
        configuration.power = 2
        let smoothed = ClusterSmoothing.smoothed(
            [1, 3, 10],
            landmarks: [axis(0), between(0, 1, cosine: 0.8), axis(2)],
            by: configuration
        )
        // cos² = 0.64, half of it is the weight; the third has no likes.
        let expected: [Float] = [(1 + 0.32 * 3) / 1.32, (3 + 0.32 * 1) / 1.32, 10]
        for (score, value) in zip(smoothed, expected) { #expect(abs(score - value) < 1e-5) }
    }

    @Test func blocksWithoutALandmarkAreLeftAlone() {
        let smoothed = ClusterSmoothing.smoothed(
            [1, 2],
            landmarks: [nil, axis(0)],
            by: RetrieverConfiguration.Clustering()
        )
        #expect(smoothed == [1, 2])
        #expect(ClusterSmoothing.smoothed([], landmarks: [], by: .init()) == [])
    }

    @Test func equalScoresStayEqual() {
        var generator = SeededGenerator(state: 3)
        let landmarks = (0..<30).map { _ in Optional(generator.unitVector()) }
        let scores = [Float](repeating: 4, count: 30)
        for score in ClusterSmoothing.smoothed(scores, landmarks: landmarks, by: .init()) {
            #expect(abs(score - 4) < 1e-4)
        }
    }
}
