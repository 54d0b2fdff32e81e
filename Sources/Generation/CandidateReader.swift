/// Makes candidates of segments; one segment is held, since the next tells whether it was cut.
struct CandidateReader {
    /// Kinds of segments that are no prose.
    static let unquotedKinds: Set<String> = [
        "heading", "code", "rule", "front-matter", "contents", "table",
    ]

    let configuration: SummaryConfiguration
    let words: SummaryWords
    let profile: TextProfile
    let targets: WordTargets
    private let center: [Float]
    private var held: SourceSegment?
    private var index = 0
    private var wordsBefore = 0

    init(
        configuration: SummaryConfiguration,
        words: SummaryWords,
        profile: TextProfile,
        targets: WordTargets
    ) {
        self.configuration = configuration
        self.words = words
        self.profile = profile
        self.targets = targets
        center = profile.center
    }

    /// Takes a segment; gives the one before it, if that may be quoted.
    mutating func push(_ segment: SourceSegment) -> Candidate? {
        let candidate = finish(next: segment)
        held = segment
        return candidate
    }

    /// Gives the last segment, if it may be quoted.
    mutating func finish() -> Candidate? { finish(next: nil) }

    private mutating func finish(next: SourceSegment?) -> Candidate? {
        guard let segment = held else { return nil }
        held = nil
        let trimmed = segment.trimmed
        let wordCount = SummaryWords.count(of: trimmed.bytes)
        defer {
            index += 1
            wordsBefore += wordCount
        }
        guard !Self.unquotedKinds.contains(segment.kind), wordCount > 0 else { return nil }
        let follows = next?.document == segment.document ? next?.bytes ?? [] : []
        let form = SentenceForm(trimmed.bytes, next: follows, language: configuration.language)
        return Candidate(
            index: index,
            segment: trimmed,
            wordCount: wordCount,
            // In an order that every run has, so that sums of gains are the same to the bit.
            counts: words.counts(of: trimmed.bytes).sorted { $0.key < $1.key }
                .compactMap { hash, count in
                    targets.index(of: hash).map { WordCount(word: $0, count: Float(count)) }
                },
            pointsBack: form.pointsBack,
            prior: prior(of: trimmed, form, wordCount)
        )
    }

    /// How much a sentence counts before its words are looked at.
    private func prior(of segment: SourceSegment, _ form: SentenceForm, _ count: Int) -> Float {
        let nearness = dot(segment.vector, center)
        var prior: Float = 1
        if let query = configuration.query {
            prior *= 1 + configuration.queryWeight * max(0, dot(segment.vector, query))
        } else {
            prior += configuration.leadWeight * lead(nearness)
        }
        prior *= 1 + configuration.centralityWeight * max(0, nearness - profile.meanCentrality)
        if form.isQuestion { prior *= configuration.questionFactor }
        let isFragment = !form.isWhole || count < configuration.shortestSentence
        return isFragment ? prior * configuration.fragmentFactor : prior
    }

    /// How near the beginning is, from 2 to 0; less for what is far from the text's centre, as
    /// licences and addresses before the first chapter are.
    private func lead(_ nearness: Float) -> Float {
        let place = Float(wordsBefore)
        let tenth = min(0.1 * Float(profile.wordCount), 500)
        let lead = exponential(-place / tenth) + exponential(-place / 300)
        let mean = profile.meanCentrality
        return mean > 0 ? lead * min(1, max(0, nearness / mean)) : lead
    }
}
