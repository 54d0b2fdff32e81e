import Foundation
import Loopback
import Testing

/// `riverrun ask` with a language model, which a server on loopback plays.
@Suite struct AskModelTests {
    private let rivers: Rivers

    init() throws {
        rivers = try Rivers.library.get()
    }

    /// A server that answers with some words, each in an event of its own.
    private func server(_ answer: String, end: String = "stop") throws -> LoopbackServer {
        try LoopbackServer(Self.script(answer, end: end))
    }

    private static func script(_ answer: String, end: String = "stop") -> [LoopbackServer.Action] {
        let words = answer.split(separator: " ").map { LoopbackServer.Action.word("\($0) ") }
        return [.head()] + words + [.end(end)]
    }

    private func ask(
        _ server: LoopbackServer,
        _ question: String = "How long is the Liffey?",
        _ arguments: String...
    ) throws -> Binary.Result {
        try withExtendedLifetime(server) {
            try Binary.run(
                ["ask", "--store", rivers.store, question, "--server", server.url] + arguments,
                environment: ["OPENAI_API_KEY": ""]
            )
        }
    }

    /// The number that the passage with some words had in the last request.
    private func number(of words: String, _ server: LoopbackServer) throws -> Int {
        let lines = try prompt(server).split(separator: "\n")
        let line = try #require(lines.first { $0.contains(words) })
        return try #require(Int(line.dropFirst().prefix { $0 != "]" }))
    }

    /// The passages and the question of the last request.
    private func prompt(_ server: LoopbackServer) throws -> String {
        struct Body: Decodable {
            struct Message: Decodable { let role, content: String }
            let messages: [Message]
        }
        let request = try #require(server.requests.last)
        let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
        let messages = try JSONDecoder().decode(Body.self, from: Data(body.utf8)).messages
        try #require(messages.map(\.role) == ["system", "user"])
        return messages[1].content
    }

    @Test func thePromptHasScopesAspectsAndNumberedPassages() throws {
        let server = try server("x")
        _ = try ask(server, "When was the Ha'penny Bridge built?")
        let prompt = try prompt(server)
        #expect(prompt.contains("# The Liffey\n"))
        #expect(prompt.contains("] The Liffey rises in") || prompt.contains("] # The Liffey"))
        #expect(prompt.hasSuffix("\n\nQuestion: When was the Ha'penny Bridge built?"))
    }

    @Test func whatIsCitedRightlyIsPrintedWithItsPlaces() throws {
        let probe = try server("x")
        _ = try ask(probe)
        let liffey = try number(of: "132 km", probe)
        let danube = try number(of: "Budapest", probe)
        let server = try server(
            "The Liffey is 132 km long [\(liffey)]. The Danube passes through Budapest [\(danube)]."
        )
        let result = try ask(server)
        #expect(result.status == 0 && result.errors == "")
        #expect(!result.output.contains("unsupported"))
        #expect(
            result.output.hasPrefix(
                "The Liffey is 132 km long [\(liffey)]. The Danube passes through Budapest [\(danube)]."
            )
        )
        #expect(result.output.contains("\n[\(liffey)] "))
        #expect(result.output.contains("liffey.md:"))
    }

    @Test func everyClaimIsARowThatCutsOutOfItsDocument() throws {
        let probe = try server("x")
        _ = try ask(probe)
        let liffey = try number(of: "132 km", probe)
        let danube = try number(of: "Budapest", probe)
        let server = try server(
            """
            The Liffey is 132 km long [\(liffey)]. It is 500 km long [\(liffey)]. Budapest lies on \
            the Danube [\(danube), \(liffey)]. Salmon sing. Herons too [99].
            """
        )
        let rows = try ask(server, "How long is the Liffey?", "--json").objects()
        #expect(rows.compactMap { $0["supported"] as? Int } == [1, 0, 0, 0, 0])
        #expect(
            rows.compactMap { $0["fault"] as? String } == [
                "", "not found there", "not found there", "cites nothing", "there is no [99]",
            ]
        )
        #expect(rows.compactMap { $0["rank"] as? Int } == [1, 2, 3, 4, 5])
        for row in rows.prefix(3) { #expect(try rivers.cuts(row), "\(row)") }
        let first = try #require(rows.first)
        #expect(first["answer"] as? String == "The Liffey is 132 km long [\(liffey)].")
        #expect((first["text"] as? String)?.contains("132 km long") == true)
        #expect((first["document"] as? String)?.hasSuffix("liffey.md") == true)
        #expect((0.8...1).contains(first["score"] as? Double ?? 0))
        let range = "\(first["start"] as? Int ?? -1)-\(first["end"] as? Int ?? -1)"
        let place = try #require((first["citations"] as? [String])?.first)
        #expect(place.hasPrefix("[\(liffey)] ") && place.hasSuffix("liffey.md:\(range)"))
        #expect((rows[2]["citations"] as? [String])?.count == 2)
        #expect(rows[3]["document"] as? String == "" && rows[3]["score"] as? Double == 0)
    }

    @Test func whatIsNotSupportedIsMarkedWhereItStands() throws {
        let server = try server("It is long. It is cold [99]. Yes.")
        let result = try ask(server)
        #expect(result.status == 0)
        #expect(
            result.output == """
                It is long. [unsupported: cites nothing] It is cold [99]. [unsupported: there is no \
                [99]] Yes. [unsupported: cites nothing]

                """
        )
    }

    @Test func aModelThatFindsNoAnswerGivesTheStatusOfNone() throws {
        let server = try server("The passages do not answer the question.")
        let result = try ask(server)
        #expect(result.status == 1)
        #expect(
            result.output
                == "The passages do not answer the question.\n"
        )
        let nothing = try ask(server, "How do penguins keep their eggs warm?")
        #expect(nothing.status == 1 && nothing.output == "")
        #expect(server.requests.count == 1)
    }

    @Test func anAnswerThatIsCutShortIsTold() throws {
        let result = try ask(try server("It is", end: "length"))
        #expect(result.status == 0)
        #expect(result.errors == "riverrun: the model was cut short; allow more with --tokens\n")
    }

    @Test func manyQuestionsAreAnsweredOneAfterAnother() throws {
        let scratch = try Scratch()
        let file = scratch.file(
            "questions.ndjson",
            """
            {"id": "q1", "text": "How long is the Liffey?"}
            {"id": "q2", "text": "How high are the Rhine falls?"}

            """
        )
        let server = try LoopbackServer(Self.script("One [1]."), Self.script("Two [1]. Three."))
        let result = try Binary.run(
            ["ask", "--store", rivers.store, "--questions", file.path(), "--server", server.url]
                + ["--json"]
        )
        let rows = try result.objects()
        #expect(rows.compactMap { $0["question"] as? String } == ["q1", "q2", "q2"])
        #expect(rows.compactMap { $0["rank"] as? Int } == [1, 1, 2])
        #expect(server.requests.count == 2)
    }

    @Test func interruptionStopsIt() throws {
        let scratch = try Scratch()
        let server = try LoopbackServer([.head(), .word("It is "), .hang])
        let running = try Running(
            ["ask", "--store", rivers.store, "How long is the Liffey?", "--server", server.url]
                + ["--models", Binary.root.appending(path: "models").path()],
            in: scratch
        )
        try running.waitForOutput()
        running.send(SIGINT)
        #expect(running.wait() == 130)
        #expect(running.errors == "riverrun: stopped\n")
    }

    @Test(arguments: [
        (["--server", "ftp://a"], 64, "`ftp://a` is no server's address"),
        (
            ["--server", "http://a", "--model", "b.gguf"], 64,
            "Pass either --model FILE or --server"
        ),
        (["--model", "/nonexistent.gguf"], 66, "cannot read /nonexistent.gguf"),
        (["--context", "9"], 64, "--context goes with --model FILE or --server"),
        (["--tokens", "9"], 64, "--tokens goes with --model FILE or --server"),
        (["--server", "http://a", "--tokens", "0"], 64, "--tokens is at least 1"),
        (
            ["--server", "http://127.0.0.1:9", "--context", "200"], 64,
            "riverrun: generate: the context holds 200 tokens"
        ),
    ])
    func whatIsWrongIsToldOnce(arguments: [String], status: Int32, problem: String) throws {
        let result = try Binary.run(
            ["ask", "--store", rivers.store, "How long is the Liffey?"] + arguments
        )
        #expect(result.status == status)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test(
        arguments: [
            ([.head("401 Unauthorized", type: nil)], 77, "does not let us in (status 401)"),
            ([.head(type: "text/html"), .send("<html>")], 65, "no chat completion"),
            ([.head(), .word("It is"), .reset], 74, "ended the connection"),
            ([.hang], 75, "kept us waiting"),
        ] as [([LoopbackServer.Action], Int32, String)]
    )
    func aServerThatFailsIsTold(
        script: [LoopbackServer.Action],
        status: Int32,
        problem: String
    ) throws {
        let server = try LoopbackServer(script)
        let result = try ask(server, "How long is the Liffey?", "--server-timeout", "0.2")
        #expect(result.status == status)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    // MARK: - A model in the process

    private static let stories = Binary.root
        .appending(path: "../shared/models/stories260K/stories260K-F32.gguf").path

    /// It tells stories whatever it is asked.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: stories)))
    func aModelInTheProcessAnswersTheSameOnAnyThreads() throws {
        let arguments = [
            "ask", "--store", rivers.store, "How long is the Liffey?", "--model", Self.stories,
            "--tokens", "24", "-k", "1",
        ]
        let one = try Binary.run(arguments + ["--threads", "1"])
        #expect(one.status == 0 && one.output.contains("[unsupported: "))
        #expect(try Binary.run(arguments + ["--threads", "2"]).output == one.output)
        let tooLong = try Binary.run(arguments + ["--context", "9999"])
        #expect(tooLong.status == 64)
        #expect(tooLong.errors.contains("the context holds 512 tokens, and 9999 are needed"))
    }
}
