public import Tensors
public import Text

/// Turns texts into unit vectors whose cosine says how alike their meanings are.
///
/// What stages need of a model, whichever it is: `SentenceEncoder` or `StaticEncoder`.
public protocol ConceptEncoder: Sendable {
    /// The length of a vector.
    var width: Int { get }
    /// How many of a vector's first dimensions tell texts apart nearly as well as all of them.
    var leadingWidth: Int { get }
    /// Says which vectors these are: a store made with others is recognized by it.
    var fingerprint: String { get }
    /// How text is cut into pieces.
    var tokenizer: WordPieceTokenizer { get }
    /// How many pieces of a text are read at most.
    var pieceLimit: Int { get }
    /// Whether texts are encoded as fast as their vectors could be read: then none are kept.
    var outrunsStorage: Bool { get }

    /// The vectors of texts that lie in one buffer of UTF-8.
    ///
    /// - Concurrency: any thread may encode at any time; a vector depends on its own text only.
    func encode(_ bytes: [UInt8], ranges: [Range<Int>]) -> EncodedTexts
}

/// Texts as vectors.
public struct EncodedTexts: Sendable {
    /// The vectors, [texts, width].
    public let vectors: Tensor<Float>
    /// How many pieces of each text were read.
    public let pieceCounts: [Int64]
}

extension ConceptEncoder {
    /// The vectors of `texts`, which are UTF-8.
    ///
    /// - Shapes: [texts, width], in the order of the texts.
    public func encode(_ texts: [[UInt8]]) -> Tensor<Float> {
        var bytes: [UInt8] = []
        let ranges = texts.map { text in
            bytes += text
            return (bytes.count - text.count)..<bytes.count
        }
        return encode(bytes, ranges: ranges).vectors
    }
}

extension SentenceEncoder: ConceptEncoder {
    /// All: MiniLM's dimensions stand in no order.
    public var leadingWidth: Int { width }
    public var outrunsStorage: Bool { false }

    public func encode(_ bytes: [UInt8], ranges: [Range<Int>]) -> EncodedTexts {
        let sequences = bytes.withUnsafeBytes { bytes in
            ranges.map { range in
                tokenizer.tokenIDs(
                    of: UnsafeRawBufferPointer(rebasing: bytes[range]),
                    limit: pieceLimit
                )
            }
        }
        return EncodedTexts(
            vectors: encode(pieces: sequences),
            pieceCounts: sequences.map { Int64($0.count) }
        )
    }
}
