import Memory
import Serialization
import Testing

/// A router behind a sensory memory, as the encoder has it.
private struct Listener {
    var sensory: SensoryMemory
    var router: ConceptRouter

    init(width: Int, share: Float) {
        sensory = SensoryMemory(width: width)
        router = ConceptRouter(boundaryShare: share)
    }

    mutating func observe(_ concept: [Float]) -> ConceptRouter.Decision {
        let view = sensory.observe(concept)
        return router.observe(view.concept, after: view.context)
    }
}

@Suite struct ConceptRouterTests {
    private struct Case: Decodable {
        let rows: [[Float]]
        let plain: [Float]
        let centred: [Float]
    }

    @Test func probabilitiesEqualTheReferences() throws {
        for fixture in try fixture("router.json", as: [Case].self) {
            var router = ConceptRouter(boundaryShare: 0.3)
            var context = fixture.rows[0].map { _ in Float(0) }
            for (row, expected) in zip(fixture.rows, fixture.plain) {
                let probability = router.observe(row, after: context).probability
                #expect(abs(probability - expected) < 2e-6)
                context = row
            }
        }
    }

    @Test func probabilitiesSeenFromTheMeanEqualTheReferences() throws {
        for fixture in try fixture("router.json", as: [Case].self) {
            var router = Listener(width: fixture.rows[0].count, share: 0.3)
            let probabilities = fixture.rows.map { router.observe($0).probability }
            // Seen from the mean, vectors of one direction are short, so single precision shows.
            #expect(greatestDifference(probabilities, fixture.centred) < 2e-5)
        }
    }

    @Test func aTurnIsMoreProbableThanItsNeighbours() {
        var generator = SeededGenerator(1)
        var router = Listener(width: 64, share: 0.1)
        var probabilities: [Float] = []
        for _ in 0..<8 {
            let topic = generator.unitVector(64)
            for _ in 0..<10 {
                let noise = generator.unitVector(64)
                let concept = zip(topic, noise).map { $0 + 0.6 * $1 }.normalized
                probabilities.append(router.observe(concept).probability)
            }
        }
        // From the second topic on: before, the mean is the first topic itself.
        let turns = stride(from: 20, to: 80, by: 10).map { probabilities[$0] }
        let others = (11..<80).filter { $0 % 10 != 0 }.map { probabilities[$0] }
        #expect((turns.min() ?? 0) > (others.max() ?? 1))
    }

    @Test(arguments: [0.05, 0.3, 0.9] as [Float])
    func theShareOfBoundariesIsHeld(share: Float) {
        var generator = SeededGenerator(2)
        var router = Listener(width: 16, share: share)
        var concept = generator.unitVector(16)
        var boundaries = 0
        for step in 0..<4_000 {
            // From nearly still to wild: the threshold has to follow.
            let pace: Float = step < 2_000 ? 0.1 : 1.5
            concept = zip(concept, generator.unitVector(16)).map { $0 + pace * $1 }.normalized
            if router.observe(concept).isBoundary { boundaries += 1 }
        }
        #expect(abs(Float(boundaries) - share * 4_000) <= 37)
    }

    @Test func whereNothingWasBeforeIsABoundary() {
        var router = ConceptRouter(boundaryShare: 0.3)
        for _ in 0..<100 { _ = router.observe([0, 1], after: [0, 1]) }
        let first = router.observe([0, 1], after: [0, 0])
        #expect(first.isBoundary && first.probability == 1)
        router.reset()
        #expect(router == ConceptRouter(boundaryShare: 0.3))
    }

    @Test func anyInputHasAProbability() {
        var generator = SeededGenerator(3)
        var router = Listener(width: 10, share: 0.3)
        for step in 0..<2_000 {
            let concept =
                step % 2 == 0
                ? generator.adversarialVector(10)
                : [Float](repeating: [.nan, 0, .infinity, 3e38][step / 2 % 4], count: 10)
            let probability = router.observe(concept).probability
            #expect(probability >= 0 && probability <= 1)
        }
    }
}

@Suite struct RunningQuantileTests {
    /// Streams that try to fool a threshold.
    private static let streams: [@Sendable (Int, Float) -> Float] = [
        { _, _ in 0 },
        { _, _ in 1 },
        { step, _ in step % 2 == 0 ? 0 : 1 },
        { step, _ in step < 500 ? 1 : 0 },
        // Always just above, or just below, what would be exceeded.
        { _, threshold in min(1, max(0, threshold.nextUp)) },
        { _, threshold in min(1, max(0, threshold)) },
    ]

    @Test(arguments: [0.05, 0.2, 0.5, 0.8] as [Float])
    func theShareIsHeldWhateverComes(share: Float) {
        for stream in Self.streams {
            var quantile = RunningQuantile(share: share)
            var count: Float = 0
            for step in 0..<5_000 {
                if quantile.isExceeded(by: stream(step, quantile.threshold)) { count += 1 }
                #expect(quantile.threshold > -0.04 && quantile.threshold < 1.04)
            }
            #expect(abs(count - share * 5_000) <= 36)
        }
    }

    @Test(arguments: [0.05, 0.2, 0.5, 0.8] as [Float])
    func theThresholdIsTheQuantileOfAnEvenStream(share: Float) {
        var generator = SeededGenerator(4)
        var quantile = RunningQuantile(share: share)
        var sum: Float = 0
        for step in 0..<3_000 {
            _ = quantile.isExceeded(by: Float.random(in: 0...1, using: &generator))
            if step >= 1_000 { sum += quantile.threshold }
        }
        #expect(abs(sum / 2_000 - (1 - share)) < 0.02)
    }
}
