package import Text

/// Segments in the order of their text, which can be read more than once.
package protocol SegmentProvider {
    /// Runs `body` for every segment.
    func forEachSegment(_ body: (SourceSegment) throws -> Void) throws
}

/// What a summary is to be like.
package struct SummaryConfiguration: Sendable {
    /// About how many words it has.
    package var words: Int
    /// The vector of what it is to be about; nil for the text as a whole.
    package var query: [Float]?
    /// The text's language by its English name, or `none`.
    package var language: String
    /// How much the length of a sentence counts against it, from 0 for not to 1 for by the word.
    package var lengthExponent: Float = 0.7
    /// How much more the text's beginning counts: over its first tenth, and over 300 words.
    package var leadWeight: Float = 0.5
    /// How much nearness to the text's centre counts.
    package var centralityWeight: Float = 1
    /// How much nearness to the query counts.
    package var queryWeight: Float = 3
    /// How much more the first sentence of a part of the outline counts.
    package var partWeight: Float = 0.1
    /// The cosine from which two sentences say the same.
    package var repetitionCosine: Float = 0.9
    /// How many sentences are kept in mind between the passes.
    package var poolSize = 4096

    /// A configuration; the other weights are those that `Benchmarks/summary_quality.py` measures.
    package init(words: Int = 250, query: [Float]? = nil, language: String = "english") {
        self.words = words
        self.query = query
        self.language = language
    }
}

/// Points at the sentences that together say most of what a text says.
///
/// Each word has a target, the count that it would have in a summary drawn from the text: content
/// words by how many segments they stand in, function words by their share in prose. A sentence
/// gains by what it adds towards the targets, with diminishing returns,
///
///     gain(i | S) = Σ_w T_w (e^(−c_S(w)/T_w) − e^(−(c_S(w) + c_i(w))/T_w)) / length_i^r · prior_i
///
/// where the prior favours the beginning, the centre, and the query. Since gains only shrink, the
/// greedy choice is made lazily and is within 1 − 1/e of the best for the coverage part.
///
/// - Complexity: Two passes; memory for the text's vocabulary (bounded) and `poolSize` sentences.
/// - Source: Lin and Bilmes 2011, ACL, "A class of submodular functions for document
///   summarization", for coverage under a budget; Minoux 1978 for the lazy choice.
package struct Summarizer {
    private let configuration: SummaryConfiguration
    private let words: SummaryWords

    /// A summarizer.
    ///
    /// - Throws: `TextError.unknownLanguage`.
    package init(configuration: SummaryConfiguration) throws(TextError) {
        self.configuration = configuration
        words = try SummaryWords(language: configuration.language)
    }

    /// The summary of a text.
    ///
    /// - Throws: What the provider throws.
    package func summarize(_ segments: some SegmentProvider) throws -> Summary {
        var profile = TextProfile()
        try segments.forEachSegment { segment in
            profile.add(segment, content: words.contentCounts(of: segment.bytes))
        }
        guard profile.wordCount > configuration.words else {
            return try Summary.whole(segments)
        }
        var pool = CandidatePool(capacity: configuration.poolSize)
        let targets = WordTargets(profile: profile, words: configuration.words)
        var wordsBefore = 0
        var index = 0
        try segments.forEachSegment { segment in
            defer {
                wordsBefore += SummaryWords.count(of: segment.bytes)
                index += 1
            }
            guard let candidate = candidate(segment, index, wordsBefore, profile) else { return }
            pool.add(candidate, gain: targets.gain(of: candidate, configuration))
        }
        return Summary(select(from: pool.candidates, targets: targets))
    }

    /// A sentence that may be quoted, with its prior; nil for headings, code and scraps.
    private func candidate(
        _ segment: SourceSegment,
        _ index: Int,
        _ wordsBefore: Int,
        _ profile: TextProfile
    ) -> Candidate? {
        guard !["heading", "code", "rule", "front-matter"].contains(segment.kind) else {
            return nil
        }
        let trimmed = segment.trimmed
        let wordCount = SummaryWords.count(of: trimmed.bytes)
        guard wordCount >= 4 else { return nil }
        let counts = words.contentCounts(of: trimmed.bytes)
            .merging(words.functionCounts(of: trimmed.bytes)) { content, _ in content }
        let place = Float(wordsBefore)
        let lead =
            exponential(-place / (0.1 * Float(profile.wordCount))) + exponential(-place / 300)
        var prior = 1 + configuration.leadWeight * lead
        let centrality = dot(trimmed.vector, profile.center) - profile.meanCentrality
        prior *= 1 + configuration.centralityWeight * max(0, centrality)
        if let query = configuration.query {
            prior *= 1 + configuration.queryWeight * max(0, dot(trimmed.vector, query))
        }
        return Candidate(
            index: index,
            segment: trimmed,
            wordCount: wordCount,
            counts: counts.map { WordCount(word: $0.key, count: Float($0.value)) }
                .sorted { $0.word < $1.word },
            prior: prior
        )
    }

    /// The lazy greedy choice under the budget of words.
    private func select(from candidates: [Candidate], targets: WordTargets) -> [Candidate] {
        var targets = targets
        var queue = candidates.map { (candidate: $0, gain: targets.gain(of: $0, configuration)) }
        var chosen: [Candidate] = []
        var coveredParts: Set<[String]> = []
        var length = 0
        let budget = Float(configuration.words)
        while Float(length) < 0.95 * budget, !queue.isEmpty {
            var best: (place: Int, gain: Float)?
            // Gains only shrink, so an entry whose old gain is below the best new one is passed by.
            for place in queue.indices where queue[place].gain > best?.gain ?? -1 {
                let bonus =
                    coveredParts.contains(part(of: queue[place].candidate))
                    ? 1 : 1 + configuration.partWeight
                let gain = targets.gain(of: queue[place].candidate, configuration) * bonus
                queue[place].gain = gain
                if gain > best?.gain ?? -1 { best = (place, gain) }
            }
            guard let best else { break }
            let candidate = queue.remove(at: best.place).candidate
            let total = Float(length + candidate.wordCount)
            let fits = chosen.isEmpty ? total <= 1.5 * budget : total <= 1.1 * budget
            guard fits || chosen.isEmpty && queue.isEmpty else { continue }
            guard !chosen.contains(where: { repeats(candidate, $0) }) else { continue }
            chosen.append(candidate)
            coveredParts.insert(part(of: candidate))
            length += candidate.wordCount
            targets.cover(candidate)
        }
        return chosen
    }

    /// The topmost part of the outline that tells a sentence's place apart.
    private func part(of candidate: Candidate) -> [String] {
        [candidate.segment.document] + candidate.segment.path.prefix(2)
    }

    private func repeats(_ left: Candidate, _ right: Candidate) -> Bool {
        left.counts == right.counts
            || dot(left.segment.vector, right.segment.vector) >= configuration.repetitionCosine
    }
}
