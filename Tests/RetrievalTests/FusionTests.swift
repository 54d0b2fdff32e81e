import Retrieval
import Testing

@Suite struct FusionTests {
    private func moments(_ scores: [Float]) -> ScoreMoments {
        var moments = ScoreMoments()
        for score in scores { moments.add(score) }
        return moments
    }

    @Test func manyScoresSpeakForThemselves() {
        let many = moments((0..<100_000).map { $0.isMultiple(of: 2) ? 1 : 3 })
        #expect(many.mean == 2)
        #expect(abs(many.spread(expected: 50) - 1) < 0.15)
    }

    @Test func fewScoresSpreadAsExpected() {
        #expect(moments([]).spread(expected: 0.5) == 0.5)
        // One score has no variance, and the expectation counts eight times.
        #expect(abs(moments([7]).spread(expected: 3) - (8.0 * 9 / 9).squareRoot()) < 1e-5)
    }

    @Test func scoresAreAddedInStandardDeviations() {
        let fusion = Fusion(
            lexical: moments([0, 0, 0, 8]),
            dense: moments([0.1, 0.3]),
            expectedLexicalSpread: 4
        )
        // Mean 2, variance 12, and eight times that of 4 · 0.65.
        let lexicalSpread = ((4 * 12 + 8 * 2.6 * 2.6) / 12 as Float).squareRoot()
        // Mean 0.2, variance and expected variance 0.01.
        let expected = (5 - 2) / lexicalSpread + (0.4 - 0.2) / 0.1 + (0.5 - 0.2) / 0.1
        #expect(abs(fusion.block(lexical: 5, dense: 0.4, concept: 0.5) - expected) < 1e-4)
    }

    @Test func whatIsMissingCountsAsTheMean() {
        let fusion = Fusion(
            lexical: moments([]),
            dense: moments([0.2]),
            expectedLexicalSpread: 0
        )
        #expect(fusion.block(lexical: 0, dense: nil, concept: nil) == 0)
        #expect(fusion.block(lexical: 3, dense: 0.2, concept: nil) == 0)
    }
}
