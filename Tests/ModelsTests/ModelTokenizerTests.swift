import Foundation
import ModelFiles
import Models
import Testing
import Text

private let vocabularies = modelsFolder + "/vocabularies/ggml-vocab-"
private let cases = modelsFolder + "/tokenizer-cases/"

/// Real vocabularies beside the ids that llama.cpp and Hugging Face's tokenizers give.
@Suite struct ModelTokenizerTests {
    private func tokenizer(_ name: String) throws -> ModelTokenizer {
        try ModelTokenizer(GGUFFile(path: vocabularies + name + ".gguf"))
    }

    @Test(
        arguments: ["llama-spm", "gpt-2", "deepseek-coder"].filter {
            exists(vocabularies + $0 + ".gguf")
        }
    )
    func textsBecomeTheReferencesTokens(name: String) throws {
        let tokenizer = try tokenizer(name).tokenizer
        func content(_ suffix: String) throws -> String {
            try String(contentsOfFile: vocabularies + name + ".gguf" + suffix, encoding: .utf8)
        }
        let separator = Data("\n__ggml_vocab_test__\n".utf8)
        var rest = Data(try content(".inp").utf8)
        var texts: [[UInt8]] = []
        while let range = rest.firstRange(of: separator) {
            texts.append(Array(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        let lines = try content(".out").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count > 40 && lines.count >= texts.count)
        for (text, line) in zip(texts, lines) {
            let expected = line.split(separator: " ").compactMap { Int32($0) }
            let tokens = tokenizer.tokenIDs(of: text, readsControlTokens: false)
            #expect(tokens == expected, "\(String(decoding: text, as: UTF8.self))")
            #expect(tokenizer.bytes(of: tokens) == text)
        }
    }

    private struct Encoded: Decodable {
        var text: String
        var token_ids: [Int32]
    }

    @Test(
        arguments: [("llama-spm", "llama_encoded"), ("gpt-2", "gpt2_encoded_tokens")].filter {
            exists(vocabularies + $0.0 + ".gguf") && exists(cases + $0.1 + ".json")
        }
    )
    func aPageBecomesTheReferencesTokens(name: String, file: String) throws {
        let url = URL(filePath: cases + file + ".json")
        let test = try JSONDecoder().decode(Encoded.self, from: Data(contentsOf: url))
        let tokenizer = try tokenizer(name)
        let tokens = tokenizer.tokenizer.tokenIDs(
            of: Array(test.text.utf8),
            readsControlTokens: false
        )
        // Hugging Face's llama puts the token of the beginning first.
        let expected =
            test.token_ids.first == 1 ? Array(test.token_ids.dropFirst()) : test.token_ids
        #expect(tokens == expected)
    }

    private struct Sentence: Decodable {
        struct Encoded: Decodable { var input_ids: [Int32] }
        var input: String
        var encoded: Encoded
    }

    @Test(
        arguments: [
            ("llama-spm", "coreml-projects/Llama-2-7b-chat-coreml"), ("gpt-2", "distilgpt2"),
        ].filter { exists(vocabularies + $0.0 + ".gguf") && exists(cases + "tokenizer_tests.json") }
    )
    func sentencesBecomeTheTokensOfHuggingFace(name: String, model: String) throws {
        let data = try Data(contentsOf: URL(filePath: cases + "tokenizer_tests.json"))
        let sentences = try JSONDecoder().decode([String: [Sentence]].self, from: data)
        let tokenizer = try tokenizer(name)
        for test in try #require(sentences[model]) {
            #expect(tokenizer.promptTokens(of: Array(test.input.utf8)) == test.encoded.input_ids)
        }
    }

    @Test func namesOfControlTokensStandForThemWhereTheyAreRead() throws {
        let file = try GGUFFile(path: fixtures.appending(path: "llama/llama3.gguf").path)
        let tokenizer = try ModelTokenizer(file)
        let text = Array("a</s> b".utf8)
        let read = tokenizer.promptTokens(of: text, readsControlTokens: true)
        #expect(read.first == 1 && read.dropFirst().contains(2))
        let plain = tokenizer.promptTokens(of: text)
        #expect(!plain.dropFirst().contains { $0 < 3 })
        #expect(tokenizer.tokenizer.bytes(of: plain) == text)
        #expect(tokenizer.endTokens == [2])
    }

    @Test(arguments: ["llama3"])
    func anyBytesComeBack(name: String) throws {
        let file = try GGUFFile(path: fixtures.appending(path: "llama/\(name).gguf").path)
        let tokenizer = try ModelTokenizer(file).tokenizer
        var generator = SplitMix64(51)
        for _ in 0..<300 {
            let count = Int.random(in: 0..<40, using: &generator)
            let bytes = (0..<count).map { _ in
                UInt8.random(
                    in: Bool.random(using: &generator) ? 0x20...0x7A : 0...255,
                    using: &generator
                )
            }
            let tokens = tokenizer.tokenIDs(of: bytes, readsControlTokens: false)
            #expect(tokenizer.bytes(of: tokens) == bytes)
        }
    }
}
