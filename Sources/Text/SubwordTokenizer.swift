/// Cuts text into the tokens of a language model, and puts tokens together to text.
public protocol SubwordTokenizer: Sendable {
    /// How many tokens there are; identifiers are less.
    var vocabularySize: Int { get }

    /// Whether the text of the first token begins with a space that was not there.
    var addsSpacePrefix: Bool { get }

    /// The tokens of `utf8`, whose bytes that are no text become the tokens of single bytes.
    ///
    /// Names of control tokens, such as `</s>`, stand for them only if `readsControlTokens`: text
    /// from outside must not be read so.
    ///
    /// - Complexity: O(n log n) in the bytes.
    func tokenIDs(of utf8: [UInt8], readsControlTokens: Bool) -> [Int32]

    /// The tokens of text behind other text, so that no space is put before it.
    ///
    /// Names of control tokens do not stand for them.
    func continuationIDs(of utf8: [UInt8]) -> [Int32]

    /// The bytes that a token stands for, maybe part of a character; none for a control token.
    ///
    /// - Precondition: `token` is in the vocabulary.
    func bytes(of token: Int32) -> [UInt8]
}

extension SubwordTokenizer {
    public func continuationIDs(of utf8: [UInt8]) -> [Int32] {
        tokenIDs(of: utf8, readsControlTokens: false)
    }

    /// The bytes of a whole text's tokens.
    public func bytes(of tokens: [Int32]) -> [UInt8] {
        let bytes = tokens.flatMap { self.bytes(of: $0) }
        return addsSpacePrefix && bytes.first == 0x20 ? Array(bytes.dropFirst()) : bytes
    }
}

/// What a token of a vocabulary is; the raw values are those of GGUF files.
public enum TokenKind: Int, Sendable {
    case normal = 1
    case unknown = 2
    /// Stands for no text: the beginning, the end, a turn of a conversation.
    case control = 3
    /// A piece of text that is always a token of its own.
    case userDefined = 4
    case unused = 5
    /// One byte.
    case byte = 6
}

/// A vocabulary that no tokenizer can be made of.
public enum VocabularyError: Error, Equatable {
    /// There are no tokens, or more than identifiers can tell apart.
    case size(Int)
    /// A list has another length than the list of tokens.
    case lengths(tokens: Int, other: Int)
    /// A merge rule is not two pieces with a space between them.
    case merge(index: Int)

    /// What is wrong, for messages.
    public var reason: String {
        switch self {
        case .size(let count): "its vocabulary has \(count) tokens"
        case .lengths(let tokens, let other):
            "its vocabulary has \(tokens) tokens, and scores or types of \(other)"
        case .merge(let index): "merge \(index) of its vocabulary is not two pieces"
        }
    }
}
