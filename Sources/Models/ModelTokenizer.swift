public import Text

/// A language model's tokenizer, and what its file says of the tokens that begin and end a text.
public struct ModelTokenizer: Sendable {
    /// Cuts text into tokens and puts them together again.
    public let tokenizer: any SubwordTokenizer
    /// What stands before every text, if something does.
    public let beginToken: Int32?
    /// After any of these nothing follows.
    public let endTokens: Set<Int32>
    /// How a conversation is laid out, in Jinja's language, if the file says so.
    package let chatTemplate: String?

    /// The tokens of a prompt; names of control tokens in it stand for them only if that is asked.
    public func promptTokens(of utf8: [UInt8], readsControlTokens: Bool = false) -> [Int32] {
        let tokens = tokenizer.tokenIDs(of: utf8, readsControlTokens: readsControlTokens)
        guard let beginToken else { return tokens }
        return [beginToken] + tokens
    }
}

extension ModelTokenizer {
    /// Names of control tokens that end a turn, whether the file says so or not.
    private static let endNames: Set<String> = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|end_of_text|>", "<|endoftext|>", "<|eom_id|>",
    ]

    /// The tokenizer that a GGUF file describes.
    package init(_ file: GGUFFile) throws(ModelsError) {
        let vocabulary = try Vocabulary(file)
        do {
            tokenizer = try vocabulary.tokenizer(file)
        } catch let error as VocabularyError {
            throw .malformed(file: file.path, reason: error.reason)
        } catch let error as ModelsError {
            throw error
        } catch {
            throw .malformed(file: file.path, reason: "\(error)")
        }
        chatTemplate = try file.text("tokenizer.chat_template")
        let addsBeginToken =
            try file.flag("tokenizer.ggml.add_bos_token") ?? vocabulary.addsBeginTokenUnlessSaid
        let begin = try vocabulary.token("bos", file)
        beginToken = addsBeginToken ? begin : nil
        var ends = Set(
            vocabulary.tokens.indices.lazy
                .filter { vocabulary.kinds[$0] == .control }
                .filter {
                    Self.endNames.contains(String(decoding: vocabulary.tokens[$0], as: UTF8.self))
                }
                .map { Int32($0) }
        )
        for name in ["eos", "eot"] {
            if let token = try vocabulary.token(name, file) { ends.insert(token) }
        }
        endTokens = ends
    }
}

/// What a GGUF file says of its tokens.
private struct Vocabulary {
    let model: String
    let preTokenizer: String?
    let tokens: [[UInt8]]
    let kinds: [TokenKind]

    init(_ file: GGUFFile) throws(ModelsError) {
        guard let model = try file.text("tokenizer.ggml.model") else {
            throw file.missing("tokenizer.ggml.model")
        }
        guard let tokens = try file.strings("tokenizer.ggml.tokens") else {
            throw file.missing("tokenizer.ggml.tokens")
        }
        self.model = model
        self.tokens = tokens
        preTokenizer = try file.text("tokenizer.ggml.pre")
        // A type that is none of the known ones is that of plain text.
        kinds =
            try file.numbers("tokenizer.ggml.token_type")?
            .map { Int(exactly: $0).flatMap(TokenKind.init) ?? .normal }
            ?? tokens.map { _ in .normal }
    }

    /// Whether a text begins with the token of the beginning, where the file does not say.
    var addsBeginTokenUnlessSaid: Bool {
        model == "llama" || preTokenizer.flatMap(Self.rule) == .llama3
    }

    func tokenizer(_ file: GGUFFile) throws -> any SubwordTokenizer {
        switch model {
        case "llama":
            guard let scores = try file.numbers("tokenizer.ggml.scores") else {
                throw file.missing("tokenizer.ggml.scores")
            }
            return try SentencePieceTokenizer(
                pieces: tokens,
                scores: scores.map { Float($0) },
                kinds: kinds,
                unknownToken: try token("unknown", file) ?? 0,
                addsSpacePrefix: try file.flag("tokenizer.ggml.add_space_prefix") ?? true
            )
        case "gpt2":
            guard let merges = try file.strings("tokenizer.ggml.merges") else {
                throw file.missing("tokenizer.ggml.merges")
            }
            guard let rule = preTokenizer.flatMap(Self.rule) else {
                throw ModelsError.unsupported(
                    file: file.path,
                    setting: "tokenizer.ggml.pre",
                    found: preTokenizer ?? "missing",
                    supported: PreTokenizer.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            return try BytePairTokenizer(
                tokens: tokens,
                kinds: kinds,
                merges: merges,
                preTokenizer: rule,
                // As the models' own tokenizer.json says; DeepSeek's of the same rule does not.
                composesText: preTokenizer == "qwen2"
            )
        default:
            throw ModelsError.unsupported(
                file: file.path,
                setting: "tokenizer.ggml.model",
                found: model,
                supported: "llama or gpt2"
            )
        }
    }

    /// The token that the file names for something, or nil if none.
    func token(_ name: String, _ file: GGUFFile) throws(ModelsError) -> Int32? {
        let key = "tokenizer.ggml.\(name)_token_id"
        // All bits set means none.
        if case .unsigned(UInt64(UInt32.max))? = file.metadata[key] { return nil }
        guard let token = try file.count(key) else { return nil }
        guard token < tokens.count else {
            throw .malformed(
                file: file.path,
                reason: "\(key) is \(token), of \(tokens.count) tokens"
            )
        }
        return Int32(token)
    }

    private static func rule(_ name: String) -> PreTokenizer? {
        switch name {
        case "llama3", "llama-v3", "llama-bpe": .llama3
        case "qwen2", "deepseek-r1-qwen": .qwen2
        default: PreTokenizer(rawValue: name)
        }
    }
}
