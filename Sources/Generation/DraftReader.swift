package import Models

/// Reads a text as it grows, and guesses ahead.
///
/// Tokens that the context suggests go through the layers together with the one that is read. If the text
/// then goes on with them, their logits are there.
///
/// Logits are, to the bit, those of a session that reads token by token: they depend on the tokens
/// alone, and what was guessed wrong is forgotten. So are the draws of any sampler.
package struct DraftReader {
    /// How many times tokens went through the layers.
    package private(set) var passCount = 0
    /// How many tokens of the text have been read.
    package private(set) var position: Int

    /// Whether another token can be read.
    var hasRoom: Bool { position < session.contextLength }

    private let session: LlamaSession
    private let longestDraft: Int
    private var drafts: NGramDrafts
    /// What was read ahead, the next token last.
    private var ahead: [(token: Int32, logits: [Float])] = []
    private var draftLength: Int
    private var acceptedCount = 0

    /// A reader that goes on where a session is.
    ///
    /// - Parameters:
    ///   - session: What has read the text so far, or at least what is attended to of it.
    ///   - text: What tokens are guessed from.
    ///   - longestDraft: The most tokens that are read ahead; 0 for none. For more the session must be able
    ///     to rewind.
    package init(_ session: LlamaSession, after text: [Int32], longestDraft: Int) {
        self.session = session
        self.longestDraft = longestDraft
        position = session.position
        drafts = NGramDrafts(longestDraft > 0 ? text : [])
        draftLength = min(longestDraft, Self.firstDraft)
    }

    private static let firstDraft = 4

    /// Reads the token that the text goes on with; the logits of what may follow.
    package mutating func read(_ token: Int32) throws(ModelsError) -> [Float] {
        guard longestDraft > 0 else {
            passCount += 1
            position += 1
            return try session.read([token])
        }
        drafts.append(token)
        if let next = ahead.popLast() {
            if next.token == token {
                position += 1
                acceptedCount += 1
                if ahead.isEmpty { draftLength = min(2 * draftLength, longestDraft) }
                return next.logits
            }
            ahead = []
            draftLength = max(acceptedCount, 1)
            try session.rewind(to: position)
        }
        acceptedCount = 0
        let room = session.contextLength - position - 1
        let draft = drafts.draft(max(0, min(draftLength, room)))
        let rows = try session.readAll([token] + draft)
        passCount += 1
        position += 1
        ahead = zip(draft, rows.dropFirst()).reversed().map { ($0, $1) }
        return rows[0]
    }
}
