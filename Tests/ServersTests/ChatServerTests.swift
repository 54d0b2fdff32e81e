import Diagnostics
import Foundation
import Loopback
import Servers
import Synchronization
import Testing

@Suite struct ChatServerTests {
    private typealias Action = LoopbackServer.Action

    private static let quick = RetrySchedule(count: 2, firstWait: .milliseconds(2))
    private static let question = [
        ChatMessage(.system, "Be brief."), ChatMessage(.user, "Where \"is\" it?\n"),
    ]
    private static let whole: [Action] = [.head(), .word("In "), .word("Dublin."), .end()]

    /// What became of a conversation.
    private struct Outcome {
        var words: [String] = []
        var end: ChatServer.End?
        var error: ServerError?
        var notices: [String] = []
    }

    private func ask(
        _ url: String,
        options: ChatOptions = ChatOptions(),
        adjust: (inout ServerConfiguration) -> Void = { _ in },
        isStopped: ([String]) -> Bool = { _ in false }
    ) throws -> Outcome {
        var configuration = ServerConfiguration(url: url, model: "small", retries: Self.quick)
        adjust(&configuration)
        let notices = Mutex<[String]>([])
        let server = ChatServer(configuration) { notice in notices.withLock { $0.append(notice) } }
        var outcome = Outcome()
        do {
            outcome.end = try server.complete(
                Self.question,
                options,
                isStopped: { isStopped(outcome.words) }
            ) { outcome.words.append($0) }
        } catch let error as ServerError {
            outcome.error = error
        }
        outcome.notices = notices.withLock { $0 }
        return outcome
    }

    private func ask(_ server: LoopbackServer) throws -> Outcome {
        try withExtendedLifetime(server) { try ask(server.url) }
    }

    // MARK: - What goes well

    @Test func anAnswerComesInPieces() throws {
        let server = try LoopbackServer(Self.whole)
        let outcome = try ask(server.url)
        #expect(outcome.words == ["In ", "Dublin."])
        #expect(outcome.end == .endOfText)
        #expect(outcome.notices == [])
    }

    @Test func theRequestIsThatOfTheProtocol() throws {
        let server = try LoopbackServer(Self.whole)
        let options = ChatOptions(tokenLimit: 7, temperature: 0.8, topP: 0.95, seed: 5)
        _ = try ask(server.url, options: options) { $0.key = "secret" }
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer secret\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
        #expect(
            body == #"{"max_tokens":7,"messages":[{"content":"Be brief.","role":"system"},"#
                + #"{"content":"Where \"is\" it?\n","role":"user"}],"model":"small","#
                + #""seed":5,"stream":true,"temperature":0.8,"top_p":0.95}"#
        )
    }

    @Test func aKeyIsSentOnlyWhereThereIsOne() throws {
        let server = try LoopbackServer(Self.whole)
        _ = try ask(server.url)
        #expect(server.requests.first?.contains("Authorization") == false)
    }

    @Test func theEndTellsWhy() throws {
        #expect(
            try ask(LoopbackServer([.head(), .word("In "), .end("length")])).end == .tokenLimit
        )
        // Some servers end the connection in place of saying that all is done.
        let silent: [Action] = [
            .head(), .word("In"),
            .send("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"),
        ]
        #expect(try ask(LoopbackServer(silent)).end == .endOfText)
        // Others leave it open.
        #expect(try ask(LoopbackServer(Self.whole + [.hang])).end == .endOfText)
    }

    @Test func anAnswerThatIsNoStreamIsTakenWhole() throws {
        let body =
            #"{"choices":[{"message":{"role":"assistant","content":"In Dublin."},"#
            + #""finish_reason":"stop"}],"usage":{"total_tokens":9}}"#
        let server = try LoopbackServer([.head(type: "application/json"), .send(body)])
        let outcome = try ask(server.url)
        #expect(outcome.words == ["In Dublin."] && outcome.end == .endOfText)
    }

    @Test func whatSteersTerminalsIsLeftOut() throws {
        let server = try LoopbackServer([
            .head(), .word(#"a\u001b[2Jb\r\n\tc\u009bd\u0000é"#), .end(),
        ])
        #expect(try ask(server.url).words == ["a[2Jb\n\tcdé"])
    }

    @Test func eventsWithoutWordsAreBorne() throws {
        let server = try LoopbackServer([
            .head(), .send(": waiting\n\nevent: x\nid: 4\n\n"),
            .send("data: {\"choices\":[],\"usage\":{}}\n\n"),
            .send(
                "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n"
            ),
            .word("In"), .end(),
        ])
        #expect(try ask(server.url).words == ["In"])
    }

    /// The events of a real server, cut anywhere; see `scripts/make_server_fixture.py`.
    @Test func aRealServersStreamIsRead() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/server.json"))
        let recorded = try JSONDecoder().decode([String: String].self, from: data)
        let stream = try #require(recorded["stream"])
        let whole = try #require(recorded["text"])
        let streamed = try ask(LoopbackServer([.send(stream)]))
        #expect(streamed.words.joined() == whole)
        #expect(streamed.words.count > 5 && streamed.end == .tokenLimit)
        let plain = try ask(LoopbackServer([.send(try #require(recorded["whole"]))]))
        #expect(plain.words == [whole] && plain.end == .tokenLimit)
        let tooLong = try ask(LoopbackServer([.send(try #require(recorded["tooLong"]))]))
        guard case .refused(_, 400, let message)? = tooLong.error else {
            Issue.record("\(tooLong)")
            return
        }
        #expect(message.contains("maximum context length is 256 tokens"))
    }

    // MARK: - What is tried again

    @Test(arguments: ["429 Too Many Requests", "503 Service Unavailable", "500 Oh", "529 Full"])
    func aBusyServerIsAskedAgain(status: String) throws {
        let busy: [Action] = [
            .head(status, type: "application/json", more: "Retry-After: 0\r\n"),
            .send(#"{"error":{"message":"slow down"}}"#),
        ]
        let server = try LoopbackServer(busy, busy, Self.whole)
        let outcome = try ask(server.url)
        #expect(outcome.words.joined() == "In Dublin.")
        #expect(server.requests.count == 3 && Set(server.requests).count == 1)
        #expect(outcome.notices.count == 2)
        #expect(outcome.notices.first?.contains("slow down; trying again in 0.0 s") == true)
        let forever = try LoopbackServer(busy)
        guard case .busy(_, Int(status.prefix(3)), "slow down")? = try ask(forever.url).error
        else {
            Issue.record("it answered")
            return
        }
        #expect(forever.requests.count == 3)
    }

    @Test func aWaitBeyondTheLimitIsNotBegun() throws {
        let server = try LoopbackServer([
            .head("429 Too Many", type: nil, more: "Retry-After: 3600\r\n")
        ])
        let error = try #require(try ask(server.url) { $0.totalLimit = .seconds(60) }.error)
        #expect(
            error
                == .busy(
                    url: server.url + "/chat/completions",
                    status: 429,
                    message: "no reason is given"
                )
        )
        #expect(error.exitCode == .temporaryFailure)
    }

    @Test func aServerThatIsNotThereIsLookedForAgain() throws {
        let outcome = try ask(try LoopbackServer.deadURL())
        guard case .unreachable(_, let reason)? = outcome.error else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.contains("refused") || reason.contains("connect"))
        #expect(outcome.notices.count == 2)
        #expect(outcome.error?.exitCode == .unavailable)
    }

    @Test func aConnectionThatEndsBeforeTheFirstWordIsMadeAgain() throws {
        for broken: [Action] in [[.reset], [], [.head(more: "Content-Length: 99\r\n"), .reset]] {
            let server = try LoopbackServer(broken, Self.whole)
            #expect(try ask(server.url).words.joined() == "In Dublin.")
            #expect(server.requests.count == 2)
        }
    }

    @Test func wordsAreNotWrittenTwice() throws {
        let chunked = "Transfer-Encoding: chunked\r\n"
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"In \"}}]}\n\n"
        let chunk = String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"
        let scripts: [[Action]] = [
            [.head(more: chunked), .send(chunk), .reset], [.head(more: chunked), .send(chunk)],
            [.head(), .word("In ")],
        ]
        for script in scripts {
            let server = try LoopbackServer(script, Self.whole)
            let outcome = try ask(server.url)
            guard case .dropped? = outcome.error else {
                Issue.record("\(outcome)")
                return
            }
            #expect(outcome.words == ["In "] && server.requests.count == 1)
            #expect(outcome.error?.exitCode == .ioError)
        }
    }

    // MARK: - What goes wrong

    @Test(arguments: [
        ("401 Unauthorized", ExitCode.noPermission), ("403 Forbidden", .noPermission),
        ("404 Not Found", .unavailable), ("400 Bad Request", .unavailable),
        ("301 Moved", .unavailable),
    ])
    func aRefusalIsToldOnceInTheServersWords(status: String, code: ExitCode) throws {
        for body in [
            #"{"error":{"message":"no\nsuch  thing","type":"x"}}"#, #"{"error":"no such thing"}"#,
            #"{"detail":"no such thing"}"#, #"{"object":"error","message":"no such thing"}"#,
        ] {
            let server = try LoopbackServer([
                .head(status, type: "application/json"), .send(body),
            ])
            let error = try #require(try ask(server.url).error)
            #expect(error.problem.hasSuffix("(status \(status.prefix(3))): no such thing"))
            #expect(error.exitCode == code)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [
        (
            [Action.head(type: "text/html"), .send("<html>\u{1B}[2J<b>Hi")],
            "beginning `<html>[2J<b>Hi`"
        ),
        ([.head(type: "application/json"), .send("{\"choices\":[")], "beginning `{\"choices\":[`"),
        ([.head(type: "application/json"), .send("{\"id\":3}")], "JSON without choices"),
        ([.head(type: nil)], "the stream has no words"),
        ([.head(), .send("data: {\"choices\":[{\"del\n\n")], "no JSON of a completion"),
        ([.head(), .send("data: 7\n\n")], "no JSON of a completion"),
        ([.head(), .send("data: {\"choices\":\"none\"}\n\n")], "no JSON of a completion"),
        (
            [.head(), .word("In"), .send("what is this?\n\ndata: [1]\n\n")],
            "no JSON of a completion"
        ),
        (
            [.head(), .send("data: "), .sendForever(String(repeating: "x", count: 5000))],
            "an event is longer"
        ),
        ([.head(), .sendForever(String(repeating: "x", count: 5000))], "an event is longer"),
        (
            [.head(type: "text/html"), .sendForever(String(repeating: "x", count: 50000))],
            "it is longer than 4194304 bytes"
        ),
        // As deep as no reply is.
        (
            [.head(), .send("data: " + String(repeating: "[", count: 900_000) + "\n\n")],
            "no JSON of a completion"
        ),
        (
            [
                .head(type: "application/json"),
                .send(String(repeating: #"{"choices":["#, count: 90_000)),
            ], "beginning `{"
        ),
    ])
    func aServerThatLiesIsFoundOut(script: [LoopbackServer.Action], reason: String) throws {
        let server = try LoopbackServer(script)
        let error = try #require(try ask(server.url).error)
        guard case .malformed = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.problem.contains(reason), "\(error.problem)")
        #expect(!error.problem.contains("\u{1B}") && !error.problem.contains("\n"))
        #expect(error.exitCode == .dataError)
        #expect(server.requests.count == 1)
    }

    @Test func anErrorInTheStreamOrInPlaceOfItIsTold() throws {
        let failure = #"{"error":{"message":"out of memory"}}"#
        let scripts: [[Action]] = [
            [.head(), .word("In"), .send("data: \(failure)\n\n"), .end()],
            [.head(type: "application/json"), .send(failure)],
        ]
        for script in scripts {
            let server = try LoopbackServer(script)
            guard case .refused(_, 200, "out of memory")? = try ask(server.url).error else {
                Issue.record("it answered")
                return
            }
        }
    }

    @Test func aServerThatHangsIsLeft() throws {
        let limit = Duration.milliseconds(60)
        func wait(
            _ server: LoopbackServer,
            _ adjust: (inout ServerConfiguration) -> Void
        ) throws -> ServerError.Wait? {
            guard case .tooSlow(_, let wait, limit)? = try ask(server.url, adjust: adjust).error
            else {
                return nil
            }
            return wait
        }
        let first = try LoopbackServer([.hang])
        #expect(try wait(first) { $0.firstWordLimit = limit } == .firstWord)
        // Comments keep the connection alive, and are no words.
        let alive = try LoopbackServer([.head(), .send(": wait\n\n"), .hang])
        #expect(try wait(alive) { $0.firstWordLimit = limit } == .firstWord)
        let next = try LoopbackServer([.head(), .word("In "), .hang])
        #expect(try wait(next) { $0.nextWordLimit = limit } == .nextWord)
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
        let endless = try LoopbackServer([.head(), .sendForever(event)])
        #expect(try wait(endless) { $0.totalLimit = limit } == .whole)
        let deaf = try LoopbackServer([.hang], readsRequests: false)
        #expect(
            try wait(deaf) {
                $0.url = $0.url.replacingOccurrences(of: "http:", with: "https:")
                $0.connectLimit = limit
            } == .connection
        )
    }

    @Test func itStopsWhenItIsToldTo() throws {
        let words = try LoopbackServer([.head(), .word("In "), .hang])
        let stopped = try ask(words.url, isStopped: { !$0.isEmpty })
        #expect(stopped.end == .stopped && stopped.words == ["In "])
        let hung = try LoopbackServer([.hang])
        #expect(try ask(hung.url, isStopped: { _ in true }).end == .stopped)
        let busy = try LoopbackServer([.head("429 Full", more: "Retry-After: 60\r\n")])
        let polls = Mutex(0)
        let outcome = try ask(
            busy.url,
            isStopped: { _ in
                polls.withLock { count in
                    count += 1
                    return count > 100
                }
            }
        )
        #expect(outcome.end == .stopped)
    }

    @Test func whatTheReaderThrowsComesThrough() throws {
        struct Gone: Error {}
        let server = try LoopbackServer(Self.whole)
        let client = ChatServer(ServerConfiguration(url: server.url))
        #expect(throws: Gone.self) { try client.complete(Self.question) { _ in throw Gone() } }
    }
}
