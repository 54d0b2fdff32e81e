private import Glibc

/// How often each word should stand in the summary, and how often it does.
package struct WordTargets {
    /// The share of a summary's words that are content words.
    private static let contentShare: Float = 0.58
    /// The weight of a word that stands in one segment only.
    private static let singleWeight: Float = 0.3

    private var places: [UInt64: Int] = [:]
    private var targets: [Float] = []
    private var covered: [Float] = []

    /// The targets for a summary of `words` words.
    package init(profile: TextProfile, words: Int) {
        let total = profile.segmentCounts.values.reduce(into: (singles: 0, others: 0)) {
            if $1 > 1 { $0.others += $1 } else { $0.singles += 1 }
        }
        let weight = Float(total.others) + Self.singleWeight * Float(total.singles)
        let unit = Self.contentShare * Float(words) / max(weight, 1)
        for (word, count) in profile.segmentCounts {
            set(word, to: unit * (count > 1 ? Float(count) : Self.singleWeight))
        }
        for (word, share) in SummaryWords.functionWordShares {
            set(SummaryWords.hash(Array(word.utf8)), to: share * Float(words))
        }
    }

    private mutating func set(_ word: UInt64, to target: Float) {
        if let place = places[word] {
            targets[place] = target
        } else {
            places[word] = targets.count
            targets.append(target)
            covered.append(0)
        }
    }

    /// How many words have a target.
    package var count: Int { targets.count }

    /// The place of a word by its hash; nil if it has no target.
    package func index(of word: UInt64) -> Int? { places[word] }

    /// How often a word should stand in the summary.
    package func target(of word: Int) -> Float { targets[word] }

    /// What a candidate adds towards the targets, by its length and prior.
    package func gain(of candidate: Candidate, _ configuration: SummaryConfiguration) -> Float {
        var gain: Float = 0
        for entry in candidate.counts {
            let target = targets[entry.word]
            let before = covered[entry.word]
            let missing = before == 0 ? 1 : exponential(-before / target)
            gain += target * missing * (1 - exponential(-entry.count / target))
        }
        let length = Float(max(8, candidate.wordCount))
        return gain * candidate.prior / powf(length, configuration.lengthExponent)
    }

    /// Counts the words of a chosen sentence.
    package mutating func cover(_ candidate: Candidate) {
        for entry in candidate.counts { covered[entry.word] += entry.count }
    }
}

/// The inner product.
func dot(_ left: [Float], _ right: [Float]) -> Float {
    var sum: Float = 0
    for index in 0..<min(left.count, right.count) { sum += left[index] * right[index] }
    return sum
}

/// eˣ.
func exponential(_ value: Float) -> Float { expf(value) }
