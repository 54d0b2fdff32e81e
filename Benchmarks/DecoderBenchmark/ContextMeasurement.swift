import Foundation
import Generation
import Models
import Tensors

/// Measures drafts, n-grams and orders of layers on a text, or on tokens whose numbers a file `*.ids` has.
struct ContextMeasurement {
    private enum Subject: String {
        case drafts, ngrams, layers
    }

    private let subject: Subject
    private let model: LlamaModel
    private let tokens: [Int32]

    /// Tokens that are read at once, from a new beginning each time.
    private static let stretch = 512
    /// Tokens that come one by one behind those that are read before.
    private static let lastCount = 256

    /// Nil if there is no such measurement.
    init?(name: String, file: String, text: String, threads: Int) throws {
        guard let subject = Subject(rawValue: name) else { return nil }
        self.subject = subject
        model = try LlamaModel(file: file, pool: ComputePool(threadCount: threads))
        tokens = try model.tokens(ofFile: text)
    }

    func run(_ setting: String) throws {
        switch subject {
        case .drafts: try measureDrafts(Int(setting) ?? 0)
        case .ngrams:
            try measurePerplexity(
                model,
                NGramMixture(after: [], longest: 4, share: Float(setting) ?? 0)
            )
        case .layers:
            let order = setting.split(separator: ",").compactMap { Int($0) }
            try measurePerplexity(try model.withLayers(order), nil)
        }
    }

    /// Reads the text's end token by token, as if it were written.
    private func measureDrafts(_ longest: Int) throws {
        let start = max(1, tokens.count - Self.lastCount)
        var rates: [Double] = []
        var passCount = 0
        for _ in 0..<5 {
            let memory = try FullAttention(model, capacity: tokens.count)
            let session = LlamaSession(model, memory, position: 0)
            _ = try session.read(Array(tokens[..<start]))
            var reader = DraftReader(
                session,
                after: Array(tokens[..<start]),
                longestDraft: longest
            )
            let seconds = try self.seconds {
                for token in tokens[start...] { _ = try reader.read(token) }
            }
            rates.append(Double(tokens.count - start) / seconds)
            passCount = reader.passCount
        }
        let tokensPerPass = Double(tokens.count - start) / Double(passCount)
        print("tokens_a_processor_second \(rates.sorted()[2]) tokens_a_pass \(tokensPerPass)")
    }

    private func measurePerplexity(_ model: LlamaModel, _ mixture: NGramMixture?) throws {
        var (sum, count, mixture) = (0.0, 0, mixture)
        let seconds = try seconds {
            for first in stride(from: 0, to: tokens.count - 1, by: Self.stretch) {
                let part = Array(tokens[first..<min(first + Self.stretch, tokens.count - 1)])
                let session = try LlamaSession(model, contextLength: Self.stretch)
                try session.readEach(part) { index, row in
                    mixture?.append(part[index])
                    let row = mixture?.mix(row) ?? row
                    let top = Double(row.max() ?? 0)
                    let total = row.reduce(0) { $0 + exp(Double($1) - top) }
                    sum += top + log(total) - Double(row[Int(tokens[first + index + 1])])
                    count += 1
                }
            }
        }
        print(
            "perplexity \(exp(sum / Double(count))) tokens_a_processor_second \(Double(count) / seconds)"
        )
    }

    /// The processor's seconds, which a busy machine disturbs less than the clock's.
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = clock()
        try body()
        return Double(clock() - start) / 1e6
    }
}
