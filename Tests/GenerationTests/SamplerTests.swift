import Foundation
import Generation
import Testing

@Suite struct SamplerTests {
    private struct Case: Decodable {
        var temperature: Float
        var topK: Int
        var topP: Float
        var minP: Float
        var penalty: Float
        var past: [Int32]
        var logits: [Float]
        var probabilities: [Double]

        var configuration: SamplingConfiguration {
            SamplingConfiguration(
                temperature: temperature,
                topK: topK,
                topP: topP,
                minP: minP,
                repetitionPenalty: penalty
            )
        }
    }

    private func cases() throws -> [Case] {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/sampling.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }

    @Test func whatMayBeDrawnIsThatOfTheReference() throws {
        for test in try cases() {
            let candidates = Sampler(test.configuration).candidates(test.logits, past: test.past)
            var ours = [Double](repeating: 0, count: test.logits.count)
            for candidate in candidates { ours[Int(candidate.token)] = candidate.probability }
            for (ours, theirs) in zip(ours, test.probabilities) {
                #expect(abs(ours - theirs) < 1e-6)
                #expect((ours == 0) == (theirs == 0))
            }
        }
    }

    @Test func frequenciesFollowTheProbabilities() throws {
        let test = try #require(try cases().first)
        var sampler = Sampler(test.configuration)
        var counts = [Int](repeating: 0, count: test.logits.count)
        let draws = 40_000
        for _ in 0..<draws { counts[Int(sampler.next(test.logits, past: test.past))] += 1 }
        for (count, probability) in zip(counts, test.probabilities) {
            // Five standard deviations of a binomial distribution.
            let deviation = (probability * (1 - probability) / Double(draws)).squareRoot()
            #expect(abs(Double(count) / Double(draws) - probability) <= 5 * deviation + 1e-9)
        }
    }

    @Test func aSeedFixesTheDrawsAndAnotherChangesThem() throws {
        let test = try #require(try cases().first)
        func draws(_ seed: UInt64) -> [Int32] {
            var sampler = Sampler(SamplingConfiguration(temperature: 1, seed: seed))
            return (0..<50).map { _ in sampler.next(test.logits, past: test.past) }
        }
        #expect(draws(3) == draws(3))
        #expect(draws(3) != draws(4))
    }

    @Test func greedyTakesTheFirstOfTheGreatest() {
        var sampler = Sampler(.greedy)
        #expect(sampler.next([1, 5, 5, -2], past: []) == 1)
        #expect(sampler.next([-.infinity, .nan, -3], past: []) == 2)
        var penalized = Sampler(SamplingConfiguration(temperature: 0, repetitionPenalty: 2))
        #expect(penalized.next([1, 5, 4, -2], past: [1]) == 2)
        #expect(penalized.next([-1, -3, -1.5], past: [0, 0]) == 2)
    }

    @Test func logitsThatAreNoNumbersAreBorne() {
        var sampler = Sampler(SamplingConfiguration(temperature: 1, topK: 0, topP: 1, minP: 0))
        for logits: [Float] in [
            [.nan, .nan], [-.infinity, -.infinity, -.infinity], [.infinity, 1], [3e38, -3e38], [7],
        ] {
            for _ in 0..<20 {
                #expect(logits.indices.contains(Int(sampler.next(logits, past: []))))
            }
        }
        for _ in 0..<20 { #expect(sampler.next([.infinity, 1], past: []) == 0) }
    }

    @Test func theGreatestAreFoundAmongMany() {
        var random = SeededGenerator(seed: 8)
        for count in [1, 2, 3, 17, 400] {
            // Few values, so that many are equal.
            let logits = (0..<count).map { _ in Float(Int.random(in: 0..<20, using: &random)) }
            for topK in [1, 2, 5, count, count + 3] {
                let configuration = SamplingConfiguration(
                    temperature: 1,
                    topK: topK,
                    topP: 1,
                    minP: 0
                )
                let tokens = Sampler(configuration).candidates(logits, past: []).map(\.token)
                let order = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
                #expect(tokens == order.prefix(topK).map { Int32($0) })
            }
        }
    }
}
