/// What a text as a whole is like: which words, how long, around which vector.
package struct TextProfile {
    /// Beyond this many different words, those seen once are forgotten.
    private static let maximumWords = 200_000

    /// In how many segments each content word stands, by its hash.
    package private(set) var segmentCounts: [UInt64: Int] = [:]
    /// How many words the text has.
    package private(set) var wordCount = 0
    private var sum: [Float] = []
    private var segmentCount = 0

    /// A profile of no text.
    package init() {}

    /// Adds a segment.
    package mutating func add(_ segment: SourceSegment, _ words: SummaryWords) {
        for word in words.contentWords(of: segment.bytes) { segmentCounts[word, default: 0] += 1 }
        if segmentCounts.count > Self.maximumWords {
            segmentCounts = segmentCounts.filter { $0.value > 1 }
        }
        wordCount += SummaryWords.count(of: segment.bytes)
        if sum.isEmpty { sum = [Float](repeating: 0, count: segment.vector.count) }
        for index in 0..<min(sum.count, segment.vector.count) {
            sum[index] += segment.vector[index]
        }
        segmentCount += 1
    }

    /// The direction of the mean concept.
    package var center: [Float] {
        let norm = dot(sum, sum).squareRoot()
        return norm > 0 ? sum.map { $0 / norm } : sum
    }

    /// The mean cosine of a concept and the centre, which is the length of the mean concept.
    package var meanCentrality: Float {
        segmentCount == 0 ? 0 : dot(sum, sum).squareRoot() / Float(segmentCount)
    }
}
