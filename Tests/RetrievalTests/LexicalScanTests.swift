import BlockStorage
import Foundation
import Retrieval
import Serialization
import Testing

@Suite struct LexicalScanTests {
    /// A store of blocks that are bags of the words a…z, each about half as frequent as the one
    /// before, and rare words of one block each.
    private final class Corpus {
        let store: Store
        /// By block: its words' frequencies.
        var frequencies: [[String: UInt32]] = []
        private let path = NSTemporaryDirectory() + "lexical-" + UUID().uuidString

        static let words = "bcdfghjklmnpqrstvwxz".map(String.init)

        init(blockCount: Int, seed: UInt64) throws {
            var generator = SeededGenerator(state: seed)
            store = try Store.open(
                at: path,
                mode: .readWrite(create: true),
                settings: StoreSettings(encoder: "test", vectorWidth: Library.width)
            )
            var changes = StoreChanges()
            for block in 0..<blockCount {
                if block % 500 == 0 {
                    changes.beginDocument(NewDocument(id: "\(block / 500)", uri: "u"))
                }
                var terms = BlockTerms()
                var counts: [String: UInt32] = [:]
                // Some stretches are about one word.
                let topic = block / 700 % 20
                for (index, word) in Corpus.words.enumerated() {
                    let odds = index == topic ? 3 : 1 << min(index + 1, 12)
                    guard Int.random(in: 0..<odds, using: &generator) == 0 else { continue }
                    let most: UInt32 = index == topic ? 9 : 2
                    counts[word] = UInt32.random(in: 1...most, using: &generator)
                }
                if block % 3001 == 7 { counts["rare"] = 1 }
                for (word, count) in counts { terms.add(word, frequency: count) }
                frequencies.append(counts)
                let empty = NewBlock(
                    startByte: 0,
                    bytes: [],
                    paths: [],
                    segments: [],
                    tokenCount: 0,
                    terms: terms
                )
                changes.addBlock(empty, to: "\(block / 500)")
                if block % 500 == 499 || block == blockCount - 1 {
                    changes.endDocument(
                        "\(block / 500)",
                        lengthBytes: 0,
                        digest: ContentDigest(of: [])
                    )
                }
            }
            try store.commit(changes)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// The score of every block, in double precision.
        func scores(of words: [String: Int], _ configuration: RetrieverConfiguration) -> [Double] {
            let lengths = frequencies.map { $0.values.reduce(0.0) { $0 + Double($1) } }
            let average = lengths.reduce(0, +) / Double(lengths.count)
            let (k1, b) = (Double(configuration.saturation), Double(configuration.lengthShare))
            var scores = [Double](repeating: 0, count: frequencies.count)
            for (word, weight) in words {
                let holding = frequencies.indices.filter { frequencies[$0][word] != nil }
                let (count, held) = (Double(frequencies.count), Double(holding.count))
                let rarity = log(1 + (count - held + 0.5) / (held + 0.5)) * Double(weight)
                for block in holding {
                    let frequency = Double(frequencies[block][word] ?? 0)
                    let norm = k1 * (1 - b + b * lengths[block] / average)
                    scores[block] += rarity * frequency / (frequency + norm)
                }
            }
            return scores
        }

        /// A question of some words, some twice.
        func question(_ generator: inout SeededGenerator) -> (text: String, words: [String: Int]) {
            var words: [String: Int] = [:]
            for _ in 0..<Int.random(in: 1...7, using: &generator) {
                let index = Int.random(in: -1..<Corpus.words.count, using: &generator)
                words[index < 0 ? "rare" : Corpus.words[index], default: 0] += 1
            }
            let all = words.flatMap { Array(repeating: $0.key, count: $0.value) }
            return (all.shuffled(using: &generator).joined(separator: " "), words)
        }
    }

    private static let blockCount = 9 * 4096 + 100

    /// Whatever part of the store is scored in full, the best blocks and their scores are the same to
    /// the bit, and what brute force gives.
    @Test(arguments: [1, 2] as [UInt64])
    func prunedScansFindWhatScoringAllFinds(seed: UInt64) throws {
        let corpus = try Corpus(blockCount: LexicalScanTests.blockCount, seed: seed)
        var generator = SeededGenerator(state: seed + 10)
        for round in 0..<60 {
            var configuration = RetrieverConfiguration()
            configuration.saturation = Float.random(in: 0.2...3, using: &generator)
            configuration.lengthShare = Float.random(in: 0...1, using: &generator)
            let retriever = try Retriever(store: corpus.store, configuration: configuration)
            let (text, words) = corpus.question(&generator)
            let limit = [1, 10, 200, 3000][round % 4]
            let query = RetrievalQuery(text: text, vector: nil, limit: limit)
            let wanted = (0..<50).map { _ in
                UInt64.random(in: 0..<UInt64(LexicalScanTests.blockCount), using: &generator)
            }.sorted()
            let whole = try retriever.lexicalScan(
                query,
                scoresOf: wanted,
                measuredGroupCount: .max
            )
            for measured in [0, 1, 4] {
                let pruned = try retriever.lexicalScan(
                    query,
                    scoresOf: wanted,
                    measuredGroupCount: measured
                )
                #expect(pruned.best == whole.best, "\(text) \(measured)")
                #expect(pruned.scores == whole.scores)
            }
            expect(whole, limit: limit, wanted, is: corpus.scores(of: words, configuration))
        }
    }

    private func expect(
        _ scan: LexicalScan,
        limit: Int,
        _ wanted: [UInt64],
        is scores: [Double]
    ) {
        func isEqual(_ left: Float, _ right: Double) -> Bool {
            abs(Double(left) - right) < 1e-5 * (1 + right)
        }
        let sorted = scores.filter { $0 > 0 }.sorted(by: >).prefix(limit)
        #expect(scan.best.count == sorted.count)
        for (match, score) in zip(scan.best, sorted) {
            #expect(isEqual(match.score, score))
            #expect(isEqual(match.score, scores[Int(match.block)]))
        }
        for (block, score) in zip(wanted, scan.scores) {
            #expect(isEqual(score, scores[Int(block)]))
        }
        let mean = scores.reduce(0, +) / Double(scores.count)
        let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
        #expect(scan.moments.count == scores.count)
        #expect(isEqual(scan.moments.mean, mean))
        // The prior counts as much as eight blocks.
        #expect(abs(Double(scan.moments.spread(expected: 0)) / variance.squareRoot() - 1) < 1e-3)
    }

    @Test func filtersHoldInPrunedScans() throws {
        let corpus = try Corpus(blockCount: LexicalScanTests.blockCount, seed: 3)
        let retriever = try Retriever(store: corpus.store)
        var generator = SeededGenerator(state: 4)
        for _ in 0..<20 {
            let (text, words) = corpus.question(&generator)
            let documents = Set((0..<40).map { _ in Int.random(in: 0..<70, using: &generator) })
            let query = RetrievalQuery(
                text: text,
                vector: nil,
                documents: Set(documents.map(String.init)),
                limit: 10
            )
            let pruned = try retriever.lexicalScan(query, measuredGroupCount: 1)
            #expect(pruned.best == (try retriever.lexicalScan(query)).best)
            let scores = corpus.scores(of: words, retriever.configuration)
            let visible = scores.indices.filter { documents.contains($0 / 500) && scores[$0] > 0 }
            #expect(pruned.best.count == min(10, visible.count))
            let best = visible.map { scores[$0] }.max() ?? 0
            #expect(abs(Double(pruned.best.first?.score ?? 0) - best) < 1e-5 * (1 + best))
            #expect(pruned.best.allSatisfy { documents.contains(Int($0.block / 500)) })
        }
    }

    @Test func whatLaterCommitsAddIsFoundByTheSameRetriever() throws {
        var library = try Library()
        let retriever = try Retriever(store: library.store)
        let query = RetrievalQuery(text: "delta", vector: nil)
        for document in 0..<5 {
            library.begin("\(document)")
            for _ in 0..<50 { library.add([Segment("delta")]) }
            try library.commit()
            #expect(try retriever.lexicalScan(query).best.count == 10)
            #expect(try retriever.lexicalScan(query).moments.count == 50 * (document + 1))
        }
    }

    @Test func theBestSumsAreKeptOfAnyOrder() {
        var generator = SeededGenerator(state: 9)
        for round in 0..<300 {
            let count = [0, 1, 7, 40, 200][round % 5]
            let most: Int32 = Bool.random(using: &generator) ? 20 : 1 << 30
            let sums = (0..<Int.random(in: 0...1000, using: &generator)).map { _ in
                Int32.random(in: 1...most, using: &generator)
            }
            var best = BestSums(count: count)
            for place in sums.indices.shuffled(using: &generator) {
                best.offer(sums[place], place: place)
            }
            let expected = sums.indices.sorted {
                sums[$0] != sums[$1] ? sums[$0] > sums[$1] : $0 < $1
            }.prefix(count)
            #expect(best.sorted().map(\.place) == Array(expected))
            #expect(best.sorted().map(\.sum) == expected.map { sums[$0] })
            // What is below the threshold is not among the best.
            if let last = expected.last { #expect(best.threshold <= sums[last]) }
        }
    }
}
