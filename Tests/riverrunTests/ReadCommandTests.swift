import BlockStorage
import Foundation
import Testing

private let stories = Binary.root.appending(path: "../shared/models/stories260K").path

/// What a language model has read once is there for every later process.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: stories)), .serialized)
struct ReadCommandTests {
    private static let model = stories + "/stories260K-F16.gguf"
    private static let otherModel = stories + "/stories260K-Q8_0.gguf"
    private static let sentences = [
        "Once upon a time there was a little dog named Max.", "Lily had a red ball and a big cat.",
        "They went to the park to play with a kite.", "The bird sang a song in the tall tree.",
        "Mom said it was time to go home.", "Tom was sad that his toy was lost.\n",
    ]

    /// Some 4,000 tokens of a story.
    private static func story(_ seed: UInt64 = 1, sentences count: Int = 260) -> String {
        var random = SeededGenerator(state: seed)
        return (0..<count).map { _ in sentences.randomElement(using: &random) ?? "" }
            .joined(separator: " ") + "\n"
    }

    private func read(_ arguments: [String], input: Data? = nil) throws -> Binary.Result {
        try Binary.run(["read", "--model", Self.model] + arguments, input: input)
    }

    private func generate(_ arguments: [String], input: Data? = nil) throws -> Binary.Result {
        try Binary.run(
            ["generate", "--model", Self.model, "--tokens", "24", "--seed", "5"] + arguments,
            input: input
        )
    }

    /// Every record of what was read, table by table.
    private func records(of store: String) throws -> [[UInt8]] {
        let attention = try AttentionStore(ofStoreAt: store, mode: .readOnly)
        var records: [[UInt8]] = []
        for table in AttentionStore.tableNames {
            try attention.forEachRecord(of: table) { records.append(Array($0) + Array($1)) }
        }
        return records
    }

    // MARK: - One process and two

    @Test func anotherProcessGoesOnAsTheOneThatReadIt() throws {
        let scratch = try Scratch()
        let (book, store) = (scratch.file("book.txt", Self.story()).path, scratch.path("store"))
        let first = try read([book, "--store", store])
        #expect(first.status == 0 && first.output == "", "\(first.errors)")
        #expect(first.errors.contains("keys and values 481 bytes a token"), "\(first.errors)")
        for prompt in ["", "Max saw the ball."] {
            let whole = try generate(
                ["--attention", "infllm"],
                input: Data((Self.story() + prompt).utf8)
            )
            let stored = try generate(["--store", store, "--document", book, "--prompt", prompt])
            #expect(whole.status == 0 && whole.output.utf8.count > 20)
            #expect(stored.status == 0 && stored.errors == "")
            #expect(stored.output == whole.output)
            #expect(try generate(["-s", store, "--prompt", prompt]).output == whole.output)
        }
        let again = try read([book, "--store", store])
        #expect(again.status == 0 && again.errors.hasSuffix("have been read already\n"))
        #expect(!again.errors.contains("\n" + "riverrun"))
    }

    @Test func inspectionShowsWhatIsThere() throws {
        let scratch = try Scratch()
        let store = scratch.path("store")
        #expect(
            try read(["-", "--id", "piped", "-q", "-s", store], input: Data(Self.story().utf8))
                .errors == ""
        )
        let result = try Binary.run(["inspect", store, "attention", "--json"])
        let row = try #require(try result.objects().first)
        #expect(row["document"] as? String == "piped")
        #expect(row["model"] as? String == "stories260K F16")
        #expect(row["state"] as? String == "complete")
        let tokens = try #require(row["tokens"] as? Int)
        #expect(tokens > 3000)
        #expect(try #require(row["read"] as? Int) >= tokens - 32)
        // The window and its first tokens are in no block.
        let blocks = try #require(row["blocks"] as? Int)
        #expect((1...8).contains((tokens - 256 - 8) / 8 - blocks + 4), "\(blocks) of \(tokens)")
        #expect(row["kept"] as? Int == blocks)
        let none = try Binary.run(["inspect", scratch.folder.path, "attention"])
        #expect(none.status == 66)
        #expect(none.errors.contains("no language model has read anything into store"))
    }

    // MARK: - Stopped and killed

    @Test func killedRunsEndInTheSameRecords() throws {
        let scratch = try Scratch()
        let book = scratch.file("book.txt", Self.story(2, sentences: 420)).path
        let (peace, killed) = (scratch.path("peace"), scratch.path("killed"))
        let begin = ContinuousClock.now
        #expect(try read([book, "-q", "-s", peace]).status == 0)
        let (seconds, attoseconds) = begin.duration(to: .now).components
        let microseconds = Double(seconds) * 1e6 + Double(attoseconds) / 1e12
        var random = SeededGenerator(state: 3)
        for _ in 0..<5 {
            let run = try Running(
                ["read", "--model", Self.model, book, "-q", "-s", killed],
                in: scratch
            )
            usleep(UInt32(Double.random(in: 0...(microseconds * 0.7), using: &random)))
            run.send(SIGKILL)
            #expect([0, 128 + SIGKILL].contains(run.wait()))
        }
        let last = try read([book, "-q", "-s", killed])
        #expect(last.status == 0, "\(last.errors)")
        #expect(try records(of: killed) == records(of: peace))
    }

    @Test func ctrlCCommitsAndTheSameCommandGoesOn() throws {
        let scratch = try Scratch()
        let book = scratch.file("book.txt", Self.story(4, sentences: 900)).path
        let store = scratch.path("store")
        let run = try Running(["read", "--model", Self.model, book, "-s", store], in: scratch)
        // Its tokens are listed when it tells what it will cost.
        while run.process.isRunning, !run.errors.contains("bytes a token") { usleep(1000) }
        usleep(100_000)
        run.send(SIGINT)
        #expect(run.wait() == 130)
        #expect(run.errors.hasSuffix("riverrun: stopped; the same command goes on\n"))
        let half = try generate(["-s", store])
        #expect(half.status == 75 && half.errors.contains("tokens have been read; run the same"))
        let rest = try read([book, "-s", store])
        #expect(rest.status == 0 && rest.errors.contains("goes on at token"), "\(rest.errors)")
        let whole = scratch.path("whole")
        #expect(try read([book, "-q", "-s", whole]).status == 0)
        #expect(try records(of: store) == records(of: whole))
    }

    @Test func aChangedDocumentIsReadAnew() throws {
        let scratch = try Scratch()
        let (store, other) = (scratch.path("store"), scratch.path("other"))
        let book = scratch.file("book.txt", Self.story(5, sentences: 60)).path
        #expect(try read([book, "-q", "-s", store]).status == 0)
        scratch.file("book.txt", Self.story(6, sentences: 70))
        #expect(try read([book, "-q", "-s", store]).status == 0)
        #expect(try read([book, "-q", "-s", other]).status == 0)
        #expect(try generate(["-s", store]).output == generate(["-s", other]).output)
        #expect(try AttentionStore(ofStoreAt: store, mode: .readOnly).readings().count == 1)
    }

    // MARK: - Budgets and errors

    @Test func blocksBeyondTheBudgetAreComputedAgain() throws {
        let scratch = try Scratch()
        let (book, store) = (scratch.file("book.txt", Self.story()).path, scratch.path("store"))
        let first = try read([book, "-s", store, "--attention-budget", "400kB"])
        #expect(first.status == 0)
        #expect(first.errors.contains("the budget of 400 kB keeps those of the first 831"))
        let reading = try #require(
            try AttentionStore(ofStoreAt: store, mode: .readOnly).readings().first
        )
        #expect(reading.keptCount == 104 && reading.blockCount > 300)
        #expect(reading.keptBytes <= 400_000 * 17 / 16)
        let result = try generate(["-s", store, "--prompt", "Max"])
        #expect(result.status == 0 && result.output.utf8.count > 20, "\(result.errors)")
        #expect(try generate(["-s", store, "--prompt", "Max"]).output == result.output)
        let none = scratch.path("none")
        #expect(try read([book, "-q", "-s", none, "--attention-budget", "0"]).status == 0)
        #expect(try generate(["-s", none, "--prompt", "Max"]).status == 0)
    }

    @Test func whatDoesNotFitIsToldOnce() throws {
        let scratch = try Scratch()
        let store = scratch.path("store")
        let text = Self.story(7, sentences: 60)
        let book = scratch.file("book.txt", text).path
        #expect(try read([book, "-q", "-s", store, "--window", "320"]).status == 0)
        func check(_ result: Binary.Result, _ status: Int32, _ problem: String) {
            #expect(result.status == status && result.output == "", "\(problem)")
            #expect(result.errors.contains(problem), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1 || status == 64)
        }
        let other = ["generate", "--model", Self.otherModel, "--store", store]
        check(
            try Binary.run(other + ["--document", book]),
            78,
            "was read with the model stories260K F16 ("
        )
        check(try Binary.run(other), 78, "), and stories260K Q8_0 (")
        check(try generate(["-s", store, "--document", "x"]), 66, "has not read a document x into")
        check(try generate(["-s", scratch.path("x")]), 66, "no store at ")
        check(try generate(["-s", store, "--attention", "window"]), 64, "--store brings the")
        check(try generate(["--document", book]), 64, "--document goes with --store")
        check(
            try read([book, "-q", "-s", store, "--window", "256"]),
            78,
            "was read with a window of 320, and 256 is asked for; leave the option out"
        )
        check(try read([book, "-q", "-s", store, "--window", "9"]), 64, "--window is at least 256")
        check(
            try read([book, "-s", store, "--window", "1000"]),
            64,
            "a window of 1000 tokens is longer than the 512"
        )
        check(try read([book, "-s", store, "--attention-budget", "x"]), 64, "takes a size such as")
        check(try read([book, "-s", store, "--format", "foo"]), 64, "--format is auto, text")
        check(try read([book, "-s", store, "--invalid-utf8", "x"]), 64, "is replace or refuse")
        check(try read([scratch.path("y.txt"), "-q", "-s", store]), 2, "y.txt")
        #expect(try read([book, "-q", "-s", store, "--window", "256", "--again"]).status == 0)
        #expect(try read([book, "-q", "-s", store]).status == 0)
        // Two documents, of which none is named.
        #expect(
            try read(["-", "--id", "two", "-q", "-s", store], input: Data(text.utf8)).status == 0
        )
        check(try generate(["-s", store]), 64, "has several documents that the model has read")
        let data = URL(filePath: store + "/attention/data.mdb")
        try Data("nothing".utf8).write(to: data)
        check(try generate(["-s", store]), 65, "what a language model has read is damaged in")
    }
}
