/// One turn of a conversation with a language model.
public struct ChatMessage: Sendable, Equatable {
    /// Whose turn it is.
    public enum Role: String, Sendable, Codable {
        /// What holds for the whole conversation.
        case system
        /// Who asks.
        case user
        /// The model.
        case assistant
    }

    /// Whose turn it is.
    public var role: Role
    /// What is said.
    public var content: String

    /// A turn.
    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}
