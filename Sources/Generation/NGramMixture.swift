internal import Foundation

/// What followed the latest tokens of a text earlier in it, mixed into a model's logits.
///
///     p = (1 − share) · model + share · (how often each token followed) / (how often any did)
///
/// for the longest n-gram that ends the text and stood there before.
package struct NGramMixture {
    private struct Followers {
        var total = 0
        var counts: [Int32: Int] = [:]
    }

    private let longest: Int
    private let share: Double
    /// The latest tokens, the last `longest` at least.
    private var latest: [Int32] = []
    private var followers: [UInt64: Followers] = [:]

    /// A mixture over n-grams of up to `longest` tokens of a text.
    package init(after text: [Int32], longest: Int, share: Float) {
        self.longest = longest
        self.share = Double(share)
        for token in text { append(token) }
    }

    /// Adds what the text went on with.
    package mutating func append(_ token: Int32) {
        for length in 1...longest {
            guard let hash = NGramHash.of(latest, length: length) else { break }
            followers[hash, default: Followers()].total += 1
            followers[hash, default: Followers()].counts[token, default: 0] += 1
        }
        latest.append(token)
        if latest.count > 2 * longest { latest.removeFirst(longest) }
    }

    /// Logits whose softmax is the mixture; those of tokens that nothing speaks for stay as they are.
    package func mix(_ logits: [Float]) -> [Float] {
        let found = (1...longest).reversed().lazy
            .compactMap { NGramHash.of(latest, length: $0) }.compactMap { followers[$0] }.first
        guard let found, let top = logits.max(), top.isFinite else { return logits }
        let sum = logits.reduce(0) { $0 + ($1.isNaN ? 0 : exp(Double($1 - top))) }
        let total = Double(top) + log(sum)
        var mixed = logits
        for (token, count) in found.counts {
            let model = exp(Double(logits[Int(token)]) - total)
            let seen = share / (1 - share) * Double(count) / Double(found.total)
            mixed[Int(token)] = Float(log((model.isNaN ? 0 : model) + seen) + total)
        }
        return mixed
    }
}
