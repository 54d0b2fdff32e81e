public import Generation

/// What a language model does in a run.
public enum WritingEvent: Sendable {
    /// It begins to answer a question.
    case began(question: String)
    /// More of what it writes came.
    case cited(CitedText)
    /// It has written all; no claims if it found no answer.
    case ended(WrittenText)
}
