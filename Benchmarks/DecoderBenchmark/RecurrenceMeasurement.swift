import Foundation
import Models
import Tensors

/// Measures what a way to attend gains on passages that come again: their perplexity beside that of new
/// passages, and how often InfLLM finds the blocks in which they stood.
struct RecurrenceMeasurement {
    private let model: LlamaModel
    private let tokens: [Int32]
    private let window: Int

    /// Tokens of a passage.
    private static let passageLength = 128
    /// A passage's first tokens, by which it is recognized, are not counted.
    private static let cueLength = 16
    /// Tokens from one beginning of a passage to the next; the first are within a window.
    private static let distances = [128, 1_024, 4_096, 12_288]
    /// How many passages come again.
    private static let recurrenceCount = 40

    init(file: String, text: String, window: Int, threads: Int) throws {
        model = try LlamaModel(file: file, pool: ComputePool(threadCount: threads))
        tokens = try model.tokens(ofFile: text)
        self.window = window
    }

    func run() throws {
        for distance in Self.distances {
            let stream = stream(distance: distance)
            guard stream.sources.contains(where: { $0 != nil }) else { continue }
            for way in ways {
                let score = try score(stream, way)
                var line = "distance \(distance) \(way)"
                line += " new \(exp(score.new)) again \(exp(score.again))"
                if let found = score.found {
                    line += " found by layer \(found.rates), by chance \(found.chance)"
                }
                print(line)
            }
        }
    }

    /// A model that was trained with landmarks attends by them alone.
    private var ways: [String] {
        let session = try? LlamaSession(model, contextLength: 1, attention: .landmark())
        return session == nil ? ["window", "infllm", "hip"] : ["landmark"]
    }

    /// A stream of tokens, and for each the place where it stood before, if it did.
    private struct Stream {
        var tokens: [Int32] = []
        var sources: [Int?] = []
    }

    /// Passages of the text; once `distance` tokens have gone by, new ones and those that come again
    /// take turns.
    private func stream(distance: Int) -> Stream {
        let length = Self.passageLength
        var stream = Stream()
        var next = 0
        var againCount = 0
        while againCount < Self.recurrenceCount, next + length <= tokens.count {
            let source = stream.tokens.count - distance
            // An earlier beginning of a passage that was new.
            if source >= 0, stream.sources[source] == nil, source.isMultiple(of: length),
                stream.sources.last == .some(nil)
            {
                stream.tokens += Array(stream.tokens[source..<(source + length)])
                stream.sources += (source..<(source + length)).map { $0 }
                againCount += 1
            } else {
                stream.tokens += tokens[next..<(next + length)]
                stream.sources += [Int?](repeating: nil, count: length)
                next += length
            }
        }
        return stream
    }

    private struct Score {
        /// Mean surprises, in nats.
        var new = 0.0
        var again = 0.0
        /// How often each layer, in a step within a passage that comes again, attends to a block of where
        /// it stood, and how often it would by chance.
        var found: (rates: [Double], chance: Double)?
    }

    private func score(_ stream: Stream, _ way: String) throws -> Score {
        let configuration = InfLLMConfiguration(windowLength: window)
        let infLLM = way == "infllm" ? InfLLMAttention(model, configuration) : nil
        let session =
            switch way {
            case "window":
                try LlamaSession(model, contextLength: 1, attention: .window(length: window))
            case "hip":
                try LlamaSession(model, contextLength: 1, attention: .hip(windowLength: window))
            case "landmark":
                try LlamaSession(model, contextLength: 1, attention: .landmark())
            default:
                LlamaSession(
                    model,
                    infLLM ?? InfLLMAttention(model, configuration),
                    position: 0
                )
            }
        var sums = (new: 0.0, again: 0.0)
        var counts = (new: 0, again: 0)
        var hits = [Double](repeating: 0, count: model.configuration.layerCount)
        var (chances, steps) = (0.0, 0)
        let step = configuration.stepLength
        // The first passages have nothing before them.
        let start = stream.sources.firstIndex { $0 != nil } ?? 0
        for first in stride(from: 0, to: stream.tokens.count - 1, by: step) {
            let range = first..<min(first + step, stream.tokens.count - 1)
            try session.readEach(Array(stream.tokens[range])) { index, row in
                let place = first + index + 1
                guard place >= start, place % Self.passageLength >= Self.cueLength else { return }
                let surprise = Self.surprise(of: stream.tokens[place], row)
                if stream.sources[place] == nil {
                    sums.new += surprise
                    counts.new += 1
                } else {
                    sums.again += surprise
                    counts.again += 1
                }
            }
            guard let infLLM, let source = stream.sources[first],
                first % Self.passageLength >= Self.cueLength
            else { continue }
            let length = configuration.blockLength
            func block(_ position: Int) -> Int {
                (position - configuration.initialTokenCount) / length
            }
            let wanted = Set(block(source)...block(source + range.count - 1))
            // What is still in the window is in no block.
            let blockCount = (first - window - configuration.initialTokenCount) / length
            guard let last = wanted.max(), last < blockCount else { continue }
            for (layer, selected) in infLLM.selectedBlocks.enumerated() {
                hits[layer] += wanted.isDisjoint(with: selected) ? 0 : 1
            }
            let miss = 1 - Double(wanted.count) / Double(blockCount)
            chances += 1 - pow(miss, Double(configuration.retrievedBlockCount))
            steps += 1
        }
        var score = Score(
            new: sums.new / Double(max(1, counts.new)),
            again: sums.again / Double(max(1, counts.again))
        )
        if steps > 0 {
            score.found = (hits.map { $0 / Double(steps) }, chances / Double(steps))
        }
        return score
    }

    private static func surprise(of token: Int32, _ logits: [Float]) -> Double {
        let top = Double(logits.max() ?? 0)
        let total = logits.reduce(0) { $0 + exp(Double($1) - top) }
        return top + log(total) - Double(logits[Int(token)])
    }
}
