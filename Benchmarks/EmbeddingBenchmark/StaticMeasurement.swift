import Foundation
import Models
import Tensors

/// Measures the static encoder on a text: bytes to concepts and nothing else.
enum StaticMeasurement {
    /// Bytes of a range, about a sentence's.
    static let rangeBytes = 110
    /// Ranges that are encoded at once: 32 KiB, as the stage `embed` does.
    static let batchSize = 298
    static let roundCount = 7

    /// Measures the encoder of a file on a text, or writes the vectors of the text's lines.
    static func run(arguments: [String]) throws {
        let text = try Data(contentsOf: URL(filePath: arguments[1]))
        guard arguments.count > 2 else {
            return try measure(file: arguments[0], text: Array(text))
        }
        try write(
            file: arguments[0],
            text: text,
            width: arguments.count > 3 ? Int(arguments[3]) : nil,
            to: arguments[2]
        )
    }

    /// Prints megabytes of text a second of processor time, for each of the nested widths.
    private static func measure(file: String, text: [UInt8]) throws {
        let ranges = stride(from: 0, to: text.count, by: rangeBytes)
            .map { $0..<min($0 + rangeBytes, text.count) }
        for width in [64, 128, 256, 384] {
            let encoder = try StaticEncoder(
                file: file,
                width: width,
                pool: ComputePool(threadCount: 1)
            )
            var best = Double.infinity
            for _ in 0..<roundCount {
                let start = processorSeconds()
                var count = 0
                for first in stride(from: 0, to: ranges.count, by: batchSize) {
                    let batch = Array(ranges[first..<min(first + batchSize, ranges.count)])
                    count += encoder.encode(text, ranges: batch).vectors.rowCount
                }
                best = min(best, processorSeconds() - start)
                precondition(count == ranges.count, "a vector for each range")
            }
            print("static_\(width)_megabytes_per_second \(Double(text.count) / 1e6 / best)")
        }
    }

    /// Writes the vectors of the lines of `text`, [lines, width] as float32, to the file `vectors`.
    private static func write(file: String, text: Data, width: Int?, to vectors: String) throws {
        let encoder = try StaticEncoder(file: file, width: width, pool: ComputePool())
        let lines = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        let bytes = encoder.encode(lines).elements.withUnsafeBytes { Data($0) }
        try bytes.write(to: URL(filePath: vectors))
    }

    private static func processorSeconds() -> Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }
}
