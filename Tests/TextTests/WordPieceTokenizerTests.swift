import Diagnostics
import Foundation
import Testing
import Text

private let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
private let model = packageRoot.appending(path: "models/all-MiniLM-L6-v2/vocab.txt").path
private let cases = packageRoot.appending(path: "../shared/models/tokenizer-cases")

private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

private struct Case: Decodable {
    var text: String
    var ids: [Int32]
}

private struct Question: Decodable {
    var original: String
    var wordpiece: [String]
}

private func decode<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

@Suite struct WordPieceTokenizerTests {
    /// A vocabulary small enough to check by hand.
    private let small = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "run", "##ning", "##n", "##ing", "river", "!",
        "#", "##s", "字", "e", "[",
    ].map { Array($0.utf8) }

    private func tokenizer(_ pieces: [[UInt8]], _ file: String) throws -> WordPieceTokenizer {
        try WordPieceTokenizer(vocabulary: pieces.joined(separator: [0x0A]), file: file)
    }

    private func smallTokenizer() throws -> WordPieceTokenizer {
        try tokenizer(small, "small.txt")
    }

    @Test(arguments: [
        ("Running rivers!", [5, 6, 9, 12, 10]),
        ("RUN\u{301}N run", [5, 7, 5]),
        ("runx run", [1, 5]),
        ("run字run", [5, 13, 5]),
        ("É\u{0}\u{FFFD}ë", [1]),
        ("é\u{2003}#", [14, 11]),
        ("[SEP][[MASK]", [3, 15, 4]),
        ("", []),
    ])
    func wordsAreCutGreedily(text: String, expected: [Int32]) throws {
        #expect(try smallTokenizer().tokenIDs(of: Array(text.utf8)) == expected)
    }

    @Test func invalidBytesAreDropped() throws {
        let tokenizer = try smallTokenizer()
        let run = Array("run".utf8)
        let broken: [[UInt8]] = [
            [0x80], [0xC0, 0xAF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F], [0xFF],
        ]
        for bytes in broken {
            #expect(tokenizer.tokenIDs(of: bytes + run) == [5], "\(bytes)")
            #expect(tokenizer.tokenIDs(of: run + bytes) == [5], "\(bytes)")
        }
    }

    @Test func countingStopsPastTheLimit() throws {
        let tokenizer = try smallTokenizer()
        let text = Array("running! running! runx".utf8)
        for limit in 0..<10 {
            #expect(tokenizer.pieceCount(of: text, limit: limit) == min(7, limit + 1))
            let first = text.withUnsafeBytes { tokenizer.tokenIDs(of: $0, limit: limit) }
            #expect(first == Array(tokenizer.tokenIDs(of: text).prefix(limit)))
        }
    }

    @Test func wholeWordsAndSpeltOutOnesAreCutAlike() throws {
        // Words of up to 34 bytes around the 16 that are looked up at once, many of them pieces.
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let words = (0..<400).map { _ in
            (0..<(1 + random(random(2) == 0 ? 5 : 34))).map { _ in
                UInt8(ascii: "a") + UInt8(random(3))
            }
        }
        let letters = ["a", "b", "c", "##a", "##b", "##c"].map { Array($0.utf8) }
        let continuations = words.suffix(100).map { Array("##".utf8) + $0 }
        let longer = Set(words.prefix(200) + continuations).subtracting(letters)
        let pieces = Array(small.prefix(5)) + letters + longer
        let tokenizer = try tokenizer(pieces, "random.txt")
        for word in words + words.map({ $0 + Array("x".utf8) }) {
            let text = word.map { random(4) == 0 ? $0 - 0x20 : $0 }
            // A soft hyphen vanishes, and a word with one is not looked up as a whole.
            let spelt: [UInt8] = text.flatMap { [$0, 0xC2, 0xAD] as [UInt8] }
            for end in [[], [0x20], [0x2E], [0x00], [0x7F]] as [[UInt8]] {
                let whole = tokenizer.tokenIDs(of: text + end)
                #expect(whole == tokenizer.tokenIDs(of: spelt + end))
                if end.isEmpty { #expect(whole == cut(word, into: pieces)) }
                if end != [0x2E], let index = pieces.firstIndex(of: word) {
                    #expect(whole == [Int32(index)])
                }
            }
        }
    }

    /// The longest pieces first, or the unknown one.
    private func cut(_ word: [UInt8], into pieces: [[UInt8]]) -> [Int32] {
        let numbers = Dictionary(uniqueKeysWithValues: zip(pieces, pieces.indices))
        var found: [Int32] = []
        var start = 0
        while start < word.count {
            let mark = start == 0 ? [] : Array("##".utf8)
            let end = (start..<word.count).reversed().first {
                numbers[mark + word[start...$0]] != nil
            }
            guard let end, let piece = numbers[mark + word[start...end]] else { return [1] }
            found.append(Int32(piece))
            start = end + 1
        }
        return found
    }

    @Test func linesEndInAnyWay() throws {
        let lines = small.map { String(decoding: $0, as: UTF8.self) }
        let expected = try smallTokenizer()
        for end in ["\n", "\r\n"] {
            for last in ["", end] {
                let text = lines.joined(separator: end) + last
                let found = try WordPieceTokenizer(vocabulary: text.utf8, file: "v.txt")
                #expect(found.vocabulary == expected.vocabulary)
                #expect(found.vocabularySize == small.count)
            }
        }
    }

    @Test func wordsAreCutAlikeAloneAndInAText() throws {
        let tokenizer = try smallTokenizer()
        let kinds = [
            "run", "Running", "runx", "river!", "!", "#", "字", "é", "ë", "[", "[SEP]", "[MASK",
            "\u{0}",
            "runningrunningrunning", "runs\u{AD}", "run字run", "  ", "e",
            "run”", "“Run", "river—run", "—", "é”", "run\u{301}", "run\u{A0}run", "\u{37E}",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let words = (0..<Int.random(in: 0...70, using: &generator)).map { _ in
                kinds.randomElement(using: &generator) ?? ""
            }
            let text = words.joined(separator: " ")
            let expected = words.flatMap { tokenizer.tokenIDs(of: Array($0.utf8)) }
            #expect(tokenizer.tokenIDs(of: Array(text.utf8)) == expected, "\(text)")
            #expect(tokenizer.pieceCount(of: Array(text.utf8)) == expected.count, "\(text)")
        }
    }

    @Test func aVocabularyWithoutSpecialPiecesIsRefused() {
        let error = WordPieceError.missingPiece(file: "v.txt", piece: "[SEP]")
        #expect(throws: error) {
            try tokenizer(small.filter { $0 != Array("[SEP]".utf8) }, "v.txt")
        }
        #expect(
            error.description
                == "the vocabulary v.txt lacks the piece [SEP]; "
                + "run `make setup` to fetch the model again"
        )
    }

    @Test func aRepeatedPieceIsRefused() {
        #expect(throws: WordPieceError.duplicatePiece(file: "v.txt", line: 17, firstLine: 6)) {
            try tokenizer(small + [small[5]], "v.txt")
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: WordPieceError.self) {
            try WordPieceTokenizer(vocabularyFile: "/nonexistent/vocab.txt")
        }
        #expect(error?.problem.contains("/nonexistent/vocab.txt") == true)
        #expect(error?.exitCode == .unavailable)
    }

    @Test(.enabled(if: exists(model)))
    func piecesOfManyScriptsEqualHuggingFace() throws {
        let tokenizer = try WordPieceTokenizer(vocabularyFile: model)
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/wordpiece.json")
        for entry in try decode([Case].self, from: fixture) {
            let text = Array(entry.text.utf8)
            #expect(tokenizer.tokenIDs(of: text) == entry.ids, "\(entry.text.debugDescription)")
            #expect(tokenizer.pieceCount(of: text) == entry.ids.count)
        }
    }

    @Test(.enabled(if: exists(cases.path)))
    func piecesOfQuestionsEqualTheReference() throws {
        let vocabulary = cases.appending(path: "bert-vocab.txt")
        let tokenizer = try WordPieceTokenizer(vocabularyFile: vocabulary.path)
        let names = try String(contentsOf: vocabulary, encoding: .utf8).split(separator: "\n")
        let questions = try decode(
            [Question].self,
            from: cases.appending(path: "question_tokens.json")
        )
        let expected = try decode(
            [[Int32]].self,
            from: cases.appending(path: "tokenized_questions.json")
        )
        #expect(questions.count == 10_570 && expected.count == questions.count)
        for (question, expected) in zip(questions, expected) {
            let ids = tokenizer.tokenIDs(of: Array(question.original.utf8))
            #expect(ids == expected)
            #expect(ids.map { String(names[Int($0)]) } == question.wordpiece)
        }
    }
}
