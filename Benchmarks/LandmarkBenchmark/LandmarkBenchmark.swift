import BlockStorage
import Foundation
import Models
import Retrieval
import Serialization
import Tensors

/// Measures the search for landmarks on one thread.
///
///     LandmarkBenchmark embed MODEL SENTENCES VECTORS
///     LandmarkBenchmark store VECTORS WIDTH STORE
///     LandmarkBenchmark search STORE QUESTIONS COUNT RECALLED [METHOD…]
///
/// `embed` writes the vectors of the lines of a file, in int8 precision, as float32. `store` streams
/// vectors into a new store as landmarks of empty blocks, 1,024 a commit, and prints how long all
/// commits and the longest took, and the peak memory. `search` finds the COUNT nearest of each
/// question by each method (`landmarks`, `codes`, `lists`) and prints the questions answered in a second
/// of the thread's time and which share of what `landmarks` finds for the first RECALLED questions is
/// found.
@main
enum LandmarkBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "embed" where arguments.count == 4:
            try embed(model: arguments[1], text: arguments[2], vectors: arguments[3])
        case "store" where arguments.count == 4:
            guard let width = Int(arguments[2]) else { return usage() }
            try fill(vectors: arguments[1], width: width, store: arguments[3])
        case "search" where arguments.count >= 5:
            guard let count = Int(arguments[3]), let recalled = Int(arguments[4]) else {
                return usage()
            }
            let methods = arguments.count > 5 ? Array(arguments[5...]) : ["codes", "lists"]
            try LandmarkSearch(store: arguments[1], questions: arguments[2], count: count)
                .run(methods, recalled: recalled)
        default: usage()
        }
    }

    private static func usage() {
        print("usage: LandmarkBenchmark embed|store|search …, see LandmarkBenchmark.swift")
        exit(64)
    }

    private static func embed(model: String, text: String, vectors: String) throws {
        let encoder = try SentenceEncoder(folder: model, pool: ComputePool(), precision: .int8)
        let lines = try Data(contentsOf: URL(filePath: text))
            .split(separator: UInt8(ascii: "\n")).map { Array($0) }
        _ = FileManager.default.createFile(atPath: vectors, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: vectors))
        for start in stride(from: 0, to: lines.count, by: 16_384) {
            let end = min(start + 16_384, lines.count)
            let rows = encoder.encode(Array(lines[start..<end]))
            try file.write(contentsOf: rows.elements.withUnsafeBytes { Data($0) })
        }
        try file.close()
    }

    private static func fill(vectors: String, width: Int, store path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: vectors))
        let store = try Store.open(
            at: path,
            mode: .readWrite(create: true),
            settings: StoreSettings(encoder: "benchmark", vectorWidth: width)
        )
        let clock = ContinuousClock()
        var (total, longest) = (Duration.zero, Duration.zero)
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "all", uri: "all"))
        var count = 0
        let rowSize = width * MemoryLayout<Float>.size
        func commit() throws {
            let duration = try clock.measure { try store.commit(changes) }
            total += duration
            longest = max(longest, duration)
            changes.removeAll()
        }
        while let data = try file.read(upToCount: 1024 * rowSize), !data.isEmpty {
            for row in 0..<(data.count / rowSize) {
                let landmark = data.withUnsafeBytes { bytes in
                    Array(bytes[(row * rowSize)..<((row + 1) * rowSize)].bindMemory(to: Float.self))
                }
                changes.addBlock(
                    NewBlock(
                        startByte: 0,
                        bytes: [],
                        paths: [],
                        segments: [],
                        tokenCount: 0,
                        landmark: landmark
                    ),
                    to: "all"
                )
                count += 1
            }
            try commit()
        }
        changes.endDocument("all", lengthBytes: 0, digest: ContentDigest(of: []))
        try commit()
        // What getrusage tells a child process includes its parent's memory.
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        print("rows \(count)")
        print("commit_seconds \(total / .seconds(1))")
        print("longest_commit_seconds \(longest / .seconds(1))")
        print("peak \(peak ?? "unknown")")
        for size in try store.read({ try $0.tableSizes() })
        where ["landmarks", "codes", "runs"].contains(size.name) {
            print("\(size.name)_bytes \(size.sizeBytes)")
        }
    }
}
