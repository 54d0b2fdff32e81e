public import Models
internal import Servers
internal import Text

/// Lets a model answer a question from passages, and checks what it cites.
///
///     let answerer = try AnswerWriter(writer)
///     let answer = try answerer.answer("Where does the Liffey rise?", from: passages) { show($0) }
///     for claim in answer.claims where !claim.isSupported { … }
public struct AnswerWriter {
    private let writer: any TextWriter
    private let tokenLimit: Int
    private let checker: ClaimChecker

    private static let usualTokenLimit = 512

    /// What a model is told to say where the passages do not answer.
    private static let refusal = "The passages do not answer the question."

    private static let form = """
        Write one to five short sentences. End each sentence with the number of the passage \
        that it is taken from, in square brackets, such as [1]. If the passages do not answer the \
        question, write only: \(refusal)
        """

    /// What a model is told, which may have read a whole document before.
    private static func task(behind title: String?) -> String {
        guard let title else {
            return """
                Answer the question from the numbered passages and from nothing else, in the language \
                of the question. \(form)
                """
        }
        return """
            The text above is \(title). Answer the question from it and from the numbered passages, \
            and from nothing else, in the language of the question. \(form)
            """
    }

    /// An answerer.
    ///
    /// - Parameters:
    ///   - writer: What writes.
    ///   - tokenLimit: How many tokens an answer has at most; nil for 512, or a quarter of the context.
    ///   - language: The passages' language, by its English name.
    ///   - encoder: What tells whether a claim is near to what it cites; nil for its words alone.
    /// - Throws: `TextError` if there is no such language.
    public init(
        _ writer: any TextWriter,
        tokenLimit: Int? = nil,
        language: String = "english",
        encoder: (any ConceptEncoder)? = nil
    ) throws {
        self.writer = writer
        self.tokenLimit =
            tokenLimit ?? min(Self.usualTokenLimit, max(writer.contextLength / 4, 1))
        checker = try ClaimChecker(language: language, encoder: encoder)
    }

    /// Answers a question.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - passages: What may be cited, the likeliest first; the last ones are left out where the
    ///     context has no room. They are numbered in the order of their documents and texts.
    ///   - isStopped: Whether to stop.
    ///   - take: Gets the answer as it comes, each claim behind its text.
    /// - Returns: The claims; none if the model finds no answer in the passages.
    /// - Throws: `GenerationError.contextTooSmall`, what the writer or `take` throws.
    public func answer(
        _ question: String,
        from passages: [Passage],
        isStopped: () -> Bool = { false },
        _ take: (CitedText) throws -> Void
    ) throws -> WrittenText {
        let shown = try fitting(passages, question)
        let written = try ClaimWriter(writer: writer, checker: checker).write(
            after: messages(question, shown),
            tokenLimit: tokenLimit,
            from: Dictionary(uniqueKeysWithValues: shown.map { ($0.number, $0) }),
            isStopped: isStopped
        ) { piece in
            if case .claim(let claim) = piece, Self.isRefusal(claim) { return }
            try take(piece)
        }
        return WrittenText(
            claims: written.claims.filter { !Self.isRefusal($0) },
            end: written.end
        )
    }

    /// Whether a sentence is what a model is told to say where the passages do not answer: no claim.
    private static func isRefusal(_ claim: CheckedClaim) -> Bool {
        claim.citations.isEmpty && claim.words.lowercased() == refusal.lowercased()
    }

    private func messages(_ question: String, _ passages: [Passage]) -> [ChatMessage] {
        [
            ChatMessage(.system, Self.task(behind: writer.readTitle)),
            ChatMessage(.user, "\(PassagePrompt.text(of: passages))\n\nQuestion: \(question)"),
        ]
    }

    /// As many of the first passages as the context has room for.
    private func fitting(_ passages: [Passage], _ question: String) throws -> [Passage] {
        let limit = writer.contextLength - tokenLimit
        func size(_ count: Int) -> Int {
            let shown = PassagePrompt.numbered(Array(passages[..<count]))
            return writer.tokenCount(of: messages(question, shown))
        }
        let least = size(min(1, passages.count))
        guard least <= limit else {
            throw GenerationError.contextTooSmall(
                neededTokenCount: least + tokenLimit,
                limit: writer.contextLength
            )
        }
        // The greatest count that fits: every passage more takes more.
        var (fitting, tooMany) = (min(1, passages.count), passages.count + 1)
        while tooMany - fitting > 1 {
            let count = (fitting + tooMany) / 2
            if size(count) <= limit { fitting = count } else { tooMany = count }
        }
        return PassagePrompt.numbered(Array(passages[..<fitting]))
    }
}
