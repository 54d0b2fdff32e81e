import Retrieval
import Testing

@Suite struct ScoreBinsTests {
    /// Whatever their order, the best are counted, and of the others those of one bin at most.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func theFloorIsThatOfTheBest(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        for capacity in [1, 7, 100, 2_000] {
            var scores = (0..<1_000).map { _ in Float.random(in: -3...3, using: &generator) }
            scores += [.infinity, -.infinity, .nan, 0.25, 0.25, 0.25]
            var floors: Set<Float> = []
            for _ in 0..<3 {
                scores.shuffle(using: &generator)
                var bins = ScoreBins(capacity: capacity)
                for score in scores { _ = bins.add(score) }
                floors.insert(bins.floor)
            }
            #expect(floors.count == 1)
            let floor = floors.first ?? 0
            let ranked = scores.filter { !$0.isNaN }.sorted(by: >)
            let kept = ranked.count { $0 >= floor }
            #expect(kept >= min(capacity, ranked.count))
            // Of those kept beyond the capacity none is further from the floor than a bin is wide; beyond 2 all are alike.
            for extra in ranked[..<kept].dropFirst(capacity) where abs(extra) < 2 {
                #expect(extra - floor < 1.001 / 1024)
            }
        }
    }

    /// Scores just below the edges of bins, which rounding would lift above them.
    @Test func scoresAtTheEdgesOfBinsAreCountedOnTheirSide() {
        let edges = (1...400).map { (Float($0) - 0.5) / 1024 }
        for capacity in 1...100 {
            let scores = edges.map(\.nextDown)
            var bins = ScoreBins(capacity: capacity)
            for score in scores { _ = bins.add(score) }
            #expect(scores.count { $0 >= bins.floor } == capacity)
            #expect(scores.count { $0 >= bins.threshold(ofBest: capacity) } == capacity)
        }
    }

    @Test func aThresholdHoldsTheWantedAndHardlyMore() {
        var generator = SeededGenerator(state: 9)
        let scores = (0..<5_000).map { _ in Float.random(in: -1...1, using: &generator) }
        var bins = ScoreBins(capacity: 600)
        for score in scores { _ = bins.add(score) }
        for wanted in [1, 24, 300, 600] {
            let above = scores.count { $0 >= bins.threshold(ofBest: wanted) }
            #expect((wanted...(wanted + 20)).contains(above))
        }
        #expect(bins.threshold(ofBest: 100_000) == bins.floor)
    }
}
