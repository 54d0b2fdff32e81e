import Foundation
import Generation
import Models
import Tensors
import Testing

/// Beam search beside that of `transformers`.
@Suite struct BeamSearchTests {
    struct Case: Decodable, CustomStringConvertible {
        struct Sequence: Decodable {
            var tokens: [Int32]
            var score: Double
        }

        var model: String
        var prompt: [Int32]
        var ends: [Int32]
        var tokenLimit: Int
        var beams: Int
        var groups: Int
        var diversity: Float
        var lengthPenalty: Double
        var stopping: String
        var sequences: [Sequence]

        var description: String {
            "\(model) \(beams)/\(groups) \(diversity) \(lengthPenalty) \(stopping) \(ends)"
        }

        var configuration: BeamConfiguration {
            get throws {
                BeamConfiguration(
                    beamCount: beams,
                    groupCount: groups,
                    diversityPenalty: diversity,
                    lengthPenalty: lengthPenalty,
                    stopping: try #require(BeamConfiguration.Stopping(rawValue: stopping))
                )
            }
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    static func cases() throws -> [Case] {
        try ["beams", "beam-groups"].flatMap { name in
            let url = folder.appending(path: "Fixtures/\(name).json")
            return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        }
    }

    private func model(_ name: String) throws -> LlamaModel {
        let path = Self.folder.deletingLastPathComponent()
            .appending(path: "ModelsTests/Fixtures/llama/\(name).gguf").path
        // Scores within 1e-4 need keys and values as floats.
        return try LlamaModel(file: path, pool: ComputePool(threadCount: 2), precision: .exact)
    }

    @Test(arguments: try cases())
    func textsAndScoresAreThoseOfTheReference(test: Case) throws {
        let beams = try LlamaBeams(
            try model(test.model),
            beginningLength: test.prompt.count,
            beamCount: test.beams,
            stepCount: test.tokenLimit
        )
        var search = BeamSearch(
            try test.configuration,
            endTokens: Set(test.ends),
            tokenLimit: test.tokenLimit
        )
        var logits = [try beams.begin(test.prompt)]
        while let step = search.advance(logits) {
            logits = try beams.read(step.tokens, after: step.parents)
        }
        let found = search.best(test.beams)
        #expect(found.count == test.sequences.count)
        for (ours, theirs) in zip(found, test.sequences) {
            #expect(abs(ours.score - theirs.score) < 1e-4)
            // The reference writes the first of the ends for each of them.
            let isEnded = ours.tokens.last.map(test.ends.contains) ?? false
            let kept = isEnded ? ours.tokens.dropLast() : ours.tokens[...]
            #expect(kept == theirs.tokens.prefix(kept.count))
            #expect(ours.tokens.count == theirs.tokens.count)
        }
    }

    /// A chain in which each token makes others likely; token 0 ends a text.
    private func logits(after token: Int32?) -> [Float] {
        (0..<12).map { index in
            let place = (Int(token ?? 5) * 7 + index * 5) % 13
            return Float(place) * 0.4 - (index == 0 ? 1 : 0)
        }
    }

    private func search(
        _ configuration: BeamConfiguration,
        tokenLimit: Int
    ) -> (best: [BeamHypothesis], steps: [BeamSearch.Step]) {
        var search = BeamSearch(configuration, endTokens: [0], tokenLimit: tokenLimit)
        var steps: [BeamSearch.Step] = []
        var rows = [logits(after: nil)]
        while let step = search.advance(rows) {
            steps.append(step)
            rows = step.tokens.map { logits(after: $0) }
        }
        return (search.best(configuration.beamCount), steps)
    }

    @Test func allBeginningsKeptFindTheLikeliestOfAllTexts() throws {
        // 12 tokens, up to 3 of them: all texts can be tried.
        func logProbability(_ tokens: [Int32]) -> Double {
            zip([nil] + tokens.map(Optional.some), tokens).reduce(0) { sum, pair in
                let row = logits(after: pair.0).map(Double.init)
                return sum + row[Int(pair.1)] - log(row.reduce(0) { $0 + exp($1) })
            }
        }
        var texts: [[Int32]] = [[0]]
        for a in Int32(1)..<12 {
            texts.append([a, 0])
            for b in Int32(1)..<12 { for c in Int32(0)..<12 { texts.append([a, b, c]) } }
        }
        let likeliest = try #require(texts.max { logProbability($0) < logProbability($1) })
        let configuration = BeamConfiguration(
            beamCount: 144,
            lengthPenalty: 0,
            stopping: .exhaustive
        )
        let found = try #require(search(configuration, tokenLimit: 3).best.first)
        #expect(found.tokens == likeliest)
        #expect(abs(found.score - logProbability(likeliest)) < 1e-5)
    }

    @Test func oneBeamIsGreedyAndAGroupOfOneBeamAsWell() {
        var (greedy, token): ([Int32], Int32?) = ([], nil)
        while greedy.count < 9, token != 0 {
            let row = logits(after: token)
            token = Int32(row.indices.max { row[$0] < row[$1] } ?? 0)
            greedy.append(token ?? 0)
        }
        #expect(search(BeamConfiguration(beamCount: 1), tokenLimit: 9).best[0].tokens == greedy)
        let groups = BeamConfiguration(beamCount: 3, groupCount: 3)
        #expect(search(groups, tokenLimit: 9).best.map(\.tokens) == [greedy, greedy, greedy])
    }

    @Test func diversityMakesGroupsChooseOtherTokens() {
        func different(_ penalty: Float) -> Int {
            let configuration = BeamConfiguration(
                beamCount: 4,
                groupCount: 4,
                diversityPenalty: penalty
            )
            return search(configuration, tokenLimit: 6).steps.reduce(0) {
                $0 + Set($1.tokens).count
            }
        }
        #expect(different(0) < different(1))
        #expect(different(100) > different(1))
    }

    @Test func logitsThatAreNoNumbersAreBorne() {
        for rows: [[Float]] in [
            [[.nan, .nan, .nan]], [[-.infinity, -.infinity, -.infinity]], [[.infinity, 1, 3]],
        ] {
            var search = BeamSearch(
                BeamConfiguration(beamCount: 2),
                endTokens: [0],
                tokenLimit: 3
            )
            var step = search.advance(rows)
            for _ in 0..<4 {
                guard let next = step else { break }
                step = search.advance(next.tokens.map { _ in rows[0] })
            }
            #expect(step == nil)
            #expect(search.best(2).allSatisfy { $0.score.isFinite })
        }
    }
}
