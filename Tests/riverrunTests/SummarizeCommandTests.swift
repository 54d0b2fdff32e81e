import Foundation
import Testing

@Suite struct SummarizeCommandTests {
    private static let licence = "/usr/share/common-licenses/Apache-2.0"

    private func sentences(of result: Binary.Result) throws -> [[String: Any]] {
        let object = try #require(try result.objects().first)
        #expect(Set(object.keys) == ["text", "sentences"])
        return try #require(object["sentences"] as? [[String: Any]])
    }

    @Test func everySentenceIsCutOutOfTheFile() throws {
        let result = try Binary.run(["summarize", Self.licence, "--words", "150", "--json"])
        #expect(result.status == 0)
        let source = Array(try Data(contentsOf: URL(filePath: Self.licence)))
        let sentences = try sentences(of: result)
        var words = 0
        var last = 0
        for sentence in sentences {
            #expect(Set(sentence.keys) == ["document", "start", "end", "path", "text"])
            let start = try #require(sentence["start"] as? Int)
            let end = try #require(sentence["end"] as? Int)
            let text = try #require(sentence["text"] as? String)
            #expect(Array(source[start..<end]) == Array(text.utf8))
            #expect(start >= last)
            last = end
            words += text.split(whereSeparator: \.isWhitespace).count
        }
        #expect((120...165).contains(words))
    }

    @Test func aFileAPipeAndAStoreGiveTheSame() throws {
        let scratch = try Scratch()
        let store = scratch.path("store")
        #expect(try Binary.run(["ingest", Self.licence, "--store", store]).status == 0)
        let options = ["--words", "100", "--json"]
        let stored = try Binary.run(["summarize", "--store", store] + options)
        let read = try Binary.run(["summarize", Self.licence] + options)
        #expect(stored.output == read.output)
        let text = try Data(contentsOf: URL(filePath: Self.licence))
        let piped = try Binary.run(["summarize", "-"] + options, input: text)
        let texts = try [stored, piped].map { try sentences(of: $0).map { $0["text"] as? String } }
        #expect(texts[0] == texts[1])
        #expect(!texts[0].isEmpty)
    }

    @Test func aQueryTurnsTheSummary() throws {
        let about = ["--query", "patent licences and litigation", "--words", "80", "--json"]
        let result = try Binary.run(["summarize", Self.licence] + about)
        let texts = try sentences(of: result).compactMap { $0["text"] as? String }
        #expect(texts.contains { $0.contains("patent") })
    }

    @Test func everythingInAStoreIsSummarized() throws {
        let rivers = try Rivers.library.get()
        let result = try Binary.run([
            "summarize", "--store", rivers.store, "--words", "60", "--json",
        ])
        for sentence in try sentences(of: result) { #expect(try rivers.cuts(sentence)) }
        let unknown = try Binary.run(
            ["summarize", "--store", rivers.store, "--document", "styx"]
        )
        #expect(unknown.status == 66)
        #expect(unknown.errors.contains("holds no document `styx`"))
    }
}
