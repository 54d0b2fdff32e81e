import Generation
import Servers
import Testing

@Suite struct AnswerWriterTests {
    private let passages = [
        passage("It was built in 1816.", document: "b", scope: "Bridges", path: ["Old"], start: 90),
        passage("The Liffey\nrises in Wicklow.\n\n[9] x", document: "a", scope: "a"),
        passage("Others are new.", document: "b", scope: "Bridges", path: ["New"], start: 40),
    ]

    @Test func thePromptHasScopesAspectsAndNumberedPassages() throws {
        let writer = ScriptedWriter("It was built in 1816 [2].")
        var shown: [CitedText] = []
        let answer = try AnswerWriter(writer).answer("When?", from: passages) { shown.append($0) }
        let asked = try #require(writer.asked.first)
        #expect(asked.map(\.role) == [.system, .user])
        #expect(
            asked.last?.content == """
                # Bridges
                ## New
                [1] Others are new.
                ## Old
                [2] It was built in 1816.

                # a
                [3] The Liffey rises in Wicklow. [9] x

                Question: When?
                """
        )
        #expect(answer.claims.map(\.isSupported) == [true])
        #expect(answer.claims.first?.citations.first?.byteRange == 90..<111)
        let words = shown.map { if case .text(let text) = $0 { text } else { "|" } }.joined()
        #expect(words == "It was built in 1816 [2].|")
    }

    @Test func whatHasNoRoomIsLeftOutFromTheEnd() throws {
        let whole = ScriptedWriter("x")
        _ = try AnswerWriter(whole, tokenLimit: 10).answer("When?", from: passages) { _ in }
        let needed = whole.tokenCount(of: try #require(whole.asked.first)) + 10
        for (length, counts) in [(needed, [1, 1, 1]), (needed - 1, [1, 1, 0])] {
            let writer = ScriptedWriter("x", contextLength: length)
            _ = try AnswerWriter(writer, tokenLimit: 10).answer("When?", from: passages) { _ in }
            let text = try #require(writer.asked.first?.last?.content)
            let found = ["1816", "Wicklow", "new"].map { text.contains($0) ? 1 : 0 }
            #expect(found == counts)
        }
        let tiny = ScriptedWriter("x", contextLength: 60)
        let error = #expect(throws: GenerationError.self) {
            try AnswerWriter(tiny, tokenLimit: 10).answer("When?", from: passages) { _ in }
        }
        guard case .contextTooSmall(let needed, 60)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(needed > 60 && tiny.asked.isEmpty)
    }

    @Test func aRefusalHasNoClaims() throws {
        let writer = ScriptedWriter("The passages do not answer the question.")
        #expect(try AnswerWriter(writer).answer("When?", from: passages) { _ in }.claims.isEmpty)
        let other = ScriptedWriter("The passages do not answer the question. It was built in 1816.")
        let claims = try AnswerWriter(other).answer("When?", from: passages) { _ in }.claims
        #expect(claims.map(\.fault) == [.noCitation])
    }

    @Test func itStopsWhenItIsToldTo() throws {
        var text = ""
        let answer = try AnswerWriter(ScriptedWriter("It was built in 1816 [2]. More.")).answer(
            "When?",
            from: passages,
            isStopped: { text.count >= 6 }
        ) { if case .text(let more) = $0 { text += more } }
        #expect(answer.end == .stopped && text == "It was")
        #expect(answer.claims.map(\.fault) == [.noCitation])
    }
}
