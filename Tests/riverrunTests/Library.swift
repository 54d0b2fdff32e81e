import BlockStorage
import Foundation

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

/// A folder of documents of several kinds, about 80 kB in all.
struct Library {
    let folder: String

    init(in scratch: Scratch, seed: UInt64) throws {
        folder = scratch.path("library")
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        scratch.file("library/a.txt", Library.prose(bytes: 20_000, seed: seed))
        let sections = (0..<20).map { index in
            "\(index.isMultiple(of: 3) ? "#" : "##") Run \(index)\n\n"
                + Library.prose(bytes: 1000, seed: seed &+ UInt64(index) &+ 1)
        }
        scratch.file("library/b.md", sections.joined(separator: "\n"))
        let lines = (0..<40).map { index in
            let text = Library.prose(bytes: 400, seed: seed &+ UInt64(index) &+ 100)
                .replacingOccurrences(of: "\n", with: "\\n")
            return #"{"id": "line \#(index)", "text": "\#(text)"}"# + "\n"
        }
        scratch.file("library/c.ndjson", lines.joined())
        scratch.file("library/d.txt", Library.prose(bytes: 20_000, seed: seed &+ 1000))
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", scratch.path("library/d.txt")]
        try gzip.run()
        gzip.waitUntilExit()
    }

    private static let words = [
        "the", "river", "runs", "running", "run", "sea", "to", "flow", "flows", "flowed", "over",
        "water", "and", "it", "is", "salmon", "1922", "Dublin",
    ]

    /// About so many bytes of sentences and paragraphs.
    static func prose(bytes: Int, seed: UInt64) -> String {
        var random = SeededGenerator(state: seed)
        var text = ""
        while text.utf8.count < bytes {
            let count = Int.random(in: 4...14, using: &random)
            let chosen = (0..<count).map { _ in
                words[Int.random(in: 0..<words.count, using: &random)]
            }
            text += "The " + chosen.joined(separator: " ") + "."
            text += Int.random(in: 0..<6, using: &random) == 0 ? "\n\n" : " "
        }
        return text + "\n"
    }
}

/// One `riverrun ingest` with many checkpoints and an encoder that is quick.
struct Ingest {
    let store: String
    var inputs: [String]
    var input: URL?
    var checkpointBytes = "1500"
    var more: [String] = ["--quiet"]

    private static let model = Binary.root.appending(path: "Tests/ModelsTests/Fixtures/tiny-bert")

    var arguments: [String] {
        ["ingest", "--store", store, "--models", Self.model.path()]
            + ["--checkpoint-bytes", checkpointBytes] + more + inputs
    }

    func run() throws -> Binary.Result {
        try Binary.run(arguments, input: try input.map { try Data(contentsOf: $0) })
    }

    /// Starts it; nobody hears what it says.
    func start() throws -> Process {
        let process = Process()
        process.executableURL = Binary.executable
        process.arguments = arguments
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}

/// Stores as another process left them.
enum StoreFiles {
    /// The first difference between two stores, every record of every table compared.
    static func difference(_ left: String, _ right: String) throws -> StoreDifference? {
        let left = try Store.open(at: left, mode: .readOnly)
        let right = try Store.open(at: right, mode: .readOnly)
        return try left.firstDifference(from: right)
    }

    /// What is damaged in a store; nothing if there is none yet.
    static func problems(of path: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(path)/data.mdb") else { return [] }
        do {
            let store = try Store.open(at: path, mode: .readOnly)
            return try store.verify().problems.map { "\($0)" }
        } catch StoreError.notAStore {
            // Killed in its making; the next run makes it.
            return []
        }
    }
}
