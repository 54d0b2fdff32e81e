import Foundation
import ModelFiles

/// Opens damaged model files and tells what came of them.
///
///     FormatFuzzer SEED COUNT [FILE.gguf…]
///
/// The same seed and count give the same files. A trap is a defect of the readers.
@main
enum FormatFuzzer {
    private static let roundLength = 5000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let seed = UInt64(arguments[1]), let count = Int(arguments[2]),
            count > 0
        else {
            print("usage: FormatFuzzer SEED COUNT [FILE.gguf…]")
            exit(64)
        }
        let fuzzer = try ModelFuzzer(files: Array(arguments.dropFirst(3)))
        var counts: [String: Int] = [:]
        var badMessages: [String] = []
        var slowest = Duration.zero
        for round in 0..<((count + roundLength - 1) / roundLength) {
            let report = try fuzzer.run(
                seed: seed &+ UInt64(round),
                count: min(roundLength, count - round * roundLength)
            )
            counts.merge(report.counts, uniquingKeysWith: +)
            badMessages += report.badMessages.prefix(10 - min(badMessages.count, 10))
            slowest = max(slowest, report.slowest)
        }
        for (outcome, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("\(outcome): \(count)")
        }
        print("slowest file: \(slowest)")
        print("peak memory: \(peakMemoryBytes() >> 20) MiB")
        for message in badMessages { print("not one line: \(message.debugDescription)") }
        if !badMessages.isEmpty { exit(1) }
    }

    private static func peakMemoryBytes() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_maxrss * 1024
    }
}
