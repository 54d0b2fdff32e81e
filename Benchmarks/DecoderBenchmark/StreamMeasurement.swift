import Foundation
import Models
import Tensors

/// Measures how well and how fast a decoder reads a text that is longer than its context.
enum StreamMeasurement {
    /// A way to attend by its name; plain full attention goes on beyond the model's context.
    private static func session(
        _ model: LlamaModel,
        _ attention: String,
        window: Int,
        tokenCount: Int
    ) throws -> LlamaSession? {
        switch attention {
        case "full":
            LlamaSession(model, try FullAttention(model, capacity: tokenCount), position: 0)
        case "window":
            try LlamaSession(model, contextLength: 1, attention: .window(length: window))
        case "infllm":
            try LlamaSession(model, contextLength: 1, attention: .infLLM(windowLength: window))
        case "hip":
            try LlamaSession(model, contextLength: 1, attention: .hip(windowLength: window))
        case "landmark":
            try LlamaSession(model, contextLength: 1, attention: .landmark())
        default: nil
        }
    }

    /// Prints perplexities up to each power of two of tokens, tokens a second and peak memory.
    static func run(
        file: String,
        text: String,
        attention: String,
        window: Int,
        threads: Int
    ) throws {
        let model = try LlamaModel(file: file, pool: ComputePool(threadCount: threads))
        let tokens = try model.tokens(ofFile: text)
        guard
            let session = try session(model, attention, window: window, tokenCount: tokens.count)
        else {
            FileHandle.standardError.write(Data("full, window, infllm, hip or landmark\n".utf8))
            exit(64)
        }
        var (sum, count, reported) = (0.0, 0, 512)
        let start = ContinuousClock.now
        func report() {
            let elapsed = ContinuousClock.now - start
            let seconds =
                Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
            let perplexity = exp(sum / Double(count))
            print(attention, count, "perplexity", perplexity, "tokens/s", Double(count) / seconds)
        }
        for first in stride(from: 0, to: tokens.count - 1, by: 512) {
            let part = Array(tokens[first..<min(first + 512, tokens.count - 1)])
            try session.readEach(part) { index, row in
                let top = Double(row.max() ?? 0)
                let total = row.reduce(0) { $0 + exp(Double($1) - top) }
                sum += top + log(total) - Double(row[Int(tokens[first + index + 1])])
                count += 1
                if count == reported {
                    report()
                    reported *= 2
                }
            }
        }
        report()
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        print(attention, "peak MiB", usage.ru_maxrss / 1024)
    }
}

extension LlamaModel {
    /// The tokens of a text, or those whose numbers a file `*.ids` has.
    func tokens(ofFile path: String) throws -> [Int32] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        guard path.hasSuffix(".ids") else { return tokenizer.promptTokens(of: bytes) }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
}
