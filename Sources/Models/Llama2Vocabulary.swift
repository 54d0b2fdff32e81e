internal import Foundation
internal import Tensors
internal import Text

/// The tokens in a tokenizer's file of llama2.c's.
///
/// | bytes | what |
/// | --- | --- |
/// | 4 | the length of the longest token |
/// | 4, 4, length | of each token its score, its length, its text, up to the end of the file |
///
/// They are SentencePiece's, with plain spaces: what is unknown, the beginning, the end, 256 single bytes,
/// then pieces.
/// - Source: github.com/karpathy/llama2.c, `tokenizer.py`.
struct Llama2Vocabulary {
    let path: String
    private let tokens: [[UInt8]]
    private let scores: [Float]

    var tokenCount: Int { tokens.count }

    private static let beginToken: Int32 = 1
    private static let endToken: Int32 = 2
    private static let specialNames = ["<unk>", "<s>", "</s>"]
    /// U+2581, which stands for a space in pieces.
    private static let space: [UInt8] = [0xE2, 0x96, 0x81]

    /// Reads a tokenizer's file.
    init(path: String) throws(ModelsError) {
        self.path = path
        let file = try MappedFile(model: path)
        var cursor = GGUFCursor(bytes: file.bytes, path: path)
        func malformed(_ offset: Int, _ reason: String) -> ModelsError {
            .malformed(file: path, reason: "the token at offset \(offset) \(reason)")
        }
        let longest = Int(try cursor.integer(Int32.self))
        var tokens: [[UInt8]] = []
        var scores: [Float] = []
        while cursor.remainingCount > 0 {
            let start = cursor.offset
            let score = Float(bitPattern: try cursor.integer())
            let length = Int(try cursor.integer(Int32.self))
            guard score.isFinite else { throw malformed(start, "has the score \(score)") }
            guard length >= 0, length <= longest else {
                throw malformed(start, "has \(length) bytes, of \(longest) at most")
            }
            tokens.append(try cursor.raw(length))
            scores.append(score)
        }
        for (index, name) in Self.specialNames.enumerated() {
            guard tokens.indices.contains(index),
                tokens[index].filter({ $0 != 0x0A }) == Array(name.utf8)
            else {
                throw .malformed(file: path, reason: "its token \(index) is not \(name)")
            }
            // Line feeds about these names are for those who look at the tokens.
            tokens[index] = Array(name.utf8)
        }
        self.tokens = tokens
        self.scores = scores
    }

    /// The tokenizer with so many tokens that is beside a model's file.
    ///
    /// - Returns: `tokN.bin` if it is the one, else `tokenizer.bin`, else the first `tok….bin`.
    /// - Throws: `ModelsError.noTokenizer` if none has as many tokens.
    static func beside(
        _ modelPath: String,
        tokenCount: Int
    ) throws(ModelsError) -> Llama2Vocabulary {
        let folder = URL(filePath: modelPath).deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let usual = ["tok\(tokenCount).bin", "tokenizer.bin"]
        let candidates = names.filter { $0.hasPrefix("tok") && $0.hasSuffix(".bin") }.sorted {
            let (one, other) = (usual.firstIndex(of: $0) ?? 2, usual.firstIndex(of: $1) ?? 2)
            return (one, $0) < (other, $1)
        }
        var found: [String] = []
        for name in candidates {
            do {
                let vocabulary = try Llama2Vocabulary(path: "\(folder)/\(name)")
                if vocabulary.tokenCount == tokenCount { return vocabulary }
                found.append("\(name) has \(vocabulary.tokenCount)")
            } catch {
                found.append(error.problem)
            }
        }
        throw .noTokenizer(file: modelPath, tokenCount: tokenCount, found: found)
    }

    /// The tokenizer, whose texts begin with the token of the beginning.
    func tokenizer() throws(ModelsError) -> ModelTokenizer {
        let kinds = tokens.enumerated().map { index, token in
            switch index {
            case 0: TokenKind.unknown
            case 1, 2: TokenKind.control
            default: Self.isByte(token) ? TokenKind.byte : TokenKind.normal
            }
        }
        let pieces = tokens.map { token in
            token.flatMap { $0 == 0x20 ? Self.space : [$0] }
        }
        do {
            return ModelTokenizer(
                tokenizer: try SentencePieceTokenizer(
                    pieces: pieces,
                    scores: scores,
                    kinds: kinds,
                    unknownToken: 0,
                    addsSpacePrefix: true
                ),
                beginToken: Self.beginToken,
                // Models of llama2.c are trained on texts that only a beginning parts.
                endTokens: [Self.beginToken, Self.endToken],
                chatTemplate: nil
            )
        } catch {
            throw .malformed(file: path, reason: error.reason)
        }
    }

    /// Whether a token is named as a single byte, `<0x0A>`.
    private static func isByte(_ token: [UInt8]) -> Bool {
        token.count == 6 && token.starts(with: Array("<0x".utf8)) && token[5] == 0x3E
            && UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16) != nil
    }
}
