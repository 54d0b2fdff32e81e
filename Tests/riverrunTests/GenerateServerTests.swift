import Foundation
import Loopback
import Testing

/// `riverrun generate --server`, against a server on loopback that does what the test says.
@Suite struct GenerateServerTests {
    private typealias Action = LoopbackServer.Action

    private static let whole: [Action] = [.head(), .word("In "), .word("Dublin."), .end()]

    private func generate(
        _ server: LoopbackServer,
        _ arguments: [String] = ["--prompt", "Where?"],
        input: Data? = nil,
        environment: [String: String] = [:]
    ) throws -> Binary.Result {
        try withExtendedLifetime(server) {
            try Binary.run(
                ["generate", "--server", server.url] + arguments,
                input: input,
                environment: ["OPENAI_API_KEY": ""].merging(environment) { $1 }
            )
        }
    }

    // MARK: - What goes well

    @Test func anAnswerIsWrittenAndThePromptIsWhatAUserSays() throws {
        let server = try LoopbackServer(Self.whole)
        let options = [
            "--server-model", "small", "--tokens", "9", "--temperature", "0", "--top-p", "0.5",
            "--seed", "7",
        ]
        let result = try generate(server, ["--prompt", "Where?"] + options)
        #expect(result.output == "In Dublin.\n" && result.errors == "" && result.status == 0)
        let request = try #require(server.requests.first)
        let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
        #expect(
            body == #"{"max_tokens":9,"messages":[{"content":"Where?","role":"user"}],"#
                + #""model":"small","seed":7,"stream":true,"temperature":0,"top_p":0.5}"#
        )
        #expect(!request.contains("Authorization"))
        let piped = try LoopbackServer(Self.whole)
        #expect(try generate(piped, options, input: Data("Where?".utf8)).output == "In Dublin.\n")
        #expect(piped.requests.first?.hasSuffix(body) == true)
    }

    @Test func theKeyComesFromTheNamedVariable() throws {
        let usual = try LoopbackServer(Self.whole)
        _ = try generate(usual, environment: ["OPENAI_API_KEY": "sk-1"])
        #expect(usual.requests.first?.contains("\r\nAuthorization: Bearer sk-1\r\n") == true)
        let named = try LoopbackServer(Self.whole)
        _ = try generate(
            named,
            ["--prompt", "Where?", "--server-key", "MINE"],
            environment: ["OPENAI_API_KEY": "sk-1", "MINE": "sk-2"]
        )
        #expect(named.requests.first?.contains("\r\nAuthorization: Bearer sk-2\r\n") == true)
    }

    @Test func aBusyServerIsAskedAgainAndThatIsTold() throws {
        let busy: [Action] = [
            .head("429 Too Many Requests", type: "application/json", more: "Retry-After: 0\r\n"),
            .send(#"{"error":{"message":"slow down"}}"#),
        ]
        let result = try generate(try LoopbackServer(busy, [.reset], Self.whole))
        #expect(result.output == "In Dublin.\n" && result.status == 0)
        let notices = result.errors.split(separator: "\n")
        #expect(notices.count == 2)
        #expect(
            notices.first?.hasSuffix("(status 429): slow down; trying again in 0.0 s") == true
        )
        #expect(notices.last?.contains("ended the connection before its answer") == true)
    }

    @Test func interruptionStopsAServerThatHangs() throws {
        let scratch = try Scratch()
        let server = try LoopbackServer([.head(), .word("In "), .hang])
        let running = try Running(
            ["generate", "--server", server.url, "--prompt", "Where?"],
            in: scratch
        )
        try running.waitForOutput()
        running.send(SIGINT)
        #expect(running.wait() == 130)
        #expect(running.errors == "riverrun: stopped\n")
    }

    // MARK: - What goes wrong

    @Test(
        arguments: [
            (
                [.hang], 75,
                "its whole answer longer than 0.2 s; ask for less, or allow more with --server-timeout"
            ),
            ([.head(), .word("In "), .hang], 75, "kept us waiting for its "),
            (
                [.head(), .word("In ")], 74,
                "ended the connection before its answer: the stream has no"
            ),
            ([.reset], 74, "ended the connection before its answer"),
            ([.head(type: "application/json"), .send("{\"choices\":[")], 65, "no chat completion"),
            ([.head(), .send("data: {\"cho\n\n")], 65, "no chat completion: an event is no JSON"),
            ([.head(type: "text/html"), .send("<html>")], 65, "text/html, beginning `<html>`"),
            ([.head(), .send(#"data: {"error":"out of memory"}"# + "\n\n")], 69, "out of memory"),
            ([.head("401 Unauthorized", type: nil)], 77, "does not let us in (status 401)"),
            ([.head("404 Not Found", type: nil)], 69, "correct --server and --server-model"),
            (
                [.head("429 Full", type: nil, more: "Retry-After: 3600\r\n")], 75,
                "cannot answer now (status 429)"
            ),
            ([.head("500 Oh", type: nil)], 75, "cannot answer now (status 500)"),
        ] as [([LoopbackServer.Action], Int32, String)]
    )
    func whatIsWrongIsTold(
        script: [LoopbackServer.Action],
        status: Int32,
        problem: String
    ) throws {
        let server = try LoopbackServer(script)
        let result = try generate(server, ["--prompt", "Where?", "--server-timeout", "0.2"])
        #expect(result.status == status)
        #expect(result.errors.contains(problem), "\(result.errors)")
        let last = result.errors.split(separator: "\n").last
        #expect(last?.hasPrefix("riverrun: the server http://127.0.0.1:") == true)
        // Words that came stay, on a line of their own.
        #expect(["", "In \n"].contains(result.output))
    }

    @Test func aServerThatIsNotThereIsNamed() throws {
        let url = try LoopbackServer.deadURL()
        let result = try Binary.run([
            "generate", "--server", url, "--prompt", "Where?", "--server-timeout", "0.2",
        ])
        #expect(result.status == 69)
        #expect(result.errors.contains("cannot reach the server \(url)/chat/completions"))
        #expect(result.errors.hasSuffix("; start it, or correct --server\n"))
    }

    @Test(arguments: [
        (["--prompt", "a"], "Pass either --model FILE or --server URL."),
        (
            ["--prompt", "a", "--model", "a.gguf", "--server", "http://a"],
            "Pass either --model FILE or --server URL."
        ),
        (["--model", "a.gguf", "--server-model", "b"], "--server-model goes with --server."),
        (["--model", "a.gguf", "--server-key", "B"], "--server-key goes with --server."),
        (["--model", "a.gguf", "--server-timeout", "1"], "--server-timeout goes with --server."),
        (["--server", "http://a", "--server-timeout", "0"], "--server-timeout is more than 0"),
        (["--server", "http://a", "--server-timeout", "nan"], "--server-timeout is more than 0"),
        (["--server", "http://a", "--server-key", "sk-1"], "takes the name of a variable"),
        (["--server", "http://a", "--top-k", "3"], "--top-k goes with --model"),
        (["--server", "http://a", "--context", "3"], "--context goes with --model"),
        (["--server", "http://a", "--ignore-end"], "--ignore-end goes with --model"),
        (["--server", "http://a", "--chat"], "--chat goes with --model"),
        (
            ["--server", "http://a", "--prompt", "b", "--server-key", "NO_SUCH_KEY"],
            "the environment has no variable NO_SUCH_KEY; export NO_SUCH_KEY=KEY"
        ),
        (["--server", "ftp://a", "--prompt", "b"], "`ftp://a` is no server's address"),
        (["--server", "http://127.0.0.1:9", "--prompt", ""], "the prompt is empty"),
    ])
    func aWrongCommandLineIsTold(arguments: [String], problem: String) throws {
        let result = try Binary.run(["generate"] + arguments)
        #expect([64, 69].contains(result.status))
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(!result.errors.contains("sk-1") && result.output == "")
    }

    @Test func aMissingLibraryIsToldAndBreaksNothingElse() throws {
        let scratch = try Scratch()
        scratch.file("libcurl.so.4", "")
        let environment = ["LD_LIBRARY_PATH": scratch.folder.path()]
        let result = try generate(try LoopbackServer(Self.whole), environment: environment)
        #expect(result.status == 69 && result.output == "")
        #expect(result.errors.hasPrefix("riverrun: cannot speak to a server: "))
        #expect(result.errors.hasSuffix("; install libcurl4\n"))
        let model = GenerateCommandTests.model
        let local = ["generate", "--model", model, "--prompt", "that", "--tokens", "2"]
        #expect(try Binary.run(local, environment: environment).status == 0)
    }
}
