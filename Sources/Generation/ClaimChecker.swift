package import Models
internal import Tensors
package import Text

/// Checks that what a claim cites is there, and has what it is cited for.
///
/// A passage has a share of the claim's words, compared by their stems and without those that say
/// nothing; headings and title count as part of it. With an encoder, the passage's score is the mean of
/// that share and of the cosine of the claim and the nearest of its segments; without one it is the
/// share. A claim is supported if all passages that it cites exist, each has a good part of the score
/// that they need together, and together they have it, and all of the claim's numbers.
/// `README.md` tells what such a check finds, and what it does not.
/// - Concurrency: Belongs to one thread or task.
package final class ClaimChecker {
    /// What a score must be.
    struct Threshold {
        /// Of all passages together.
        let together: Float
        /// Of each.
        let each: Float

        static let words = Threshold(together: 0.5, each: 0.25)
        static let wordsAndMeaning = Threshold(together: 0.5, each: 0.35)
    }

    /// How many segments the place that is cited has at most.
    private static let longestPlace = 3

    /// How many passages' vectors are kept.
    private static let mostKept = 256

    private let analyzer: LexicalAnalyzer
    private let encoder: (any ConceptEncoder)?
    private let threshold: Threshold
    private var kept: [Place: Tensor<Float>] = [:]

    /// Which passage it is.
    private struct Place: Hashable {
        let document: String
        let byteRange: Range<Int>
    }

    /// A checker of claims.
    ///
    /// - Parameters:
    ///   - language: Their language, by its English name.
    ///   - encoder: What tells how near texts are; nil for their words alone.
    /// - Throws: `TextError` if there is no such language.
    package init(language: String, encoder: (any ConceptEncoder)? = nil) throws(TextError) {
        analyzer = try LexicalAnalyzer(language: language)
        self.encoder = encoder
        threshold = encoder == nil ? .words : .wordsAndMeaning
    }

    /// What a claim's citations are worth.
    package func check(_ claim: Claim, against passages: [Int: Passage]) -> CheckedClaim {
        let words = words(of: claim.words)
        let vector = encoder?.encode([Array(claim.words.utf8)])
        var found: Set<String> = []
        var citations: [CheckedClaim.Citation] = []
        var nearest: Float = 0
        for number in claim.numbers {
            guard let passage = passages[number] else { continue }
            let own = words.intersection(self.words(of: passage))
            let cosine = vector.map { self.cosine(of: $0, passage) } ?? 0
            found.formUnion(own)
            nearest = max(nearest, cosine)
            citations.append(citation(of: passage, words, score(share(own, words), cosine)))
        }
        let score = score(share(found, words), nearest)
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
            score >= threshold.together && citations.allSatisfy { $0.score >= threshold.each }
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

    private func score(_ share: Float, _ cosine: Float) -> Float {
        encoder == nil || share.isZero ? share : (share + cosine) / 2
    }

    /// How near a claim is to the nearest segment of a passage, from 0 to 1.
    private func cosine(of claim: Tensor<Float>, _ passage: Passage) -> Float {
        let vectors = vectors(of: passage)
        let products = (0..<vectors.rowCount).map { row in
            zip(vectors[row: row], claim[row: 0]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        }
        return min(max(products.max() ?? 0, 0), 1)
    }

    private func vectors(of passage: Passage) -> Tensor<Float> {
        let place = Place(document: passage.document, byteRange: passage.byteRange)
        if let vectors = kept[place] { return vectors }
        guard let encoder else { return Tensor(width: 1, elements: []) }
        if kept.count >= Self.mostKept { kept.removeAll() }
        let vectors = encoder.encode(passage.segments.map(\.bytes))
        kept[place] = vectors
        return vectors
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
