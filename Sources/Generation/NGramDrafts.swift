/// Guesses how a text goes on: as it did the last time that its latest tokens stood there.
///
/// - Source: Yang et al. 2023, arXiv:2304.04487 (LLMA); known as prompt lookup.
struct NGramDrafts {
    /// The most and the fewest tokens that must be the same.
    private static let lengths = [4, 3, 2]

    private var tokens: [Int32] = []
    /// For each n-gram of the text the place behind its last occurrence but the one at the text's end.
    private var places: [UInt64: Int] = [:]
    /// The place behind an earlier occurrence of the longest n-gram that ends the text.
    private var match: Int?

    /// Guesses after a text.
    init(_ tokens: [Int32]) {
        for token in tokens { append(token) }
    }

    /// Adds what the text went on with.
    ///
    /// - Complexity: O(1).
    mutating func append(_ token: Int32) {
        tokens.append(token)
        match = nil
        for length in Self.lengths {
            guard let hash = NGramHash.of(tokens, length: length) else { continue }
            if match == nil, let place = places[hash],
                tokens[(place - length)..<place] == tokens[(tokens.count - length)...]
            {
                match = place
            }
            places[hash] = tokens.count
        }
    }

    /// Up to `count` tokens that may come next; none if nothing was the same before.
    func draft(_ count: Int) -> [Int32] {
        guard let match else { return [] }
        var draft: [Int32] = []
        for place in match..<(match + count) {
            // Where the earlier place runs into the text's end, the guess goes on with itself.
            draft.append(place < tokens.count ? tokens[place] : draft[place - tokens.count])
        }
        return draft
    }
}
