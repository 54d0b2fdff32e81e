/// A word, by its place among the targets, and how often a sentence has it.
struct WordCount: Equatable {
    let word: Int
    let count: Float
}

/// A sentence that a summary may quote.
struct Candidate {
    /// Its place in the text.
    let index: Int
    let segment: SourceSegment
    let wordCount: Int
    /// Its words, in the order of the targets.
    let counts: [WordCount]
    /// Whether it needs the sentence before it to be understood.
    let pointsBack: Bool
    /// By what its gain is multiplied.
    let prior: Float

    /// The topmost parts of the outline that tell its place apart.
    var part: [String] { [segment.document] + segment.path.prefix(2) }

    /// Whether it says what another one says.
    func repeats(_ other: Candidate, cosine: Float) -> Bool {
        segment.bytes == other.segment.bytes || !counts.isEmpty && counts == other.counts
            || dot(segment.vector, other.segment.vector) >= cosine
    }
}

/// The candidates of the greatest first gains.
struct CandidatePool {
    private let capacity: Int
    private var entries: [(candidate: Candidate, gain: Float)] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many candidates are held, never more than twice the capacity.
    var count: Int { entries.count }

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
