internal import Foundation

/// What a conversation's next turn is asked with.
public struct ChatOptions: Sendable, Equatable {
    /// How many tokens come at most.
    public var tokenLimit: Int
    /// How freely they are drawn; 0 for the most likely.
    public var temperature: Float
    /// The share of probability that tokens are drawn from.
    public var topP: Float
    /// What fixes the draws, as far as the server allows; nil for nothing.
    public var seed: UInt64?

    /// Settings of one turn.
    public init(
        tokenLimit: Int = 512,
        temperature: Float = 0,
        topP: Float = 1,
        seed: UInt64? = nil
    ) {
        self.tokenLimit = tokenLimit
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
    }
}

/// The body of a request for a chat completion.
struct ChatRequest: Encodable {
    struct Message: Encodable {
        let role: String
        let content: String
    }

    let model: String?
    let messages: [Message]
    let stream = true
    let maxTokens: Int
    let temperature: Double
    let topP: Double
    let seed: UInt64?

    private enum CodingKeys: String, CodingKey {
        case model, messages, stream, temperature, seed
        case maxTokens = "max_tokens"
        case topP = "top_p"
    }

    init(_ messages: [ChatMessage], _ options: ChatOptions, model: String) {
        self.model = model.isEmpty ? nil : model
        self.messages = messages.map { Message(role: $0.role.rawValue, content: $0.content) }
        maxTokens = options.tokenLimit
        // The shortest decimals that mean the same number.
        temperature = Double("\(options.temperature)") ?? 0
        topP = Double("\(options.topP)") ?? 1
        // Servers read it as a signed number of 32 or 64 bits.
        seed = options.seed.map { $0 & 0x7FFF_FFFF }
    }

    func bytes() throws(ServerError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and finite numbers always encode.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }
}

/// A completion, or a piece of one as it streams; also an error in its place.
struct ChatReply: Decodable {
    struct Choice: Decodable {
        struct Content: Decodable {
            let content: String?
        }

        let delta: Content?
        let message: Content?
        let finishReason: String?

        private enum CodingKeys: String, CodingKey {
            case delta, message
            case finishReason = "finish_reason"
        }
    }

    let choices: [Choice]?
    let failure: String?

    private enum CodingKeys: String, CodingKey {
        case choices, error, message, detail
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        choices = try container.decodeIfPresent([Choice].self, forKey: .choices)
        failure =
            [.error, .detail, .message].lazy
            .compactMap { try? container.decode(Failure.self, forKey: $0) }
            .first?.text
    }

    /// An error as the servers write it: an object with a message, or a text.
    private struct Failure: Decodable {
        let text: String

        private enum CodingKeys: String, CodingKey { case message }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self.text = text
            } else {
                text = try decoder.container(keyedBy: CodingKeys.self)
                    .decode(String.self, forKey: .message)
            }
        }
    }

    /// Reads JSON; nil if it is none, or no reply.
    init?(_ json: [UInt8]) {
        guard let reply = try? JSONDecoder().decode(ChatReply.self, from: Data(json)) else {
            return nil
        }
        self = reply
    }
}
