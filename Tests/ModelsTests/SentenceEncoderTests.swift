import Diagnostics
import Foundation
import Models
import Tensors
import Testing

/// A text, its pieces with `[CLS]` and `[SEP]`, and its vector by transformers.
private struct Case: Decodable {
    var text: String
    var ids: [Int32]
    var vector: [Float]
}

private func tinyCases() throws -> [Case] {
    let url = fixtures.appending(path: "tiny-bert/texts.json")
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
}

func cosine(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

@Suite struct SentenceEncoderTests {
    @Test func vectorsEqualTransformers() throws {
        for kernels in Kernels.all {
            let encoder = try SentenceEncoder(
                folder: tinyFolder,
                pool: ComputePool(threadCount: 2),
                kernels: kernels
            )
            let cases = try tinyCases()
            let vectors = encoder.encode(cases.map { Array($0.text.utf8) })
            #expect(vectors.rowCount == cases.count && vectors.width == 32)
            for (row, entry) in cases.enumerated() {
                for (value, expected) in zip(vectors[row: row], entry.vector) {
                    #expect(abs(value - expected) < 2e-6, "\(entry.text), \(kernels.name)")
                }
            }
        }
    }

    @Test func piecesGiveTheVectorsOfTheirText() throws {
        let encoder = try SentenceEncoder(folder: tinyFolder, pool: ComputePool(threadCount: 1))
        let cases = try tinyCases()
        let pieces = cases.map { Array($0.ids.dropFirst().dropLast()) }
        #expect(encoder.encode(pieces: pieces) == encoder.encode(cases.map { Array($0.text.utf8) }))
        #expect(encoder.encode(pieces: []).rowCount == 0)
        #expect(encoder.encode([]).rowCount == 0)
        #expect(encoder.pieceLimit == 38)
    }

    @Test func aVectorDependsOnNothingBesideItsText() throws {
        let words = [
            "the river", "runs", "running", "to the sea", "!", "over water", "zzz", "and it is",
        ]
        // 300 texts of 0 to 60 words, longer than a pass and than a sequence together.
        var state: UInt64 = 1
        let texts = (0..<300).map { _ -> [UInt8] in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = Int(state >> 33) % 60
            return Array(
                (0..<count).map { words[(Int(state >> 40) + $0 * $0) % words.count] }
                    .joined(separator: " ").utf8
            )
        }
        var expected: Tensor<Float>?
        for kernels in Kernels.all {
            for threadCount in [1, 2, 5] {
                let encoder = try SentenceEncoder(
                    folder: tinyFolder,
                    pool: ComputePool(threadCount: threadCount),
                    kernels: kernels
                )
                let together = encoder.encode(texts)
                if let expected {
                    #expect(together == expected, "\(threadCount) threads, \(kernels.name)")
                }
                expected = together
                var alone = Tensor<Float>(width: encoder.width)
                for batch in stride(from: 0, to: texts.count, by: 7) {
                    alone.append(encoder.encode(Array(texts[batch...].prefix(7))))
                }
                #expect(alone == together)
            }
        }
    }

    @Test func passesTileTheSequences() throws {
        let encoder = try SentenceEncoder(folder: tinyFolder, pool: ComputePool(threadCount: 64))
        for count in [1, 2, 3, 63, 64, 65] {
            let vectors = encoder.encode(Array(repeating: Array("river".utf8), count: count))
            #expect(vectors.rowCount == count)
            for row in 0..<count { #expect(vectors[row: row].elementsEqual(vectors[row: 0])) }
        }
    }

    // MARK: - Bad models

    @Test func aMissingFolderSaysWhatToRun() {
        let error = #expect(throws: ModelsError.missingFolder("/nonexistent")) {
            try SentenceEncoder(folder: "/nonexistent", pool: ComputePool(threadCount: 1))
        }
        #expect(
            error?.description
                == "the model folder /nonexistent does not exist; run `make setup` to fetch the model"
        )
        #expect(error?.exitCode == .unavailable)
    }

    @Test(arguments: ["config.json", "vocab.txt", "model.safetensors"])
    func aMissingOrEmptyFileIsNamed(name: String) throws {
        let folder = try TemporaryFolder()
        let model = try folder.tinyModel()
        for content in [Data(), nil] {
            try FileManager.default.removeItem(atPath: "\(model)/\(name)")
            if let content { try content.write(to: URL(filePath: "\(model)/\(name)")) }
            let error = #expect(throws: ModelsError.self) {
                try SentenceEncoder(folder: model, pool: ComputePool(threadCount: 1))
            }
            #expect(error?.problem.contains("\(model)/\(name)") == true)
            #expect(error?.mend?.contains("make setup") == true)
        }
    }

    @Test(arguments: [
        ("config.json", "\"gelu\"", "\"relu\"", "says hidden_act is relu, where gelu is supported"),
        ("config.json", "\"bert\"", "\"t5\"", "says model_type is t5, where bert is supported"),
        (
            "config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
            "lacks the tensor encoder.layer.2."
        ),
        (
            "config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 3",
            "says hidden_size over num_attention_heads is 32 over 3"
        ),
        (
            "config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 0",
            "num_attention_heads is 0"
        ),
        ("config.json", "\"hidden_size\": 32", "\"hidden_size\": 64", "where [33, 64] is expected"),
        (
            "config.json", "\"hidden_size\": 32", "\"hidden_size\": \"x\"",
            "hidden_size is of the wrong kind"
        ),
        ("config.json", "\"vocab_size\"", "\"vocab\"", "it lacks vocab_size"),
        ("vocab.txt", "river\n", "", "33 pieces are expected, 32 are there"),
        (
            "1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true",
            "\"pooling_mode_mean_tokens\": false", "pooling_mode_mean_tokens is false"
        ),
        ("sentence_bert_config.json", "40", "2", "max_seq_length is 2"),
    ])
    func aModelThatDoesNotFitIsRefused(
        file: String,
        old: String,
        new: String,
        problem: String
    ) throws {
        let folder = try TemporaryFolder()
        let model = try folder.tinyModel()
        let url = URL(filePath: "\(model)/\(file)")
        let content = try String(contentsOf: url, encoding: .utf8)
        #expect(content.contains(old))
        try Data(content.replacing(old, with: new).utf8).write(to: url)
        let error = #expect(throws: ModelsError.self) {
            try SentenceEncoder(folder: model, pool: ComputePool(threadCount: 1))
        }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "no error")")
    }

    @Test func fingerprintsTellWeightsApart() throws {
        let folder = try TemporaryFolder()
        let model = try folder.tinyModel()
        let pool = ComputePool(threadCount: 1)
        let original = try SentenceEncoder(folder: model, pool: pool).fingerprint
        #expect(original == (try SentenceEncoder(folder: tinyFolder, pool: pool).fingerprint))
        let url = URL(filePath: model + "/model.safetensors")
        var weights = try Data(contentsOf: url)
        weights[weights.count - 1] ^= 1
        try weights.write(to: url)
        #expect(original != (try SentenceEncoder(folder: model, pool: pool).fingerprint))
    }
}

/// The real model, where `make setup` has fetched it.
@Suite(.enabled(if: exists(modelFolder + "/model.safetensors")))
struct MiniLMTests {
    @Test func vectorsEqualSentenceTransformers() throws {
        let url = fixtures.appending(path: "sentences.json")
        let sentences = try JSONDecoder().decode([String].self, from: Data(contentsOf: url))
        let reference = try Data(contentsOf: fixtures.appending(path: "sentence-vectors.f32"))
            .withUnsafeBytes { bytes in
                (0..<(bytes.count / 4)).map {
                    Float(
                        bitPattern: UInt32(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: 4 * $0,
                                as: UInt32.self
                            )
                        )
                    )
                }
            }
        let encoder = try SentenceEncoder(
            folder: modelFolder,
            pool: ComputePool(),
            precision: .float32
        )
        let vectors = encoder.encode(sentences.map { Array($0.utf8) })
        #expect(vectors.elements.count == reference.count && sentences.count == 62)
        for (row, sentence) in sentences.enumerated() {
            let expected = reference[(row * 384)..<((row + 1) * 384)]
            #expect(cosine(vectors[row: row], expected) >= 0.9999, "\(sentence)")
            #expect(zip(vectors[row: row], expected).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    private struct Pair: Decodable {
        var a: String
        var b: String
        var score: Double
    }

    @Test(.enabled(if: exists(benchmarkFile)))
    func similarityRanksLikeSentenceTransformers() throws {
        let pairs = try gunzipped(benchmarkFile).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Pair.self, from: Data($0)) }
        #expect(pairs.count == 1_500)
        let encoder = try SentenceEncoder(
            folder: modelFolder,
            pool: ComputePool(),
            precision: .float32
        )
        let first = encoder.encode(pairs.map { Array($0.a.utf8) })
        let second = encoder.encode(pairs.map { Array($0.b.utf8) })
        let cosines = pairs.indices.map { cosine(first[row: $0], second[row: $0]) }
        let correlation = spearmanCorrelation(cosines, pairs.map(\.score))
        // scripts/stsb_spearman.py
        #expect(abs(correlation - 0.867163) < 1e-4)
    }
}
