/// A sentence that a model wrote, and what its citations are worth.
public struct CheckedClaim: Sendable, Equatable {
    /// A passage that is cited.
    public struct Citation: Sendable, Equatable {
        /// The passage.
        public let passage: Passage
        /// The place in it that has most of the claim's words, in bytes of the document's decoded text.
        public let byteRange: Range<Int>
        /// The text at that place.
        public let bytes: [UInt8]
        /// How much of the claim the passage has, from 0 to 1.
        public let score: Float
    }

    /// Why a claim is not supported.
    public enum Fault: Sendable, Equatable {
        /// It cites nothing.
        case noCitation
        /// There are no passages of these numbers.
        case noSuchPassages([Int])
        /// The passages that it cites do not have what it says, or not its numbers.
        case notFound
    }

    /// The sentence, with its citations.
    public let text: String
    /// The sentence without them.
    public let words: String
    /// The passages that it cites, as far as they exist.
    public let citations: [Citation]
    /// How much of it the cited passages have together, from 0 to 1: of its words and of its meaning.
    public let score: Float
    /// What is wrong with it; nil if its citations exist and have its words.
    public let fault: Fault?

    /// The citation that has most of its words, the first of several; nil if none exists.
    public var bestCitation: Citation? {
        citations.indices
            .max { (citations[$0].score, -$0) < (citations[$1].score, -$1) }
            .map { citations[$0] }
    }

    /// Whether its citations exist and have its words.
    public var isSupported: Bool { fault == nil }
}

extension CheckedClaim.Fault: CustomStringConvertible {
    /// In words that stand behind the claim.
    public var description: String {
        switch self {
        case .noCitation: "cites nothing"
        case .noSuchPassages(let numbers):
            "there is no \(numbers.map { "[\($0)]" }.joined(separator: ", "))"
        case .notFound: "not found there"
        }
    }
}
