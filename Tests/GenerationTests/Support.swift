import Generation

/// Consecutive segments of one document, which tile its text.
func segments(
    _ texts: [String],
    document: String = "text",
    kinds: [Int: String] = [:],
    paths: [Int: [String]] = [:],
    vectors: [Int: [Float]] = [:]
) -> [SourceSegment] {
    var start = 0
    var path: [String] = []
    return texts.enumerated().map { index, text in
        path = paths[index] ?? path
        defer { start += text.utf8.count }
        return SourceSegment(
            document: document,
            byteRange: start..<(start + text.utf8.count),
            path: path,
            kind: kinds[index] ?? "sentence",
            bytes: Array(text.utf8),
            vector: vectors[index] ?? []
        )
    }
}

/// A text of sentences about a few topics, each of which has its own direction and words.
func topicalText(sentenceCount: Int, seed: UInt64) -> [SourceSegment] {
    var random = SeededGenerator(seed: seed)
    let topics = (0..<5).map { topic in (0..<40).map { "\("abcde".map(String.init)[topic])\($0)x" }
    }
    var vectors: [Int: [Float]] = [:]
    let texts = (0..<sentenceCount).map { index in
        let topic = Int.random(in: 0..<5, using: &random)
        var vector = (0..<8).map { _ in Float.random(in: -1...1, using: &random) }
        vector[topic] += 2
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        vectors[index] = vector.map { $0 / norm }
        let count = Int.random(in: 5...24, using: &random)
        let words = (0..<count).map { _ in topics[topic].randomElement(using: &random) ?? "word" }
        return "The \(words.joined(separator: " ")) end. "
    }
    return segments(texts, vectors: vectors)
}

func wordCount(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }

func summary(
    _ segments: [SourceSegment],
    words: Int,
    language: String = "english",
    query: [Float]? = nil,
    adjust: (inout SummaryConfiguration) -> Void = { _ in }
) throws -> Summary {
    var configuration = SummaryConfiguration(words: words, query: query, language: language)
    adjust(&configuration)
    return try Summarizer(configuration: configuration).summarize(segments)
}

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
