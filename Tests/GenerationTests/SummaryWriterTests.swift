import Foundation
import Generation
import Servers
import Testing

@Suite struct SummaryWriterTests {
    private let sentences = [
        "Salmon leap in spring.", "Herons fish at dawn.", "Barges carry turf.",
        "Monks built weirs.",
        "Floods came in 1954.", "Dams made light.",
    ]

    private func summarize(
        _ writer: ScriptedWriter,
        isStopped: () -> Bool = { false },
        take: (CitedText) -> Void = { _ in }
    ) throws -> (text: WrittenText, progress: [[Int]]) {
        var place = 0
        var rest = sentences[...]
        var progress: [[Int]] = []
        let text = try SummaryWriter(writer, words: 12, tokenLimit: 8).summarize(
            {
                guard let sentence = rest.popFirst() else { return nil }
                defer { place += sentence.utf8.count }
                return passage(sentence, path: ["A"], start: place)
            },
            isStopped: isStopped,
            progress: { level, count in progress.append([level, count]) },
            take
        )
        return (text, progress)
    }

    /// How many tokens a summary's task takes: that of statements, which is the longer one.
    private func taskSize() throws -> Int {
        let writer = ScriptedWriter("x")
        _ = try summarize(writer)
        let asked = try #require(writer.asked.first?.first)
        let statements = asked.content.replacingOccurrences(
            of: "numbered passages",
            with: "statements, which have the numbers of their passages behind them"
        )
        return writer.tokenCount(of: statements)
    }

    @Test func whatFitsIsSummarizedAtOnce() throws {
        let writer = ScriptedWriter("Salmon leap [1], floods came in 1954 [5]. Eels too [2].")
        var shown = ""
        let summary = try summarize(
            writer,
            take: { if case .text(let text) = $0 { shown += text } }
        )
        #expect(writer.asked.count == 1 && summary.progress.isEmpty)
        #expect(summary.text.claims.map(\.isSupported) == [true, false])
        #expect(shown == "Salmon leap [1], floods came in 1954 [5]. Eels too [2].")
        #expect(
            writer.asked.first?.last?.content.hasPrefix(
                "# Rivers\n## A\n[1] Salmon leap in spring.\n[2] H"
            )
                == true
        )
    }

    @Test func partsAreSummarizedThenTheirSummariesAndCitationsStay() throws {
        // Room for headings and three passages.
        let room = 4 + 5 + 5 + 4
        let writer = ScriptedWriter(
            "Salmon leap in spring [1]. Cows moo [2].",
            "Nothing that is true [4].",
            "Salmon leap [1], monks built weirs [4].",
            contextLength: try taskSize() + 8 + room
        )
        let summary = try summarize(writer)
        #expect(writer.asked.count == 3 && summary.progress == [[1, 1], [1, 2]])
        #expect(writer.asked[0].last?.content.hasSuffix("[3] Barges carry turf.") == true)
        #expect(writer.asked[1].last?.content.hasPrefix("# Rivers\n## A\n[4] Monks built") == true)
        #expect(writer.asked[1].first?.content.contains("the numbered passages, in at") == true)
        #expect(writer.asked[2].first?.content.contains("the statements, which have the") == true)
        // What is not supported does not go on; of a part without support its first sentence does.
        #expect(
            writer.asked[2].last?.content
                == "# Rivers\n## A\nSalmon leap in spring [1].\nMonks built weirs. [4]"
        )
        let claim = try #require(summary.text.claims.first)
        #expect(claim.isSupported && claim.citations.map(\.passage.number) == [1, 4])
        #expect(claim.citations.last?.byteRange == 60..<78)
    }

    @Test func aPassageThatHasNoRoomIsAnError() throws {
        let writer = ScriptedWriter("x", contextLength: try taskSize() + 8 + 5)
        #expect(
            throws: GenerationError.contextTooSmall(
                neededTokenCount: try taskSize() + 8 + 9,
                limit: try taskSize() + 8 + 5
            )
        ) { try summarize(writer) }
    }

    @Test func levelsGoOnAsLongAsTheyGetShorter() throws {
        // Room for a heading and two passages, of which a part keeps a sentence.
        let writer = ScriptedWriter(
            "Salmon leap in spring [1].",
            "Barges carry turf [3].",
            "Floods came in 1954 [5].",
            "Salmon leap in spring [1].",
            "Floods came in 1954 [5].",
            "Salmon leap in spring [1].",
            contextLength: try taskSize() + 8 + 4 + 5 + 5
        )
        let summary = try summarize(writer)
        #expect(summary.progress == [[1, 1], [1, 2], [1, 3], [2, 1], [2, 2]])
        #expect(writer.asked.count == 6)
        #expect(summary.text.claims.map(\.text) == ["Salmon leap in spring [1]."])
    }

    @Test func summariesThatDoNotGetShorterAreAnError() throws {
        let text = "Salmon leap in spring and leap in spring and leap in spring [1]."
        let limit = try taskSize() + 8 + 18
        let writer = ScriptedWriter(text, contextLength: limit)
        #expect(throws: GenerationError.summariesTooLong(limit: limit)) { try summarize(writer) }
        #expect(writer.asked.count == 4)
    }

    @Test func itStopsBetweenLevels() throws {
        let writer = ScriptedWriter("x", contextLength: try taskSize() + 8 + 18)
        let summary = try summarize(writer, isStopped: { true })
        #expect(summary.text.end == .stopped && summary.text.claims.isEmpty)
        #expect(writer.asked.count == 1)
    }

    @Test func nothingHasNoSummary() throws {
        let writer = ScriptedWriter("x")
        let summary = try SummaryWriter(writer, words: 9).summarize({ nil }) { _ in }
        #expect(summary.claims.isEmpty && writer.asked.isEmpty)
    }
}
