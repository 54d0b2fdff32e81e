public import Servers

/// A language model that a server runs as a writer.
public struct ServerWriter: TextWriter {
    public let contextLength: Int

    private let server: ChatServer

    /// Servers that are started without a setting have at least this much.
    public static let usualContextLength = 4096

    /// Bytes of text for a token: English has four, Chinese three.
    private static let bytesPerToken = 3
    /// No token of the usual vocabularies is longer, but for runs of spaces.
    private static let mostBytesPerToken = 64
    /// What a turn takes beside its text.
    private static let tokensPerTurn = 8

    /// A writer at a server.
    ///
    /// - Parameters:
    ///   - server: The server.
    ///   - contextLength: How many tokens its model's context has, which no server tells; nil for 4,096.
    public init(_ server: ChatServer, contextLength: Int? = nil) {
        self.server = server
        self.contextLength = contextLength ?? Self.usualContextLength
    }

    public func tokenCount(of messages: [ChatMessage]) -> Int {
        messages.reduce(Self.tokensPerTurn) {
            $0 + Self.tokensPerTurn + tokenCount(of: $1.content)
        }
    }

    public func tokenCount(of text: String) -> Int {
        (text.utf8.count + Self.bytesPerToken) / Self.bytesPerToken
    }

    public func write(
        after messages: [ChatMessage],
        tokenLimit: Int,
        isStopped: () -> Bool,
        _ write: (String) throws -> Void
    ) throws -> TextContinuation.End {
        let byteLimit = tokenLimit * Self.mostBytesPerToken
        var byteCount = 0
        let end = try server.complete(
            messages,
            ChatOptions(tokenLimit: tokenLimit),
            isStopped: { byteCount > byteLimit || isStopped() }
        ) { text in
            byteCount += text.utf8.count
            try write(text)
        }
        // A server may not heed how much it was asked for.
        return switch end {
        case .stopped where byteCount > byteLimit: .tokenLimit
        case .tokenLimit: .tokenLimit
        case .stopped: .stopped
        case .endOfText: .endOfText
        }
    }
}
