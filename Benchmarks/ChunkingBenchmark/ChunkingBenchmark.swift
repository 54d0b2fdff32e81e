internal import Chunking
internal import Foundation
internal import Structure
internal import Text

/// Measures the sentence splitter, or prints its boundaries for comparison with others.
///
///     ChunkingBenchmark speed FILE [VOCABULARY]     MB of FILE a second of processor time, with the real piece counter
///     ChunkingBenchmark boundaries [VOCABULARY] < LINES.ndjson
///         for each line's "text", the segments' ends
@main
enum ChunkingBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "speed" where arguments.count >= 2:
            let rest = Array(arguments.dropFirst())
            try measure(file: rest[0], vocabulary: rest.count > 1 ? rest[1] : nil)
        case "boundaries": try printBoundaries(counter: counter(arguments.dropFirst().first))
        case "outline" where arguments.count >= 2:
            try printOutline(file: Array(arguments)[1])
        default:
            FileHandle.standardError.write(
                Data(
                    "usage: ChunkingBenchmark speed FILE [VOCABULARY] | boundaries [VOCABULARY] | outline FILE\n"
                        .utf8
                )
            )
            exit(64)
        }
    }

    /// The best and the median of eleven passes, fed in pieces of 64 KiB.
    private static func measure(file: String, vocabulary: String?) throws {
        let text = [UInt8](try Data(contentsOf: URL(filePath: file)))
        let counter = try counter(vocabulary)
        var seconds: [Double] = []
        var segmentCount = 0
        for _ in 0..<11 {
            segmentCount = 0
            let begin = userSeconds()
            do {
                var splitter = SentenceSplitter(pieceCounter: counter)
                text.withUnsafeBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
                        let end = min(start + 1 << 16, bytes.count)
                        splitter.push(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
                            _,
                            _ in
                            segmentCount += 1
                        }
                    }
                }
                splitter.finish { _, _ in segmentCount += 1 }
            }
            seconds.append(userSeconds() - begin)
        }
        seconds.sort()
        let megabytes = Double(text.count) / 1e6
        print(
            "\(segmentCount) segments, best \(Int(megabytes / seconds[0])) MB/s,",
            "median \(Int(megabytes / seconds[5])) MB/s"
        )
    }

    /// The processor time that this process has spent outside the kernel.
    private static func userSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    }

    private static func counter(_ vocabulary: String?) throws -> any PieceCounter {
        guard let vocabulary else { return BoundingPieceCounter() }
        return try WordPieceTokenizer(vocabularyFile: vocabulary)
    }

    private static func printBoundaries(counter: any PieceCounter) throws {
        while let line = readLine() {
            let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let text = Array((record?["text"] as? String ?? "").utf8)
            var ends: [Int] = []
            var reasons: [Int] = []
            var splitter = SentenceSplitter(pieceCounter: counter)
            let emit: SentenceSplitter.Emit = { segment, _ in
                ends.append(segment.range.upperBound)
                reasons.append(Int(segment.boundary.rawValue))
            }
            try text.withUnsafeBytes { try splitter.push($0, emit: emit) }
            try splitter.finish(emit: emit)
            print("{\"ends\": \(ends), \"reasons\": \(reasons)}")
        }
    }

    /// Each heading behind its depth, and how many segments of each kind there are.
    private static func printOutline(file: String) throws {
        let text = [UInt8](try Data(contentsOf: URL(filePath: file)))
        var outliner = Outliner()
        var counts: [SegmentKind: Int] = [:]
        let show = { (segment: OutlinedSegment, _: UnsafeRawBufferPointer) in
            counts[segment.kind, default: 0] += 1
            guard segment.kind == .heading else { return }
            let indentation = String(repeating: "  ", count: segment.path.count)
            print(segment.range.lowerBound, indentation, segment.path.last ?? "")
        }
        var splitter = SentenceSplitter(pieceCounter: BoundingPieceCounter())
        let emit: SentenceSplitter.Emit = { segment, bytes in
            outliner.push(range: segment.range, text: bytes, emit: show)
        }
        try text.withUnsafeBytes { try splitter.push($0, emit: emit) }
        try splitter.finish(emit: emit)
        outliner.finish(emit: show)
        for kind in SegmentKind.allCases { print(kind.rawValue, counts[kind] ?? 0) }
    }
}
