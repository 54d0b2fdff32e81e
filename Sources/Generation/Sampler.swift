internal import Foundation

/// Draws tokens from a model's logits: the same seed, logits and past give the same token.
///
/// - Source: Keskar et al. 2019, arXiv:1909.05858, §4.1 (penalty); Fan et al. 2018,
///   arXiv:1805.04833 (top k); Holtzman et al. 2020, arXiv:1904.09751 (top p); Nguyen et al. 2024,
///   arXiv:2407.01082 (min p).
public struct Sampler: Sendable {
    /// A token and how likely it is to be drawn.
    package struct Candidate: Sendable, Equatable {
        package var token: Int32
        package var probability: Double
    }

    private let configuration: SamplingConfiguration
    private var generator: SplitMix64

    /// A sampler at the beginning of its draws.
    public init(_ configuration: SamplingConfiguration) {
        self.configuration = configuration
        generator = SplitMix64(seed: configuration.seed)
    }

    /// Draws the token that follows `past`.
    ///
    /// - Precondition: There is a logit.
    public mutating func next(_ logits: [Float], past: some BidirectionalCollection<Int32>) -> Int32
    {
        let candidates = candidates(logits, past: past)
        guard candidates.count > 1 else { return candidates[0].token }
        var rest = generator.unitInterval()
        for candidate in candidates {
            rest -= candidate.probability
            if rest < 0 { return candidate.token }
        }
        return candidates[candidates.count - 1].token
    }

    /// What may be drawn, the most likely first; probabilities add up to 1.
    ///
    /// - Complexity: O(n log k) in the logits and `topK`, O(n log n) without.
    package func candidates(
        _ logits: [Float],
        past: some BidirectionalCollection<Int32>
    ) -> [Candidate] {
        precondition(!logits.isEmpty, "there is a token to draw")
        // A logit that is no number is never drawn, and differences of infinite ones are none.
        var logits = logits.map { $0.isNaN ? -.infinity : min($0, .greatestFiniteMagnitude) }
        if configuration.repetitionPenalty != 1 {
            for token in Set(past.suffix(configuration.penaltyWindow)) {
                let logit = logits[Int(token)]
                let penalty = configuration.repetitionPenalty
                logits[Int(token)] = logit < 0 ? logit * penalty : logit / penalty
            }
        }
        let isGreedy = configuration.temperature <= 0
        let topK = configuration.topK > 0 ? configuration.topK : logits.count
        let kept = LargestValues.indices(of: logits, count: isGreedy ? 1 : topK)
        guard kept.count > 1 else {
            return [Candidate(token: Int32(kept[0]), probability: 1)]
        }
        let temperature = Double(configuration.temperature)
        let scaled = kept.map { Double(logits[$0]) / temperature }
        let top = scaled[0].isFinite ? scaled[0] : 0
        var candidates = zip(kept, scaled).map { index, logit in
            Candidate(token: Int32(index), probability: exp(min(logit - top, 0)))
        }
        normalize(&candidates)
        if configuration.topP < 1 { keepTopP(&candidates) }
        if configuration.minP > 0 {
            let least = Double(configuration.minP) * candidates[0].probability
            candidates.removeAll { $0.probability < least }
            normalize(&candidates)
        }
        return candidates
    }

    /// Keeps tokens until those before make up the share; one at least.
    private func keepTopP(_ candidates: inout [Candidate]) {
        var sum = 0.0
        let count = candidates.firstIndex { candidate in
            defer { sum += candidate.probability }
            return sum >= Double(configuration.topP)
        }
        candidates.removeLast(candidates.count - max(count ?? candidates.count, 1))
        normalize(&candidates)
    }

    private func normalize(_ candidates: inout [Candidate]) {
        let sum = candidates.reduce(0) { $0 + $1.probability }
        for index in candidates.indices { candidates[index].probability /= sum }
    }
}

/// Finds the largest of many values.
enum LargestValues {
    /// The indices of the largest values, the largest first and of equal ones the first first.
    ///
    /// - Complexity: O(n log count).
    static func indices(of values: [Float], count: Int) -> [Int] {
        func precedes(_ a: Int, _ b: Int) -> Bool { (-values[a], a) < (-values[b], b) }
        if count >= values.count { return values.indices.sorted(by: precedes) }
        // A heap whose root is the one that goes next.
        var heap = Array(0..<max(count, 1))
        func sink(_ start: Int) {
            var parent = start
            while case var child = 2 * parent + 1, child < heap.count {
                if child + 1 < heap.count, precedes(heap[child], heap[child + 1]) { child += 1 }
                guard precedes(heap[parent], heap[child]) else { return }
                heap.swapAt(parent, child)
                parent = child
            }
        }
        for start in stride(from: heap.count / 2, through: 0, by: -1) { sink(start) }
        for index in heap.count..<values.count where precedes(index, heap[0]) {
            heap[0] = index
            sink(0)
        }
        return heap.sorted(by: precedes)
    }
}
