import Foundation
import Loopback
import Testing

/// `riverrun summarize` with a language model, which a server on loopback plays.
@Suite struct SummarizeModelTests {
    private typealias Action = LoopbackServer.Action

    private static let licence = "/usr/share/common-licenses/Apache-2.0"

    private static func script(_ answer: String) -> [Action] {
        [.head()] + answer.split(separator: " ").map { Action.word("\($0) ") } + [.end()]
    }

    private func summarize(
        _ server: LoopbackServer,
        _ arguments: [String],
        input: Data? = nil
    ) throws -> Binary.Result {
        try withExtendedLifetime(server) {
            try Binary.run(
                ["summarize", "--server", server.url] + arguments,
                input: input,
                environment: ["OPENAI_API_KEY": ""]
            )
        }
    }

    @Test func whatFitsIsSummarizedAtOnce() throws {
        let text = Data("The Liffey rises in Wicklow. It is 132 km long.\n".utf8)
        let server = try LoopbackServer(
            Self.script("It rises in Wicklow [1]. It is 400 km long [1]. Salmon [2].")
        )
        let result = try summarize(server, ["-"], input: text)
        #expect(server.requests.count == 1 && result.status == 0)
        #expect(
            result.output == """
                It rises in Wicklow [1]. It is 400 km long [1]. [unsupported: not found there] \
                Salmon [2]. [unsupported: there is no [2]]

                [1] stdin:0-29, 29-48

                """
        )
    }

    @Test func partsAreSummarizedUntilOneIsLeft() throws {
        let server = try LoopbackServer(
            Self.script("The License grants patent and copyright licenses [1]."),
            Self.script("Derivative Works are works [2]. Moons are cheese [3]."),
            Self.script("The License grants licenses [1].")
        )
        let options = [Self.licence, "--context", "1500", "--tokens", "200", "--json"]
        let result = try summarize(server, options)
        #expect(result.status == 0)
        let requests = server.requests
        // Eleven kilobytes in parts of about a thousand tokens, then their summaries.
        #expect((4...8).contains(requests.count))
        let last = try #require(requests.last)
        #expect(last.contains("The License grants patent and copyright licenses [1]."))
        #expect(!last.contains("cheese"))
        let object = try #require(try result.objects().first)
        let sentences = try #require(object["sentences"] as? [[String: Any]])
        #expect(sentences.count == 1)
        let source = Array(try Data(contentsOf: URL(filePath: Self.licence)))
        let sentence = try #require(sentences.first)
        let start = try #require(sentence["start"] as? Int)
        let end = try #require(sentence["end"] as? Int)
        #expect(Array(source[start..<end]) == Array((sentence["text"] as? String ?? "").utf8))
        #expect(sentence["supported"] as? Int == 1)
        #expect(sentence["claim"] as? String == "The License grants licenses [1].")
        #expect(
            Set(sentence.keys) == [
                "document", "start", "end", "path", "text", "claim", "supported", "fault", "score",
                "citations",
            ]
        )
    }

    @Test func aContextThatCannotFitIsTold() throws {
        let server = try LoopbackServer(Self.script("x"))
        let result = try summarize(server, [Self.licence, "--context", "300"])
        #expect(result.status == 64 && result.output == "")
        #expect(
            result.errors.contains("the context holds 300 tokens, and one passage with its task")
        )
        #expect(server.requests.isEmpty)
    }

    @Test func nothingHasNoSummary() throws {
        let server = try LoopbackServer(Self.script("x"))
        let result = try summarize(server, ["-"], input: Data())
        #expect(result.status == 65 && server.requests.isEmpty)
    }

    @Test func interruptionStopsIt() throws {
        let scratch = try Scratch()
        let file = scratch.file("a.txt", "The Liffey rises in Wicklow.\n")
        let server = try LoopbackServer([.head(), .word("It rises "), .hang])
        let running = try Running(
            ["summarize", file.path(), "--server", server.url, "-q"]
                + ["--models", Binary.root.appending(path: "models").path()],
            in: scratch
        )
        try running.waitForOutput()
        running.send(SIGINT)
        #expect(running.wait() == 130)
        #expect(running.errors == "riverrun: stopped\n")
    }

    private static let stories = Binary.root
        .appending(path: "../shared/models/stories260K/stories260K-F32.gguf").path

    /// It tells stories whatever it is asked, in parts that fit its 512 tokens.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: stories)))
    func aModelInTheProcessSummarizesPartByPart() throws {
        let text = (1...6).map { "# Part \($0)\n\nLily had a red ball. Tom had a big dog.\n\n" }
        let arguments = ["summarize", "-", "--model", Self.stories, "--tokens", "16", "-q"]
        let input = Data(text.joined().utf8)
        let one = try Binary.run(arguments + ["--threads", "1"], input: input)
        #expect(one.status == 0 && one.output.contains("[unsupported: "))
        let two = try Binary.run(arguments + ["--threads", "2"], input: input)
        #expect(two.output == one.output)
    }
}
