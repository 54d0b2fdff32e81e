import Foundation
import Models
import Tensors
import Text

/// Measures the sentence encoder and its tokenizer on a file of one sentence a line.
///
///     swift run -c release EmbeddingBenchmark MODEL SENTENCES [THREADS [PRECISION [VECTORS]]]
///     swift run -c release EmbeddingBenchmark static.safetensors TEXT [VECTORS [WIDTH]]
///
/// Prints pieces per second, `[CLS]` and `[SEP]` counted, the best of five rounds, by the clock and
/// by the process's time on processors, which a busy machine disturbs less; and writes the vectors, [sentences, width] as float32, to the file VECTORS if one is named.
@main
enum EmbeddingBenchmark {
    static let roundCount = 5

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            print("usage: EmbeddingBenchmark MODEL SENTENCES [THREADS [PRECISION [VECTORS]]]")
            exit(64)
        }
        if arguments[1].hasSuffix(".safetensors") {
            return try StaticMeasurement.run(arguments: Array(arguments.dropFirst()))
        }
        let threadCount = arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1
        let precision = arguments.count > 4 ? EncoderPrecision(rawValue: arguments[4]) : .float32
        guard let precision else {
            print("PRECISION is f32, bf16 or int8")
            exit(64)
        }
        let text = try Data(contentsOf: URL(filePath: arguments[2]))
        let sentences = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }

        let clock = ContinuousClock()
        var encoder: SentenceEncoder?
        let loading = try clock.measure {
            encoder = try SentenceEncoder(
                folder: arguments[1],
                pool: ComputePool(threadCount: threadCount),
                precision: precision
            )
        }
        guard let encoder else { return }
        print("load_seconds \(seconds(loading))")
        measureTokenizer(encoder.tokenizer, text: Array(text))

        let pieceCount = sentences.reduce(0) { count, sentence in
            count + encoder.tokenizer.pieceCount(of: sentence, limit: encoder.pieceLimit) + 2
        }
        var vectors = encoder.encode(sentences)
        var best = (wall: Double.infinity, processor: Double.infinity)
        for _ in 0..<roundCount {
            let start = processorSeconds()
            best.wall = min(
                best.wall,
                seconds(clock.measure { vectors = encoder.encode(sentences) })
            )
            best.processor = min(best.processor, processorSeconds() - start)
        }
        print("sentences \(sentences.count)")
        print("pieces \(pieceCount)")
        print("threads \(threadCount)")
        print("pieces_per_second \(Int(Double(pieceCount) / best.wall))")
        print("pieces_per_processor_second \(Int(Double(pieceCount) / best.processor))")
        if arguments.count > 5 {
            let bytes = vectors.elements.withUnsafeBytes { Data($0) }
            try bytes.write(to: URL(filePath: arguments[5]))
        }
    }

    private static func measureTokenizer(_ tokenizer: WordPieceTokenizer, text: [UInt8]) {
        let clock = ContinuousClock()
        var (counting, cutting) = (Double.infinity, Double.infinity)
        for _ in 0..<roundCount {
            var count = 0
            counting = min(
                counting,
                seconds(clock.measure { count = tokenizer.pieceCount(of: text) })
            )
            cutting = min(
                cutting,
                seconds(clock.measure { count -= tokenizer.tokenIDs(of: text).count })
            )
            precondition(count == 0, "counting and cutting agree")
        }
        let megabytes = Double(text.count) / 1e6
        print("tokenizer_count_megabytes_per_second \(megabytes / counting)")
        print("tokenizer_cut_megabytes_per_second \(megabytes / cutting)")
    }

    /// The time that this process's threads have spent on processors.
    private static func processorSeconds() -> Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }

    private static func seconds(_ duration: Duration) -> Double {
        duration / .seconds(1)
    }
}
