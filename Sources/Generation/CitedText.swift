/// What comes of a text that cites its passages, while a model writes it.
public enum CitedText: Sendable, Equatable {
    /// More of it.
    case text(String)
    /// The claim that ended with the text before.
    case claim(CheckedClaim)
}

/// A text that a model wrote, claim by claim.
public struct WrittenText: Sendable {
    /// Its claims, in order.
    public let claims: [CheckedClaim]
    /// Why nothing more was written.
    public let end: TextContinuation.End
}
