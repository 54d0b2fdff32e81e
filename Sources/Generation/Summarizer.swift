public import Text

/// Points at the sentences that together say most of what a text says.
///
///     let summarizer = try Summarizer(configuration: SummaryConfiguration(words: 100))
///     let summary = try summarizer.summarize(segments)
///     print(summary.text, summary.sentences.map(\.byteRange))
///
/// Each word has a target, the count that it would have in a summary drawn from the text: content
/// words by how many segments they stand in, function words by their share in prose. A sentence
/// gains by what it adds towards the targets, with diminishing returns,
///
///     gain(i | S) = Σ_w T_w (e^(−c_S(w)/T_w) − e^(−(c_S(w) + c_i(w))/T_w)) / length_i^r · prior_i
///
/// where the prior favours the beginning, the centre, the query, and sentences that stand on their
/// own. Since gains only shrink, the greedy choice is made lazily and is within 1 − 1/e of the best
/// for the coverage part.
///
/// - Complexity: Two passes; memory for the text's vocabulary (bounded) and a bounded number of
///   sentences.
/// - Source: Lin and Bilmes 2011, ACL, "A class of submodular functions for document
///   summarization", for coverage under a budget; Minoux 1978 for the lazy choice.
public struct Summarizer {
    private let configuration: SummaryConfiguration
    private let words: SummaryWords

    /// A summarizer.
    ///
    /// - Throws: `TextError.unknownLanguage`.
    public init(configuration: SummaryConfiguration) throws(TextError) {
        self.configuration = configuration
        words = try SummaryWords(language: configuration.language)
    }

    /// The summary of a text; all of it if it is no longer than its summary may be.
    ///
    /// - Throws: What the provider throws.
    public func summarize(_ segments: some SegmentProvider) throws -> Summary {
        var profile = TextProfile()
        try segments.forEachSegment { profile.add($0, words) }
        guard profile.wordCount > configuration.words else { return try Summary.whole(segments) }
        let targets = WordTargets(profile: profile, words: configuration.words)
        let selection = SentenceSelection(configuration: configuration, targets: targets)
        let candidates = try candidates(of: segments, profile, selection)
        return Summary(selection.choose(from: candidates))
    }

    /// The most promising sentences, in the order of the text.
    private func candidates(
        of segments: some SegmentProvider,
        _ profile: TextProfile,
        _ selection: SentenceSelection
    ) throws -> [Candidate] {
        var pool = CandidatePool(capacity: configuration.poolSize)
        var reader = CandidateReader(
            configuration: configuration,
            words: words,
            profile: profile,
            targets: selection.targets
        )
        func keep(_ candidate: Candidate?) {
            guard let candidate else { return }
            pool.add(candidate, gain: selection.targets.gain(of: candidate, configuration))
        }
        try segments.forEachSegment { keep(reader.push($0)) }
        keep(reader.finish())
        return pool.candidates
    }
}
