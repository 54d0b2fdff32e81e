public import Models
internal import Servers
internal import Text

/// Lets a model summarize passages of any number.
///
/// Each part that fits its context is summarized, then the parts' summaries, until one is left. Citations
/// are kept through all levels.
public struct SummaryWriter {
    private let writer: any TextWriter
    private let words: Int
    private let query: String?
    private let checker: ClaimChecker
    private let tokenLimit: Int

    /// Tokens for a word of a summary, with its citations.
    private static let tokensPerWord = 2

    /// A summarizer.
    ///
    /// - Parameters:
    ///   - writer: What writes.
    ///   - words: About how many words the summary has.
    ///   - query: What it is to be about; nil for the whole.
    ///   - tokenLimit: How many tokens a summary has at most; nil for twice its words, or a quarter of
    ///     the context.
    ///   - language: The passages' language, by its English name.
    ///   - encoder: What tells whether a claim is near to what it cites; nil for its words alone.
    /// - Throws: `TextError` if there is no such language.
    public init(
        _ writer: any TextWriter,
        words: Int,
        query: String? = nil,
        tokenLimit: Int? = nil,
        language: String = "english",
        encoder: (any ConceptEncoder)? = nil
    ) throws {
        self.writer = writer
        self.words = words
        self.query = query
        // A level of summaries must be shorter than what it summarizes.
        let quarter = max(writer.contextLength / 4, 1)
        self.tokenLimit = min(tokenLimit ?? Self.tokensPerWord * words + 32, quarter)
        checker = try ClaimChecker(language: language, encoder: encoder)
    }

    /// Summarizes passages.
    ///
    /// Of the summary of a part only claims that are supported go on to the next level; of a part
    /// without one its first segment does.
    /// - Parameters:
    ///   - next: Gives the passages in order, and nil at the end; they are numbered from 1.
    ///   - isStopped: Whether to stop.
    ///   - progress: Is told how many parts of which level, from 1, have been summarized.
    ///   - take: Gets the last summary as it comes, each claim behind its text.
    /// - Returns: The summary's claims.
    /// - Throws: `GenerationError.contextTooSmall`; `summariesTooLong` if a level has no fewer parts than the
    ///   one before; what the writer, `next` or `take` throws.
    public func summarize(
        _ next: @escaping () throws -> Passage?,
        isStopped: () -> Bool = { false },
        progress: (_ level: Int, _ partCount: Int) throws -> Void = { _, _ in },
        _ take: (CitedText) throws -> Void
    ) throws -> WrittenText {
        var number = 0
        var parts = Parts(room: try room()) { () throws -> Item? in
            guard var passage = try next() else { return nil }
            number += 1
            passage.number = number
            return Item(passage)
        }
        var lastPartCount = Int.max
        for level in 1... {
            var kept: [Item] = []
            var partCount = 0
            while let part = try parts.next(size) {
                if partCount == 0, parts.isAtEnd {
                    return try write(part, level: level, isStopped: isStopped, take)
                }
                let summary = try write(part, level: level, isStopped: isStopped) { _ in }
                guard summary.end != .stopped else { return WrittenText(claims: [], end: .stopped) }
                kept += items(of: summary, part)
                partCount += 1
                try progress(level, partCount)
            }
            if kept.isEmpty { break }
            // A writer may not heed how much it was asked for.
            guard partCount < lastPartCount else {
                throw GenerationError.summariesTooLong(limit: writer.contextLength)
            }
            lastPartCount = partCount
            var rest = kept[...]
            parts = Parts(room: parts.room) { rest.popFirst() }
        }
        return WrittenText(claims: [], end: .endOfText)
    }

    // MARK: - A part

    private func messages(_ text: String, level: Int) -> [ChatMessage] {
        let about = query.map { " Tell only what concerns this: \($0)" } ?? ""
        let matter =
            level == 1
            ? "numbered passages"
            : "statements, which have the numbers of their passages behind them"
        let wish =
            if let title = writer.readTitle {
                """
                The text above is \(title). Summarize it, in at most \(words) words and in its \
                language, by what the \(matter) say.
                """
            } else {
                """
                Summarize the \(matter), in at most \(words) words, from them and from nothing else, \
                in their language.
                """
            }
        let task = """
            \(wish)\(about) Write plain sentences. End each sentence with the numbers of the \
            passages that it is taken from, in square brackets, such as [1] or [2, 3].
            """
        return [ChatMessage(.system, task), ChatMessage(.user, text)]
    }

    /// How many tokens a part's task and its summary take.
    private var takenTokenCount: Int {
        max(
            writer.tokenCount(of: messages("", level: 1)),
            writer.tokenCount(of: messages("", level: 2))
        ) + tokenLimit
    }

    /// How many tokens a part's passages may have.
    private func room() throws -> Int {
        let taken = takenTokenCount
        guard taken < writer.contextLength else {
            throw GenerationError.contextTooSmall(
                neededTokenCount: taken + 1,
                limit: writer.contextLength
            )
        }
        return writer.contextLength - taken
    }

    /// How many tokens an item takes behind another.
    private func size(_ item: Item, _ last: Item?) throws -> Int {
        let size = writer.tokenCount(of: Self.text(of: [item], after: last))
        guard size <= (try room()) else {
            throw GenerationError.contextTooSmall(
                neededTokenCount: takenTokenCount + size,
                limit: writer.contextLength
            )
        }
        return size
    }

    private func write(
        _ part: [Item],
        level: Int,
        isStopped: () -> Bool,
        _ take: (CitedText) throws -> Void
    ) throws -> WrittenText {
        let cited = part.flatMap(\.passages).map { ($0.number, $0) }
        return try ClaimWriter(writer: writer, checker: checker).write(
            after: messages(Self.text(of: part, after: nil), level: level),
            tokenLimit: tokenLimit,
            from: Dictionary(cited) { first, _ in first },
            isStopped: isStopped,
            take
        )
    }

    /// What of a part's summary goes on to the next level.
    private func items(of summary: WrittenText, _ part: [Item]) -> [Item] {
        let supported = summary.claims.filter(\.isSupported)
        guard supported.isEmpty else {
            return supported.map { claim in
                Item(text: claim.text, passages: claim.citations.map(\.passage))
            }
        }
        guard let passage = part.first?.passages.first else { return [] }
        let first = Passage(
            number: passage.number,
            document: passage.document,
            uri: passage.uri,
            scope: passage.scope,
            path: passage.path,
            block: passage.block,
            segments: [passage.segments[0]]
        )
        let item = Item(text: "\(first.line) [\(first.number)]", passages: [passage])
        // A level must be shorter than the one before.
        return writer.tokenCount(of: item.text) <= tokenLimit ? [item] : []
    }

    private static func text(of items: [Item], after last: Item?) -> String {
        var lines: [String] = []
        var last = last?.passages.first
        for item in items {
            guard let passage = item.passages.first else { continue }
            lines += PassagePrompt.headings(of: passage, after: last)
            lines.append(item.text)
            last = passage
        }
        return lines.joined(separator: "\n")
    }
}

/// A line of what is summarized: a passage, or a claim that cites some.
private struct Item {
    let text: String
    let passages: [Passage]

    init(text: String, passages: [Passage]) {
        self.text = text
        self.passages = passages
    }

    init(_ passage: Passage) {
        self.init(text: "[\(passage.number)] \(passage.line)", passages: [passage])
    }
}

/// Gathers items into parts that have room.
private struct Parts {
    let room: Int
    private let nextItem: () throws -> Item?
    /// The first item of the next part.
    private var ahead: Item?
    private var hasBegun = false

    init(room: Int, _ nextItem: @escaping () throws -> Item?) {
        self.room = room
        self.nextItem = nextItem
    }

    /// Whether no part follows the one that was given last.
    var isAtEnd: Bool { hasBegun && ahead == nil }

    /// The next part, or nil at the end.
    ///
    /// - Parameter size: How many tokens an item takes behind another.
    /// - Returns: Items that have room together; one at least.
    /// - Throws: What `size` or the giver of items throws.
    mutating func next(_ size: (Item, Item?) throws -> Int) throws -> [Item]? {
        if !hasBegun {
            hasBegun = true
            ahead = try nextItem()
        }
        guard let first = ahead else { return nil }
        var part = [first]
        var total = try size(first, nil)
        ahead = nil
        while let item = try nextItem() {
            total += try size(item, part.last)
            guard total <= room else {
                ahead = item
                break
            }
            part.append(item)
        }
        return part
    }
}
