import BlockStorage
import Dataflow
import Foundation
import Pipelines
import Stages
import Synchronization
import Testing

private let packageRoot = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// A real encoder of random weights, which reads a few words only but is fast.
let tinyModel = packageRoot.appending(path: "Tests/ModelsTests/Fixtures/tiny-bert").path()
let realModel = packageRoot.appending(path: "models/all-MiniLM-L6-v2").path()
let pipelinesFolder = packageRoot.appending(path: "pipelines")

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// SplitMix64, so that random tests repeat.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Text whose words the tiny encoder knows.
enum Prose {
    private static let words = [
        "the", "river", "runs", "running", "run", "sea", "to", "flow", "flows", "flowed", "over",
        "water", "and", "it", "is",
    ]

    static func sentence(_ random: inout SeededGenerator) -> String {
        let count = Int.random(in: 4...14, using: &random)
        let chosen = (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
        return "The " + chosen.joined(separator: " ") + "."
    }

    static func paragraphs(_ count: Int, seed: UInt64) -> String {
        var random = SeededGenerator(state: seed)
        return (0..<count).map { _ in
            (0..<Int.random(in: 3...8, using: &random)).map { _ in sentence(&random) }
                .joined(separator: " ")
        }.joined(separator: "\n\n") + "\n"
    }

    static func markdown(sections: Int, seed: UInt64) -> String {
        (0..<sections).map { index in
            let level = String(repeating: "#", count: 1 + index % 3)
            return "\(level) Run \(index)\n\n" + paragraphs(2, seed: seed &+ UInt64(index))
        }.joined(separator: "\n")
    }
}

/// A folder of a test's own, removed with it.
final class Scratch {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "stages-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let path = path(name)
        let parent = URL(filePath: path).deletingLastPathComponent().path()
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Several documents of several kinds.
    func library() throws -> [String] {
        var random = SeededGenerator(state: 99)
        let lines = (0..<12).map { index in
            // The fifth comes again.
            let id = index == 8 ? 5 : index
            let text = index == 8 ? "The river runs to the sea 5." : Prose.sentence(&random)
            let said = index == 5 ? "The river runs to the sea 5." : text
            return #"{"id": "n\#(id)", "text": "\#(said) It is water.", "year": \#(1900 + index)}"#
        }
        return [
            try write(Prose.paragraphs(5, seed: 1), to: "library/a.txt"),
            try write(Prose.markdown(sections: 5, seed: 2), to: "library/b.md"),
            try write(lines.joined(separator: "\n") + "\n", to: "library/c.ndjson"),
            try write(
                "<html><title>Sea</title><h1>Run</h1><p>\(Prose.paragraphs(2, seed: 3))</p></html>",
                to: "library/d.html"
            ),
        ]
    }
}

/// One run of a pipeline into a store, and what came of it.
struct Ingest {
    var inputs: [String]
    var pipeline = StandardPipeline.ingest
    var settings: [String] = []
    var checkpointBytes = 1 << 18
    var capacity = ChannelCapacity()
    var model = tinyModel
    var threads: Int?
    var restarts = false
    var taps: [String: @Sendable (Batch) async throws -> Void] = [:]
    var onStart: @Sendable (PipelineRun) -> Void = { _ in }

    struct Outcome {
        let report: RunReport
        let notices: [String]
        let figures: RunProgress.Figures
        /// The store, still open.
        let stores: StoreShelf

        var store: Store {
            get throws { try #require(stores.opened) }
        }
    }

    /// Runs into the store at a path, or into one that an earlier run has left open.
    func run(into path: String, _ opened: StoreShelf? = nil) async throws -> Outcome {
        let models = ModelShelf(folder: model, threadCount: threads)
        let stores = opened ?? StoreShelf(path: path, models: models)
        let notices = Log<String>()
        let environment = StageEnvironment(
            inputs: inputs,
            models: models,
            stores: stores,
            notice: { notices.append($0) }
        )
        var pipeline = try pipeline.pipeline().applying(settings)
        pipeline.checkpointBytes = checkpointBytes
        pipeline.channelCapacity = capacity
        var session = PipelineSession(pipeline: pipeline, environment: environment)
        session.taps = taps
        session.restarts = restarts
        session.onStart = onStart
        let report = try await session.run()
        return Outcome(
            report: report,
            notices: notices.entries,
            figures: environment.progress.figures,
            stores: stores
        )
    }

    /// Runs to the end, copying the store to a folder of its own behind every commit: each copy is
    /// what a kill at that moment leaves.
    func runCopyingEachCommit(into path: String) async throws -> (Outcome, copies: [String]) {
        let copies = Log<String>()
        var copying = self
        copying.taps["store"] = { batch in
            if case .checkpoint? = batch.markers.first {
                let copy = "\(path)-\(copies.entries.count)"
                let files = FileManager.default
                try files.createDirectory(atPath: copy, withIntermediateDirectories: true)
                try files.copyItem(atPath: "\(path)/data.mdb", toPath: "\(copy)/data.mdb")
                copies.append(copy)
            }
        }
        return (try await copying.run(into: path), copies.entries)
    }
}

/// A list that several tasks append to.
final class Log<Entry: Sendable>: Sendable {
    private let storage = Mutex<[Entry]>([])

    var entries: [Entry] { storage.withLock { $0 } }

    func append(_ entry: Entry) { storage.withLock { $0.append(entry) } }
}
