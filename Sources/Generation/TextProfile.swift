private import Glibc

/// What a text as a whole is like: which words, how long, around which vector.
struct TextProfile {
    /// Beyond this many different words, those seen once are forgotten.
    private static let maximumWords = 200_000

    /// In how many segments each content word stands.
    private(set) var segmentCounts: [String: Int] = [:]
    /// How many words the text has.
    private(set) var wordCount = 0
    private var sum: [Float] = []
    private var segmentCount = 0

    /// Adds a segment.
    mutating func add(_ segment: SourceSegment, content: [String: Int]) {
        for word in content.keys { segmentCounts[word, default: 0] += 1 }
        if segmentCounts.count > Self.maximumWords {
            segmentCounts = segmentCounts.filter { $0.value > 1 }
        }
        wordCount += SummaryWords.count(of: segment.bytes)
        if sum.isEmpty { sum = [Float](repeating: 0, count: segment.vector.count) }
        for index in sum.indices { sum[index] += segment.vector[index] }
        segmentCount += 1
    }

    /// The direction of the mean concept.
    var center: [Float] {
        let norm = dot(sum, sum).squareRoot()
        return norm > 0 ? sum.map { $0 / norm } : sum
    }

    /// The mean cosine of a concept and the centre, which is the length of the mean concept.
    var meanCentrality: Float {
        segmentCount == 0 ? 0 : dot(sum, sum).squareRoot() / Float(segmentCount)
    }
}

/// How often each word should stand in the summary, and how often it does.
struct WordTargets {
    /// The share of a summary's words that are content words.
    private static let contentShare: Float = 0.58
    /// The weight of a word that stands in one segment only.
    private static let singleWeight: Float = 0.3

    private var targets: [String: Float] = [:]
    private var covered: [String: Float] = [:]

    /// The targets for a summary of `words` words.
    init(profile: TextProfile, words: Int) {
        func weight(_ count: Int) -> Float { count > 1 ? Float(count) : Self.singleWeight }
        var total: Float = 0
        // In the order of the words, so that the sum is the same in every run.
        for (_, count) in profile.segmentCounts.sorted(by: { $0.key < $1.key }) {
            total += weight(count)
        }
        for (word, count) in profile.segmentCounts {
            targets[word] = Self.contentShare * Float(words) * weight(count) / max(total, 1)
        }
        for (word, share) in SummaryWords.functionWordShares {
            targets[word] = share * Float(words)
        }
    }

    /// What a candidate adds towards the targets, by its length and prior.
    func gain(of candidate: Candidate, _ configuration: SummaryConfiguration) -> Float {
        var gain: Float = 0
        for entry in candidate.counts {
            guard let target = targets[entry.word], target > 0 else { continue }
            let before = covered[entry.word] ?? 0
            gain +=
                target
                * (exponential(-before / target)
                    - exponential(-(before + entry.count) / target))
        }
        let length = Float(max(8, candidate.wordCount))
        return gain * candidate.prior / powf(length, configuration.lengthExponent)
    }

    /// Counts the words of a chosen sentence.
    mutating func cover(_ candidate: Candidate) {
        for entry in candidate.counts { covered[entry.word, default: 0] += entry.count }
    }
}

/// A word and how often a sentence has it.
struct WordCount: Equatable {
    let word: String
    let count: Float
}

/// A sentence that a summary may quote.
struct Candidate {
    /// Its place in the text.
    let index: Int
    let segment: SourceSegment
    let wordCount: Int
    /// Its words, in their order as strings.
    let counts: [WordCount]
    /// By what its gain is multiplied.
    let prior: Float
}

/// The candidates of the greatest first gains.
struct CandidatePool {
    private let capacity: Int
    private var entries: [(candidate: Candidate, gain: Float)] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Adds a candidate; when twice as many as wanted are there, the lesser half goes.
    mutating func add(_ candidate: Candidate, gain: Float) {
        entries.append((candidate, gain))
        if entries.count >= 2 * capacity { shrink() }
    }

    /// The candidates that are kept, in the order of the text.
    var candidates: [Candidate] {
        var copy = self
        if entries.count > capacity { copy.shrink() }
        return copy.entries.map(\.candidate).sorted { $0.index < $1.index }
    }

    private mutating func shrink() {
        entries.sort { ($0.gain, $1.candidate.index) > ($1.gain, $0.candidate.index) }
        entries.removeLast(entries.count - capacity)
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
