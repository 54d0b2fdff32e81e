import Foundation
import Models
import Tensors

/// Measures how fast a decoder reads a prompt and goes on: medians of several rounds.
///
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS PROMPT-TOKENS NEW-TOKENS ROUNDS
///
/// Beside it, how many bytes decoding reads a second, and how many as many threads can read of this machine's
/// memory.
///
/// Or how it reads a long text, with `full` attention, a `window`, `infllm`, `hip` or `landmark`:
///
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS TEXT-FILE ATTENTION WINDOW
///
/// Or what ways to attend gain on passages of a text that come again (a text may be a file `*.ids` of tokens):
///
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS recur TEXT-FILE WINDOW
///
/// Or how it reads texts beside each other that share a prompt:
///
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS beams PROMPT-TOKENS BEAMS
///
/// Or how much faster drafts of up to so many tokens read a text token by token, and what a share of n-grams
/// or another order of layers makes of its perplexity:
///
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS drafts TEXT-FILE LENGTH
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS ngrams TEXT-FILE SHARE
///     swift run -c release DecoderBenchmark MODEL.gguf THREADS layers TEXT-FILE 0,1,3,4
@main
enum DecoderBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count == 6, arguments[3] == "beams", let threads = Int(arguments[2]),
            let promptCount = Int(arguments[4]), let beamCount = Int(arguments[5])
        {
            return try BeamMeasurement.run(
                file: arguments[1],
                promptCount: promptCount,
                beamCount: beamCount,
                threads: threads
            )
        }
        if arguments.count == 6, arguments[3] == "recur", let threads = Int(arguments[2]),
            let window = Int(arguments[5])
        {
            return try RecurrenceMeasurement(
                file: arguments[1],
                text: arguments[4],
                window: window,
                threads: threads
            ).run()
        }
        if arguments.count == 6, let threads = Int(arguments[2]),
            let measurement = try ContextMeasurement(
                name: arguments[3],
                file: arguments[1],
                text: arguments[4],
                threads: threads
            )
        {
            return try measurement.run(arguments[5])
        }
        if arguments.count == 6, let threads = Int(arguments[2]), let window = Int(arguments[5]),
            Int(arguments[3]) == nil
        {
            return try StreamMeasurement.run(
                file: arguments[1],
                text: arguments[3],
                attention: arguments[4],
                window: window,
                threads: threads
            )
        }
        guard arguments.count == 6, let threads = Int(arguments[2]),
            let promptCount = Int(arguments[3]), let newCount = Int(arguments[4]),
            let roundCount = Int(arguments[5]), min(threads, promptCount, newCount, roundCount) > 0
        else {
            FileHandle.standardError.write(
                Data("DecoderBenchmark MODEL.gguf THREADS PROMPT-TOKENS NEW-TOKENS ROUNDS\n".utf8)
            )
            exit(64)
        }
        let model = try LlamaModel(file: arguments[1], pool: ComputePool(threadCount: threads))
        let vocabularySize = model.configuration.vocabularySize
        let prompt = (0..<promptCount).map { Int32((3 + 7 * $0) % vocabularySize) }
        var (prefill, decode): ([Rates], [Rates]) = ([], [])
        for _ in 0..<roundCount {
            let session = try LlamaSession(model, contextLength: promptCount + newCount)
            prefill.append(try rates(promptCount) { _ = try session.read(prompt) })
            decode.append(
                try rates(newCount) {
                    for index in 0..<newCount {
                        _ = try session.read([Int32((3 + index) % vocabularySize)])
                    }
                }
            )
        }
        for (name, rates) in [("prefill", prefill), ("decode", decode)] {
            print("\(name)_tokens_per_second \(median(rates.map(\.wall)))")
            print("\(name)_tokens_per_processor_second \(median(rates.map(\.processor)))")
        }
        // In the middle of the new tokens, as many have been read.
        let bytes = model.bytesRead(attendingTo: promptCount + newCount / 2)
        let memory = MemoryMeasurement.bytesPerSecond(threads: threads)
        for (name, rates, read) in [
            ("second", decode.map(\.wall), memory.wall),
            ("processor_second", decode.map(\.processor), memory.processor),
        ] {
            print("decode_bytes_per_\(name) \(median(rates) * Double(bytes))")
            print("memory_bytes_per_\(name) \(read)")
        }
    }

    private typealias Rates = (wall: Double, processor: Double)

    /// Tokens by the clock, and by the process's time on processors, which a busy machine disturbs
    /// less.
    private static func rates(_ tokenCount: Int, _ body: () throws -> Void) rethrows -> Rates {
        let start = clock()
        let duration = try ContinuousClock().measure(body)
        let processor = Double(clock() - start) / 1e6
        let wall =
            Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        return (Double(tokenCount) / wall, Double(tokenCount) / processor)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}
