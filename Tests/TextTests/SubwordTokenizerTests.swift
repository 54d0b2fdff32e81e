import Foundation
import Testing
import Text

@Suite struct SubwordTokenizerTests {
    private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    // MARK: - SentencePiece

    private func sentencePiece(addsSpacePrefix: Bool = true) throws -> SentencePieceTokenizer {
        let names = ["<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁a", "abab", "ba", "<user>"]
        let bytes = names + ["<0xC3>", "<0xA9>", "<0xFF>", "<0x63>"]
        let kinds: [TokenKind] =
            [.unknown, .control, .control] + [TokenKind](repeating: .normal, count: 7)
            + [.userDefined] + [TokenKind](repeating: .byte, count: 4)
        return try SentencePieceTokenizer(
            pieces: self.bytes(bytes),
            scores: [0, 0, 0, -9, -8, -8, -2, -3, -1, -2, 0, 0, 0, 0, 0],
            kinds: kinds,
            unknownToken: 0,
            addsSpacePrefix: addsSpacePrefix
        )
    }

    @Test(arguments: [
        ("", []), (" ", [3, 3]), ("a", [7]), ("b", [3, 5]),
        // Of equal scores the leftmost goes first, and the better one before it.
        ("aba", [3, 6, 4]), ("bab", [3, 9, 5]), ("abab", [3, 8]), ("ababab", [3, 8, 6]),
        ("é", [3, 11, 12]), ("\u{E8}", [3, 11, 0]), ("a a", [7, 7]),
        ("ab<user>ab", [3, 6, 10, 3, 6]), ("</s>", [3, 0, 0, 0, 0]),
    ])
    func theBestNeighboursAreJoined(text: String, expected: [Int32]) throws {
        let tokens = try sentencePiece().tokenIDs(of: Array(text.utf8), readsControlTokens: false)
        #expect(tokens == expected)
    }

    @Test func controlTokensAreReadOnlyWhereThatIsAsked() throws {
        let tokenizer = try sentencePiece(addsSpacePrefix: false)
        let text = Array("a<s>b</s>".utf8)
        #expect(tokenizer.tokenIDs(of: text, readsControlTokens: true) == [4, 1, 5, 2])
        #expect(tokenizer.bytes(of: [4, 1, 5, 2]) == Array("ab".utf8))
        #expect(!tokenizer.tokenIDs(of: text, readsControlTokens: false).contains(1))
    }

    @Test func bytesWithoutCharacterAreTokensOfTheirOwn() throws {
        let tokenizer = try sentencePiece()
        #expect(tokenizer.tokenIDs(of: [0xFF, 0xC3], readsControlTokens: false) == [3, 13, 11])
        #expect(tokenizer.bytes(of: [3, 13, 11, 7]) == [0xFF, 0xC3, 0x20, 0x61])
    }

    @Test func aVocabularyThatDoesNotFitIsRefused() {
        #expect(throws: VocabularyError.lengths(tokens: 1, other: 2)) {
            try SentencePieceTokenizer(
                pieces: bytes(["a"]),
                scores: [1, 2],
                kinds: [.normal],
                unknownToken: 0,
                addsSpacePrefix: true
            )
        }
        #expect(throws: VocabularyError.size(0)) {
            try BytePairTokenizer(tokens: [], kinds: [], merges: [], preTokenizer: .gpt2)
        }
        #expect(throws: VocabularyError.merge(index: 1)) {
            try BytePairTokenizer(
                tokens: bytes(["a", "b", "ab"]),
                kinds: [.normal, .normal, .normal],
                merges: bytes(["a b", "ab"]),
                preTokenizer: .gpt2
            )
        }
    }

    // MARK: - Byte-level pairs

    @Test func pairsAreJoinedInTheOrderOfTheRules() throws {
        let names = ["a", "b", "c", "ab", "bc", "abc", "Ġ", "Ġa", "<|end|>", "aaa"]
        let tokenizer = try BytePairTokenizer(
            tokens: bytes(names),
            kinds: names.map { $0 == "<|end|>" ? .control : .normal },
            merges: bytes(["b c", "a b", "a bc", "Ġ a", "a aa"]),
            preTokenizer: .gpt2
        )
        func tokens(_ text: String, reads: Bool = false) -> [Int32] {
            tokenizer.tokenIDs(of: Array(text.utf8), readsControlTokens: reads)
        }
        #expect(tokens("abc") == [5])
        #expect(tokens("ab bc") == [3, 6, 4])
        #expect(tokens("a abab") == [0, 6, 3, 3])
        #expect(tokens("a a") == [0, 7])
        // A rule with a piece that is no token never applies; a byte without token is left out.
        #expect(tokens("aaaz") == [0, 0, 0])
        #expect(tokens("a<|end|>", reads: true) == [0, 8])
        #expect(tokenizer.bytes(of: [7, 8, 5]) == Array(" aabc".utf8))
    }

    /// Long words without a break must not take quadratic time.
    @Test func longWordsAreCutInLinearithmicTime() throws {
        let tokenizer = try BytePairTokenizer(
            tokens: bytes(["a", "aa", "aaaa"]),
            kinds: [.normal, .normal, .normal],
            merges: bytes(["a a", "aa aa"]),
            preTokenizer: .gpt2
        )
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 400_003)
        let tokens = tokenizer.tokenIDs(of: text, readsControlTokens: false)
        #expect(tokens.count == 100_002 && tokens.suffix(3) == [2, 1, 0])
    }

    // MARK: - Composed text

    private struct Composed: Decodable {
        struct Case: Decodable {
            var text: String
            var tokens: [Int32]
            /// What the tokens stand for, without control tokens.
            var normal: String
        }
        var names: [String]
        var merges: [String]
        var cases: [Case]
    }

    private func composed() throws -> (tokenizer: BytePairTokenizer, cases: [Composed.Case]) {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/byte-pairs.json")
        let fixture = try JSONDecoder().decode(Composed.self, from: Data(contentsOf: url))
        let tokenizer = try BytePairTokenizer(
            tokens: bytes(fixture.names),
            kinds: fixture.names.map { $0 == "<|im_end|>" ? .control : .normal },
            merges: bytes(fixture.merges),
            preTokenizer: .qwen2,
            composesText: true
        )
        return (tokenizer, fixture.cases)
    }

    @Test func charactersAndTheirMarksAreComposedAsTheReferenceDoes() throws {
        let (tokenizer, cases) = try composed()
        for test in cases {
            let tokens = tokenizer.tokenIDs(of: Array(test.text.utf8), readsControlTokens: true)
            #expect(tokens == test.tokens, "\(test.text.debugDescription)")
            #expect(tokenizer.bytes(of: tokens) == Array(test.normal.utf8))
        }
    }

    /// They are never looked at more closely, so they must be what they are in every text.
    @Test func charactersThatAreAlwaysComposedJoinNoneBeforeThem() {
        for value in UInt32(0)..<0x3_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            let parts = text.decomposedStringWithCanonicalMapping.unicodeScalars
            // Consonants and vowels of Hangul are joined by a rule, marks by being parts of something.
            for part in parts.dropFirst() where !(0xAC00...0xD7A3).contains(value) {
                #expect(!CanonicalComposition.isAlwaysComposed(part.value), "\(part.value)")
            }
            guard CanonicalComposition.isAlwaysComposed(value) else { continue }
            let composed = Array(text.precomposedStringWithCanonicalMapping.unicodeScalars)
            #expect(
                composed == [scalar] && scalar.properties.canonicalCombiningClass == .notReordered
            )
            #expect(!(0x1161...0x11FF).contains(value), "\(value)")
        }
    }

    @Test func plainTextIsNotWrittenAnew() {
        for text in ["", "plain", "naïve café", "tiếng Việt", "我想 カタカナ 한국어", "🦙"] {
            let bytes = Array(text.precomposedStringWithCanonicalMapping.utf8) + [0xFF]
            #expect(bytes.withUnsafeBytes { CanonicalComposition.composed($0) } == nil, "\(text)")
        }
    }

    /// Between characters too, and cut-off ones at the end.
    @Test func bytesThatAreNoTextStayWhereTextIsComposed() throws {
        let tokenizer = try composed().tokenizer
        let text: [UInt8] =
            Array("e\u{301}".utf8) + [0xFF, 0xCC] + Array("e\u{301}".utf8) + [0xE2, 0x96]
        let expected: [UInt8] = Array("é".utf8) + [0xFF, 0xCC] + Array("é".utf8) + [0xE2, 0x96]
        let tokens = tokenizer.tokenIDs(of: text, readsControlTokens: false)
        #expect(tokenizer.bytes(of: tokens) == expected)
    }

    // MARK: - Words

    private struct Case: Decodable {
        var rule: String
        var words: [String]
    }

    @Test func wordsAreThoseOfTheReference() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/pre-tokenizers.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(Set(cases.map(\.rule)) == Set(PreTokenizer.allCases.map(\.rawValue)))
        for test in cases {
            let rule = try #require(PreTokenizer(rawValue: test.rule))
            let text = test.words.flatMap { Array($0.utf8) }
            let words = rule.words(of: text).map { String(decoding: text[$0], as: UTF8.self) }
            #expect(words.map { Array($0.utf8) } == test.words.map { Array($0.utf8) }, "\(rule)")
        }
    }

    @Test(arguments: PreTokenizer.allCases)
    func wordsTileAnyBytes(rule: PreTokenizer) {
        var state: UInt64 = 5
        for _ in 0..<400 {
            var text: [UInt8] = []
            for _ in 0..<30 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(
                    UInt8(truncatingIfNeeded: state >> 56) & (state & 256 == 0 ? 0x7F : 0xFF)
                )
            }
            let words = rule.words(of: text)
            #expect(words.first?.lowerBound == 0 && words.last?.upperBound == text.count)
            #expect(zip(words, words.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect(words.allSatisfy { !$0.isEmpty })
        }
    }
}
