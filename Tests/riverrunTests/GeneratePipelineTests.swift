import Foundation
import Loopback
import Testing

/// `generate` with a model or a server in pipeline files.
@Suite struct GeneratePipelineTests {
    private static let asking = """
        name: asking
        stages:
          - ingest: {format: questions}
          - embed
          - retrieve
          - generate: {server: "URL", model: small, tokens: 99}
        """
    private static let summing = """
        name: summing
        stages: [ingest, chunk, structurize, embed, encode, store, SUMMARY]
        """

    private static func script(_ answer: String) -> [LoopbackServer.Action] {
        [.head(), .word(answer), .end()]
    }

    @Test func aDeclaredServerAnswers() throws {
        let rivers = try Rivers.library.get()
        let scratch = try Scratch()
        let server = try LoopbackServer(Self.script("It is long [1]. It is cold."))
        let yaml = Self.asking.replacingOccurrences(of: "URL", with: server.url)
        let file = scratch.file("asking.yaml", yaml).path()
        #expect(try Binary.run(["check", file]).output == "\(file): no faults\n")
        let result = try withExtendedLifetime(server) {
            try Binary.run(
                ["run", file, "-", "--store", rivers.store],
                input: Data("How long is the Liffey?\n".utf8)
            )
        }
        #expect(result.status == 0, "\(result.errors)")
        let rows = try result.objects()
        #expect(rows.compactMap { $0["answer"] as? String } == ["It is long [1].", "It is cold."])
        #expect(rows.last?["fault"] as? String == "cites nothing")
        let request = try #require(server.requests.first)
        #expect(request.contains(#""max_tokens":99"#) && request.contains(#""model":"small""#))
    }

    @Test func aDeclaredServerSummarizesEachDocument() throws {
        let scratch = try Scratch()
        let texts = ["The Liffey rises in Wicklow.\n", "The Danube passes Vienna.\n"]
        let files = texts.enumerated().map { scratch.file("\($0).txt", $1).path() }
        let server = try LoopbackServer(
            Self.script("It rises in Wicklow [1]."),
            Self.script("It passes Vienna [1].")
        )
        let stage = "generate: {form: summary, words: 40, server: '\(server.url)'}"
        let yaml = Self.summing.replacingOccurrences(of: "SUMMARY", with: "{\(stage)}")
        let file = scratch.file("summing.yaml", yaml).path()
        let result = try withExtendedLifetime(server) {
            try Binary.run(["run", file] + files + ["--store", scratch.path("store")])
        }
        #expect(result.status == 0, "\(result.errors)")
        let rows = try result.objects()
        #expect(rows.compactMap { $0["document"] as? String } == files)
        #expect(rows.compactMap { $0["supported"] as? Int } == [1, 1])
        #expect(rows.compactMap { $0["text"] as? String } == texts)
    }

    @Test(arguments: [
        ("{key: KEY}", "4:21: error: `key` goes with `server`; add `server: URL`"),
        ("{timeout: 3}", "4:25: error: `timeout` goes with `server`; add `server: URL`"),
        (
            "{tokens: 3}",
            "4:24: error: `tokens` goes with `model` or `server`; add `model: FILE` or `server: URL`"
        ),
        (
            "{context: 3}",
            "4:25: error: `context` goes with `model` or `server`; add `model: FILE` or"
        ),
        (
            "{server: host}",
            "4:24: error: `host` is no server's address: it begins neither with http:// nor with "
                + "https://; write it like http://127.0.0.1:8080/v1"
        ),
        ("{tokens: -1}", "4:24: error: `tokens`: -1 is out of range"),
        (
            "{model: a.gguf}",
            "4:5: error: `generate` needs the column `block`, which no stage before it adds; "
                + "put `encode` or `retrieve` before it"
        ),
        (
            "{serve: host}",
            "4:16: error: there is no key `serve` of `generate`; did you mean `server`?"
        ),
    ])
    func checkTellsWhatDoesNotFit(keys: String, fault: String) throws {
        let scratch = try Scratch()
        let file = scratch.file(
            "a.yaml",
            "name: a\nstages:\n  - {ingest: {}, }\n  - generate: \(keys)\n"
        ).path()
        let result = try Binary.run(["check", file])
        #expect(result.status == 78)
        #expect(result.errors.contains("\(file):\(fault)"), "\(result.errors)")
    }

    @Test func aModelThatIsNotThereIsTold() throws {
        let scratch = try Scratch()
        let yaml = Self.summing
            .replacingOccurrences(
                of: "SUMMARY",
                with: "{generate: {form: summary, model: no.gguf}}"
            )
        let file = scratch.file("summing.yaml", yaml).path()
        let text = scratch.file("a.txt", "The river runs.").path()
        let result = try Binary.run(["run", file, text, "--store", scratch.path("store")])
        #expect(result.status == 66)
        #expect(result.errors.hasPrefix("riverrun: cannot read no.gguf: "))
    }

    @Test func interruptionStopsADeclaredServer() throws {
        let rivers = try Rivers.library.get()
        let scratch = try Scratch()
        let server = try LoopbackServer([.hang])
        let yaml = Self.asking.replacingOccurrences(of: "URL", with: server.url)
        let file = scratch.file("asking.yaml", yaml).path()
        let questions = scratch.file("questions.txt", "How long is the Liffey?\n").path()
        let running = try Running(
            ["run", file, questions, "--store", rivers.store]
                + ["--models", Binary.root.appending(path: "models").path()],
            in: scratch
        )
        while running.process.isRunning, server.requests.isEmpty { sched_yield() }
        running.send(SIGINT)
        #expect(running.wait() == 130)
        #expect(running.errors.hasPrefix("riverrun: stopped; "))
    }
}
