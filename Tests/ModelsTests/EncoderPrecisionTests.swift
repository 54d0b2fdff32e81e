import Foundation
import Models
import Tensors
import Testing

@Suite struct EncoderPrecisionTests {
    private static let narrow: [EncoderPrecision] = [.bfloat16, .int8]

    /// 40 texts of 0 to 60 words, more than a pass and some longer than a sequence may be.
    private static let texts: [[UInt8]] = (0..<40).map { index in
        let words = ["the river", "runs", "running", "to the sea", "!", "over water", "zzz", "and"]
        let text = (0..<(index * 37 % 61)).map { words[(index + $0 * $0) % words.count] }
        return Array(text.joined(separator: " ").utf8)
    }

    @Test(arguments: narrow)
    func aVectorDependsOnNothingBesideItsText(precision: EncoderPrecision) throws {
        var expected: Tensor<Float>?
        for kernels in Kernels.all {
            for threadCount in [1, 3] {
                let encoder = try SentenceEncoder(
                    folder: tinyFolder,
                    pool: ComputePool(threadCount: threadCount),
                    precision: precision,
                    kernels: kernels
                )
                let together = encoder.encode(Self.texts)
                if let expected, precision != .bfloat16 || !kernels.isTiled || threadCount > 1 {
                    #expect(together == expected, "\(threadCount) threads, \(kernels.name)")
                }
                expected = together
                var alone = Tensor<Float>(width: encoder.width)
                for text in Self.texts { alone.append(encoder.encode([text])) }
                #expect(alone == together)
            }
        }
    }

    @Test(arguments: EncoderPrecision.allCases)
    func aFirstQuestionHasTheVectorOfLaterOnes(precision: EncoderPrecision) throws {
        for kernels in Kernels.all {
            func encoder() throws -> SentenceEncoder {
                try SentenceEncoder(
                    folder: tinyFolder,
                    pool: ComputePool(threadCount: 2),
                    precision: precision,
                    kernels: kernels
                )
            }
            // The first reads all texts, and packs its weights for good at once.
            let expected = try encoder().encode(Self.texts)
            for row in [1, 3] {
                let asked = try encoder()
                for _ in 0..<3 {
                    let vector = asked.encode([Self.texts[row]])
                    #expect(Array(vector[row: 0]) == Array(expected[row: row]), "\(kernels.name)")
                }
                #expect(asked.encode(Self.texts) == expected)
            }
        }
    }

    @Test(arguments: narrow)
    func aTinyModelIsNearItself(precision: EncoderPrecision) throws {
        let pool = ComputePool(threadCount: 1)
        let exact = try SentenceEncoder(folder: tinyFolder, pool: pool, precision: .float32)
        let narrow = try SentenceEncoder(folder: tinyFolder, pool: pool, precision: precision)
        let (expected, vectors) = (exact.encode(Self.texts), narrow.encode(Self.texts))
        for row in Self.texts.indices {
            #expect(cosine(expected[row: row], vectors[row: row]) > 0.995)
        }
    }

    @Test func fingerprintsTellPrecisionsApart() throws {
        let pool = ComputePool(threadCount: 1)
        var fingerprints: Set<String> = []
        for precision in EncoderPrecision.allCases {
            let encoder = try SentenceEncoder(folder: tinyFolder, pool: pool, precision: precision)
            #expect(encoder.precision == precision)
            #expect(EncoderPrecision(fingerprint: encoder.fingerprint) == precision)
            fingerprints.insert(encoder.fingerprint)
        }
        #expect(fingerprints.count == 3)
    }
}

/// The real model, where `make setup` has fetched it.
@Suite(.enabled(if: exists(modelFolder + "/model.safetensors")))
struct MiniLMPrecisionTests {
    private static let sentences: [[UInt8]] = {
        let url = fixtures.appending(path: "sentences.json")
        let content = (try? Data(contentsOf: url)) ?? Data()
        return ((try? JSONDecoder().decode([String].self, from: content)) ?? []).map {
            Array($0.utf8)
        }
    }()

    @Test(arguments: [
        (EncoderPrecision.bfloat16, 0.9999, 0.9998), (EncoderPrecision.int8, 0.9982, 0.993),
    ])
    func vectorsAreNearThoseOfFloats(precision: EncoderPrecision, mean: Double, least: Double)
        throws
    {
        let pool = ComputePool()
        let exact = try SentenceEncoder(folder: modelFolder, pool: pool, precision: .float32)
        let narrow = try SentenceEncoder(folder: modelFolder, pool: pool, precision: precision)
        // Short sentences, and one passage of as many pieces as are read.
        let passage = Array(Self.sentences.prefix(40).joined(separator: Array(" ".utf8)))
        let texts = Self.sentences + [passage]
        let (expected, vectors) = (exact.encode(texts), narrow.encode(texts))
        let cosines = texts.indices.map { cosine(expected[row: $0], vectors[row: $0]) }
        #expect(cosines.count == 63)
        #expect(cosines.reduce(0, +) / 63 >= mean)
        #expect(cosines.allSatisfy { $0 >= least }, "\(cosines.min() ?? 0)")
    }

    private struct Pair: Decodable {
        var a: String
        var b: String
        var score: Double
    }

    @Test(.enabled(if: exists(benchmarkFile)))
    func int8RanksSimilarityLikeFloats() throws {
        let pairs = try gunzipped(benchmarkFile).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Pair.self, from: Data($0)) }
        let encoder = try SentenceEncoder(
            folder: modelFolder,
            pool: ComputePool(),
            precision: .int8
        )
        let first = encoder.encode(pairs.map { Array($0.a.utf8) })
        let second = encoder.encode(pairs.map { Array($0.b.utf8) })
        let cosines = pairs.indices.map { cosine(first[row: $0], second[row: $0]) }
        // The floats' own is 0.86716.
        #expect(abs(spearmanCorrelation(cosines, pairs.map(\.score)) - 0.86716) < 0.002)
    }
}
