import Generation
import Testing

/// The examples of the documentation, by the public interface only.
@Suite struct GenerationExampleTests {
    @Test func aTextIsSummarized() throws {
        let sentences = [
            "The Elbe rises in Bohemia. ", "It rains a lot. ", "The Elbe flows to the North Sea. ",
        ]
        var start = 0
        let segments = sentences.map { text in
            defer { start += text.utf8.count }
            return SourceSegment(
                document: "elbe.txt",
                byteRange: start..<(start + text.utf8.count),
                path: ["Rivers"],
                bytes: Array(text.utf8)
            )
        }
        let summarizer = try Summarizer(configuration: SummaryConfiguration(words: 12))
        let summary = try summarizer.summarize(segments)
        #expect(
            summary.text == """
                # Rivers

                The Elbe rises in Bohemia. The Elbe flows to the North Sea.
                """
        )
        #expect(summary.sentences.map(\.byteRange) == [0..<26, 43..<75])
    }

    @Test func anAnswerIsPointedAt() throws {
        let sentence = Array("The bridge is 1,991 metres long.".utf8)
        let span = SpanPointer().span(in: sentence, question: "How long is the bridge?")
        let range = try #require(span)
        #expect(String(decoding: sentence[range], as: UTF8.self) == "1,991 metres")
    }
}
