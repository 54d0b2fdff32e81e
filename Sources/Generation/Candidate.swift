/// A word, by its place among the targets, and how often a sentence has it.
package struct WordCount: Equatable {
    package let word: Int
    package let count: Float

    package init(word: Int, count: Float) {
        self.word = word
        self.count = count
    }
}

/// A sentence that a summary may quote.
package struct Candidate {
    /// Its place in the text.
    package let index: Int
    package let segment: SourceSegment
    package let wordCount: Int
    /// Its words, in the order of their hashes.
    package let counts: [WordCount]
    /// Whether it needs the sentence before it to be understood.
    package let pointsBack: Bool
    /// By what its gain is multiplied.
    package let prior: Float

    /// A candidate from its parts.
    package init(
        index: Int,
        segment: SourceSegment,
        wordCount: Int,
        counts: [WordCount],
        pointsBack: Bool,
        prior: Float
    ) {
        self.index = index
        self.segment = segment
        self.wordCount = wordCount
        self.counts = counts
        self.pointsBack = pointsBack
        self.prior = prior
    }

    /// The topmost parts of the outline that tell its place apart.
    package var part: [String] { [segment.document] + segment.path.prefix(2) }

    /// Whether it says what another one says.
    package func repeats(_ other: Candidate, cosine: Float) -> Bool {
        segment.bytes == other.segment.bytes || !counts.isEmpty && counts == other.counts
            || dot(segment.vector, other.segment.vector) >= cosine
    }
}

/// The candidates of the greatest first gains.
package struct CandidatePool {
    private let capacity: Int
    private var entries: [(candidate: Candidate, gain: Float)] = []

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many candidates are held, never more than twice the capacity.
    package var count: Int { entries.count }

    /// Adds a candidate; when twice as many as wanted are there, the lesser half goes.
    package mutating func add(_ candidate: Candidate, gain: Float) {
        entries.append((candidate, gain))
        if entries.count >= 2 * capacity { shrink() }
    }

    /// The candidates that are kept, in the order of the text.
    package var candidates: [Candidate] {
        var copy = self
        if entries.count > capacity { copy.shrink() }
        return copy.entries.map(\.candidate).sorted { $0.index < $1.index }
    }

    private mutating func shrink() {
        entries.sort { ($0.gain, $1.candidate.index) > ($1.gain, $0.candidate.index) }
        entries.removeLast(entries.count - capacity)
    }
}
