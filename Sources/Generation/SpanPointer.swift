/// Points at the words inside a sentence that answer a question, where one stretch stands out.
///
///     let sentence = Array("The bridge is 1,991 metres long.".utf8)
///     let span = SpanPointer().span(in: sentence, question: "How long is the bridge?")
///     // span cuts `1,991 metres`
///
/// What a question asks for tells what its answer looks like: `how many` asks for a number, `when`
/// for a date, `who` for a person, `where` for a place. If the sentence has exactly one such stretch
/// that the question does not itself name, it is pointed at; if several or none, the sentence
/// stands alone. English only. `Benchmarks/span_quality.py` measures how often it is right.
///
/// - Source: Vinyals et al. 2015, arXiv:1506.03134 (pointer networks), for an output that is a
///   position in the input; here the type of the answer takes the place of trained attention.
public struct SpanPointer: Sendable {
    /// A pointer without state.
    public init() {}

    /// The bytes of `sentence` that answer `question`, or nil.
    ///
    /// - Complexity: O(bytes).
    public func span(in sentence: [UInt8], question: String) -> Range<Int>? {
        let asked = SpanWord.words(of: Array(question.utf8))
        guard let type = AnswerType(question: asked) else { return nil }
        let known = Set(asked.map(\.folded))
        let words = SpanWord.words(of: sentence)
        let finder = StretchFinder(words: words, known: known)
        let stretches = finder.stretches(of: type).filter { stretch in
            !words[stretch].allSatisfy { known.contains($0.folded) }
        }
        guard stretches.count == 1, let words = stretches.first.map({ words[$0] }),
            let first = words.first, let last = words.last
        else { return nil }
        return first.range.lowerBound..<last.range.upperBound
    }
}
