import Generation
import Testing

@Suite struct SentenceSelectionTests {
    private func candidates(_ count: Int, _ targets: WordTargets, seed: UInt64) -> [Candidate] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let words = Set((0..<12).map { _ in Int.random(in: 0..<targets.count, using: &random) })
            return Candidate(
                index: index,
                segment: SourceSegment(
                    document: "text",
                    byteRange: index..<(index + 1),
                    path: ["part \(index / 20)"],
                    bytes: Array("sentence \(index)".utf8)
                ),
                wordCount: Int.random(in: 6...20, using: &random),
                counts: words.sorted().map { WordCount(word: $0, count: 1) },
                pointsBack: Bool.random(using: &random),
                prior: Float.random(in: 0.5...2, using: &random)
            )
        }
    }

    private func targets(words: Int) throws -> WordTargets {
        var profile = TextProfile()
        let analyzer = try SummaryWords(language: "english")
        for segment in topicalText(sentenceCount: 200, seed: 8) { profile.add(segment, analyzer) }
        return WordTargets(profile: profile, words: words)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func theLazyChoiceIsThePlainOne(seed: UInt64) throws {
        let targets = try targets(words: 200)
        var configuration = SummaryConfiguration(words: 200)
        configuration.partWeight = 0.3
        let selection = SentenceSelection(configuration: configuration, targets: targets)
        let candidates = candidates(200, targets, seed: seed)
        let plain = selection.choose(from: candidates, isLazy: false).map(\.index)
        #expect(selection.choose(from: candidates).map(\.index) == plain)
        #expect(plain.count > 5)
    }

    @Test func aPartThatIsNotYetToldCountsMore() throws {
        let targets = try targets(words: 100)
        let candidates = candidates(200, targets, seed: 9)
        let partCount = { (weight: Float) in
            var configuration = SummaryConfiguration(words: 100)
            configuration.partWeight = weight
            let selection = SentenceSelection(configuration: configuration, targets: targets)
            return Set(selection.choose(from: candidates).map(\.part)).count
        }
        #expect(partCount(3) > partCount(0))
    }

    @Test func aSentenceThatPointsBackNeedsTheOneBefore() throws {
        let targets = try targets(words: 20)
        let configuration = SummaryConfiguration(words: 20)
        let selection = SentenceSelection(configuration: configuration, targets: targets)
        func candidate(_ index: Int, count: Float, pointsBack: Bool, prior: Float) -> Candidate {
            Candidate(
                index: index,
                segment: SourceSegment(
                    document: "text",
                    byteRange: index..<(index + 1),
                    bytes: Array("sentence \(index)".utf8)
                ),
                wordCount: 10,
                counts: [WordCount(word: 0, count: count)],
                pointsBack: pointsBack,
                prior: prior
            )
        }
        let before = candidate(0, count: 2, pointsBack: false, prior: 9)
        let back = candidate(1, count: 1, pointsBack: true, prior: 1.5)
        let other = candidate(5, count: 1, pointsBack: false, prior: 1)
        // Alone it loses to a lesser sentence that stands on its own; beside its antecedent it wins.
        #expect(selection.choose(from: [back, other]).first?.index == 5)
        #expect(selection.choose(from: [before, back, other]).map(\.index) == [0, 1])
    }

    @Test func gainsShrinkAsWordsAreCovered() throws {
        var targets = try targets(words: 100)
        let configuration = SummaryConfiguration(words: 100)
        let candidates = candidates(30, targets, seed: 10)
        var gains = candidates.map { targets.gain(of: $0, configuration) }
        for chosen in candidates.prefix(10) {
            targets.cover(chosen)
            let later = candidates.map { targets.gain(of: $0, configuration) }
            #expect(zip(gains, later).allSatisfy { $0 >= $1 })
            gains = later
        }
    }

    @Test func thePoolKeepsTheBestAndStaysBounded() throws {
        var pool = CandidatePool(capacity: 10)
        let candidates = candidates(500, try targets(words: 100), seed: 11)
        for candidate in candidates {
            pool.add(candidate, gain: candidate.prior)
            #expect(pool.count <= 20)
        }
        let best = candidates.sorted { ($0.prior, $1.index) > ($1.prior, $0.index) }.prefix(10)
        #expect(pool.candidates.map(\.index) == best.map(\.index).sorted())
    }
}
