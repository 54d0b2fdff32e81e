import Chunking
import Foundation
import Testing
import Text

private let treebanks = dataFolder.appending(path: "ud-sentences").path

/// The quality on sentences that others marked, where the data is at hand.
@Suite(.enabled(if: exists(treebanks) && exists(vocabulary)))
struct SentenceQualityTests {
    private struct Document: Decodable {
        var text: String
        var sentences: [String]
    }

    private struct Rule: Decodable {
        var lang: String
        var text: String
        var sentences: [String]
    }

    private static let tokenizer = try? WordPieceTokenizer(vocabularyFile: vocabulary)

    /// F1 of the boundaries inside documents, as positions among the bytes that are no whitespace.
    private func score(_ documents: [Document]) throws -> Double {
        let tokenizer = try #require(Self.tokenizer)
        var (hits, found, wanted) = (0, 0, 0)
        for document in documents {
            let segments = try cut(Array(document.text.utf8), counter: tokenizer)
            let ours = innerEnds(segments.map { String(decoding: $0.text, as: UTF8.self) })
            let theirs = innerEnds(document.sentences)
            hits += ours.intersection(theirs).count
            found += ours.count
            wanted += theirs.count
        }
        return 2 * Double(hits) / Double(found + wanted)
    }

    private func innerEnds(_ parts: [String]) -> Set<Int> {
        var end = 0
        var ends: Set<Int> = []
        for part in parts {
            end += part.unicodeScalars.count { !$0.properties.isWhitespace }
            ends.insert(end)
        }
        return ends.subtracting([0, end])
    }

    @Test(arguments: [
        ("en_ewt", 0.94), ("en_pud", 0.995), ("de_gsd", 0.945), ("zh_gsd", 0.99),
        ("ru_pud", 0.99), ("hi_pud", 0.995), ("fr_pud", 0.99), ("es_pud", 0.99), ("ar_pud", 0.99),
    ])
    func boundariesAgreeWithTheTreebank(name: String, bar: Double) throws {
        let documents = try records(Document.self, "ud-sentences/\(name).jsonl.gz")
        let score = try score(documents)
        #expect(score >= bar, "\(name)")
    }

    @Test func nineOfTenGoldenRulesHold() throws {
        let rules = try records(Rule.self, "golden-rules/rules.jsonl.gz").filter {
            $0.lang == "en"
        }
        let tokenizer = try #require(Self.tokenizer)
        let kept = try rules.count { rule in
            try cut(Array(rule.text.utf8), counter: tokenizer).map { words($0.trimmed) }
                == rule.sentences.map { words($0) }
        }
        #expect(rules.count > 40 && kept * 10 >= rules.count * 9, "\(kept) of \(rules.count)")
    }

    private func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
}
