package import Text

/// Checks that what a claim cites is there, and has what it is cited for.
///
/// A claim is supported if all passages that it cites exist, each has a quarter of the claim's words,
/// and together they have half of them and all of its numbers. Words are compared by their stems,
/// without those that say nothing; headings and title of a passage count as part of it.
/// `README.md` tells what such a check finds, and what it does not.
/// - Concurrency: Belongs to one thread or task.
package final class ClaimChecker {
    /// The share of its words that a supported claim has in the passages together.
    static let leastShare: Float = 0.5
    /// The share that it has in each.
    static let leastShareOfEach: Float = 0.25
    /// How many segments the place that is cited has at most.
    private static let longestPlace = 3

    private let analyzer: LexicalAnalyzer

    /// A checker of claims in a language by its English name.
    package init(language: String) throws(TextError) {
        analyzer = try LexicalAnalyzer(language: language)
    }

    /// What a claim's citations are worth.
    package func check(_ claim: Claim, against passages: [Int: Passage]) -> CheckedClaim {
        let words = words(of: claim.words)
        var found: Set<String> = []
        var citations: [CheckedClaim.Citation] = []
        for number in claim.numbers {
            guard let passage = passages[number] else { continue }
            let own = words.intersection(self.words(of: passage))
            found.formUnion(own)
            citations.append(citation(of: passage, words, share(own, words)))
        }
        let score = share(found, words)
        return CheckedClaim(
            text: claim.text,
            words: claim.words.split(whereSeparator: \.isWhitespace).joined(separator: " "),
            citations: citations,
            score: score,
            fault: fault(of: claim, citations, score, missing: words.subtracting(found))
        )
    }

    private func fault(
        of claim: Claim,
        _ citations: [CheckedClaim.Citation],
        _ score: Float,
        missing: Set<String>
    ) -> CheckedClaim.Fault? {
        if claim.numbers.isEmpty { return .noCitation }
        if citations.count < claim.numbers.count {
            let present = Set(citations.map(\.passage.number))
            return .noSuchPassages(claim.numbers.filter { !present.contains($0) })
        }
        let isSupported =
            score >= Self.leastShare && citations.allSatisfy { $0.score >= Self.leastShareOfEach }
            && !missing.contains { $0.utf8.contains { (48...57).contains($0) } }
        return isSupported ? nil : .notFound
    }

    /// The shortest place in a passage that has most of the words, the first of several.
    private func citation(
        of passage: Passage,
        _ words: Set<String>,
        _ score: Float
    ) -> CheckedClaim.Citation {
        let segments = passage.segments
        let found = segments.map {
            words.intersection(self.words(of: String(decoding: $0.bytes, as: UTF8.self)))
        }
        var best = (range: 0..<1, count: -1, byteCount: 0)
        for start in segments.indices {
            var union: Set<String> = []
            var byteCount = 0
            for end in start..<min(start + Self.longestPlace, segments.count) {
                union.formUnion(found[end])
                byteCount += segments[end].bytes.count
                let isShorter = union.count == best.count && byteCount < best.byteCount
                guard union.count > best.count || isShorter else { continue }
                best = (start..<(end + 1), union.count, byteCount)
            }
        }
        let place = segments[best.range]
        return CheckedClaim.Citation(
            passage: passage,
            byteRange: place[place.startIndex].byteRange
                .lowerBound..<place[place.endIndex - 1].byteRange.upperBound,
            bytes: place.flatMap(\.bytes),
            score: score
        )
    }

    private func share(_ found: Set<String>, _ words: Set<String>) -> Float {
        words.isEmpty ? 0 : Float(found.count) / Float(words.count)
    }

    private func words(of passage: Passage) -> Set<String> {
        let headings = ([passage.scope] + passage.path).joined(separator: "\n")
        return words(of: headings + "\n" + passage.line)
    }

    /// The stems that say something.
    private func words(of text: String) -> Set<String> {
        Set(analyzer.terms(of: text).filter { !analyzer.isInterrogative(Array($0.utf8)) })
    }
}
