/// Reads the answer to a request for a chat completion, streamed or whole.
///
/// States: nothing came, text comes, the model has ended.
struct ChatAnswer {
    /// Why a model wrote no more.
    enum Finish: Equatable {
        case endOfText
        case tokenLimit
    }

    /// Bytes of an answer that is no stream beyond which it is not read.
    private static let longestBodyBytes = 4 << 20

    /// Why the model wrote no more, once it did.
    private(set) var finish: Finish?
    /// Whether the server said that nothing more comes.
    private(set) var isDone = false
    /// Whether some text came.
    private(set) var hasText = false

    private let url: String
    private var events = EventStream()
    private var body: [UInt8] = []

    init(url: String) {
        self.url = url
    }

    /// Takes a piece of the body; `write` gets each text.
    mutating func take(
        _ bytes: [UInt8],
        _ head: HTTPHead,
        _ write: (String) throws -> Void
    ) throws {
        guard !bytes.isEmpty, !isDone else { return }
        guard isStream(head) else {
            body += bytes.prefix(Self.longestBodyBytes - body.count)
            guard body.count < Self.longestBodyBytes else {
                throw malformed("it is longer than \(Self.longestBodyBytes) bytes")
            }
            return
        }
        var replies: [[UInt8]] = []
        let fits = try events.take(bytes) { data throws(ServerError) in replies.append(data) }
        for data in replies where !isDone { try takeEvent(data, write) }
        guard fits else {
            throw malformed("an event is longer than \(EventStream.longestEventBytes) bytes")
        }
    }

    /// Judges what is there when the exchange has ended.
    mutating func end(_ head: HTTPHead, _ write: (String) throws -> Void) throws {
        guard (200..<300).contains(head.status) else { throw failure(head) }
        if isStream(head) {
            guard isDone || finish != nil else {
                throw hasText
                    ? ServerError.dropped(url: url, reason: "the stream has no end")
                    : malformed("the stream has no words; some do so if the prompt is too long")
            }
            return
        }
        guard let reply = ChatReply(body) else {
            throw malformed(
                "\(head.contentType ?? "no content type"), beginning \(Self.excerpt(body))"
            )
        }
        try takeReply(reply, write)
        guard reply.choices?.isEmpty == false else {
            throw malformed("JSON without choices, beginning \(Self.excerpt(body))")
        }
        finish = finish ?? .endOfText
    }

    private func isStream(_ head: HTTPHead) -> Bool {
        (200..<300).contains(head.status)
            && (head.contentType ?? "text/event-stream") == "text/event-stream"
    }

    private mutating func takeEvent(
        _ data: [UInt8],
        _ write: (String) throws -> Void
    ) throws {
        if data.elementsEqual("[DONE]".utf8) {
            isDone = true
            return
        }
        guard let reply = ChatReply(data) else {
            throw malformed("an event is no JSON of a completion: \(Self.excerpt(data))")
        }
        try takeReply(reply, write)
    }

    private mutating func takeReply(
        _ reply: ChatReply,
        _ write: (String) throws -> Void
    ) throws {
        if let failure = reply.failure, reply.choices?.isEmpty ?? true {
            throw ServerError.refused(url: url, status: 200, message: Self.line(of: failure))
        }
        // One choice is asked for; an event without any tells figures.
        guard let choice = reply.choices?.first else { return }
        if let text = (choice.delta ?? choice.message)?.content, !text.isEmpty {
            hasText = true
            try write(text.withoutControls)
        }
        if let reason = choice.finishReason {
            finish = reason == "length" ? .tokenLimit : .endOfText
        }
    }

    /// The error that a status stands for, with what the server says of it.
    private func failure(_ head: HTTPHead) -> ServerError {
        let message =
            ChatReply(body)?.failure.map(Self.line)
            ?? (body.isEmpty ? "no reason is given" : Self.excerpt(body))
        return switch head.status {
        case 401, 403: .notAllowed(url: url, status: head.status, message: message)
        case 408, 425, 429, 500, 502, 503, 504, 529:
            .busy(url: url, status: head.status, message: message)
        default: .refused(url: url, status: head.status, message: message)
        }
    }

    private func malformed(_ reason: String) -> ServerError {
        .malformed(url: url, reason: reason)
    }

    /// The beginning of bytes that should have been something else, on one line.
    private static func excerpt(_ bytes: [UInt8]) -> String {
        "`\(line(of: String(decoding: bytes.prefix(400), as: UTF8.self)))`"
    }

    /// A text on one line of readable length.
    private static func line(of text: String) -> String {
        let words = text.withoutControls.split(whereSeparator: \.isWhitespace).joined(
            separator: " "
        )
        return words.count > 200 ? words.prefix(200) + "…" : words
    }
}
