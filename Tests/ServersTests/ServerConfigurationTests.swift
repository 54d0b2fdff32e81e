import Diagnostics
import Foundation
import Servers
import Testing

@Suite struct ServerConfigurationTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1/chat/completions"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("HTTP://host/v1/", "HTTP://host/v1/chat/completions"),
        ("http://host/a/b/chat/completions", "http://host/a/b/chat/completions"),
    ])
    func theAddressMayBeShort(url: String, expected: String) throws {
        #expect(try ServerConfiguration(url: url).completionsURL == expected)
    }

    @Test(arguments: [
        "", "host:80", "ftp://host/v1", "file:///etc", "http://", "http://a b", "http:///v1",
        "http://a\r\nX: y",
    ])
    func whatIsNoAddressIsRefused(url: String) {
        let server = ChatServer(ServerConfiguration(url: url))
        let error = #expect(throws: ServerError.self) {
            try server.complete([ChatMessage(.user, "a")]) { _ in }
        }
        #expect(error?.exitCode == .usage)
        #expect(error?.problem.contains("is no server's address") == true)
    }

    @Test func serversOnThisMachineAreKnown() {
        for url in ["http://127.0.0.1/v1", "http://localhost:80", "http://a@[::1]:8/v1"] {
            #expect(ServerConfiguration(url: url).isLocal)
        }
        for url in ["http://localhost.example.org", "https://10.0.0.1/127.0.0.1"] {
            #expect(!ServerConfiguration(url: url).isLocal)
        }
    }

    @Test func waitsGrowAndAreCutAtRandom() {
        let schedule = RetrySchedule(count: 8, firstWait: .seconds(1), longestWait: .seconds(30))
        func wait(_ number: Int, _ share: Double) -> Duration? {
            schedule.wait(beforeRetry: number, asked: nil, share: share)
        }
        #expect(
            (0..<9).map { wait($0, 1) }
                == [1, 2, 4, 8, 16, 30, 30, 30, nil].map {
                    $0.map { .seconds($0) }
                }
        )
        #expect(wait(2, 0) == .seconds(2))
        #expect(wait(2, 0.5) == .seconds(3))
        #expect(schedule.wait(beforeRetry: 0, asked: .seconds(77), share: 1) == .seconds(77))
        #expect(schedule.wait(beforeRetry: 8, asked: .seconds(1), share: 1) == nil)
    }

    @Test func whatTheServerAsksForIsRead() {
        let now = Date(timeIntervalSince1970: 784_111_777)
        func wait(_ value: String) -> Duration? {
            RetrySchedule.wait(retryAfter: value, now: now)
        }
        #expect(wait("120") == .seconds(120))
        #expect(wait("0.5") == .milliseconds(500))
        #expect(wait("Sun, 06 Nov 1994 08:49:39 GMT") == .seconds(2))
        #expect(wait("Sun, 06 Nov 1994 08:00:00 GMT") == .zero)
        for value in ["", "soon", "-3", "nan", "inf"] { #expect(wait(value) == nil) }
    }

    @Test func theKeyComesFromTheEnvironment() throws {
        let environment = ["OPENAI_API_KEY": "sk-1", "MINE": "sk-2", "EMPTY": "", "BAD": "a\nb"]
        func key(_ variable: String) throws(ServerError) -> String? {
            try ServerKey.read(variable: variable, environment: environment)
        }
        #expect(try key("") == "sk-1")
        #expect(try key("MINE") == "sk-2")
        #expect(try ServerKey.read(variable: "", environment: [:]) == nil)
        #expect(throws: ServerError.noKey(variable: "EMPTY")) { try key("EMPTY") }
        #expect(throws: ServerError.noKey(variable: "OTHER")) { try key("OTHER") }
        #expect(throws: ServerError.unusableKey(variable: "BAD")) { try key("BAD") }
    }

    @Test func aKeyThatNobodyNamedStaysWhereNobodyReadsIt() throws {
        func key(_ url: String, _ variable: String = "") throws(ServerError) -> String? {
            try ServerConfiguration(
                url: url,
                model: "",
                keyVariable: variable,
                answerLimit: nil,
                environment: ["OPENAI_API_KEY": "sk-2", "MINE": "sk-1"]
            ).key
        }
        #expect(try key("https://api.example.org/v1") == "sk-2")
        #expect(try key("http://127.0.0.1:8080") == "sk-2")
        #expect(try key("http://api.example.org/v1") == nil)
        #expect(try key("http://api.example.org/v1", "MINE") == "sk-1")
    }

    @Test func oneLimitHoldsForAll() throws {
        let configuration = try ServerConfiguration(
            url: "http://a",
            model: "b",
            keyVariable: "",
            answerLimit: .seconds(3)
        )
        #expect(configuration.firstWordLimit == .seconds(3))
        #expect(configuration.nextWordLimit == .seconds(3))
        #expect(configuration.totalLimit == .seconds(3))
        #expect(configuration.model == "b" && configuration.connectLimit == .seconds(10))
    }
}
