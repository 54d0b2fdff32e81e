internal import Foundation

/// A server of language models that speaks OpenAI's protocol: llama.cpp's, Ollama, vLLM, OpenAI.
///
///     let server = ChatServer(ServerConfiguration(url: "http://127.0.0.1:8080/v1"))
///     try server.complete([ChatMessage(.user, "Where does the Liffey rise?")]) { text in show(text) }
///
/// - Concurrency: any number of conversations at the same time; each holds its thread until its end.
public struct ChatServer: Sendable {
    /// Why nothing more came.
    public enum End: Sendable, Equatable {
        /// The model ended its turn.
        case endOfText
        /// As many tokens came as were asked for.
        case tokenLimit
        /// The caller wanted no more.
        case stopped
    }

    private let configuration: ServerConfiguration
    private let notice: @Sendable (String) -> Void

    /// A server that has not been asked.
    ///
    /// - Parameters:
    ///   - configuration: Where it is, and how long it may take.
    ///   - notice: Takes what should be told to the user and stops nothing.
    public init(
        _ configuration: ServerConfiguration,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.notice = notice
    }

    /// Writes the next turn of a conversation as it comes.
    ///
    /// A request that fails in passing before any text came is sent again.
    ///
    /// - Throws: `ServerError`, or what `write` throws.
    public func complete(
        _ messages: [ChatMessage],
        _ options: ChatOptions = ChatOptions(),
        isStopped: () -> Bool = { false },
        _ write: (String) throws -> Void
    ) throws -> End {
        let url = try configuration.completionsURL
        let request = ChatRequest(messages, options, model: configuration.model)
        let exchange = HTTPExchange(
            url: url,
            headers: headers,
            body: try request.bytes(),
            connectLimit: configuration.connectLimit,
            isDirect: configuration.isLocal
        )
        let deadline = ContinuousClock.now + configuration.totalLimit
        var retryCount = 0
        while true {
            var attempt = Attempt(configuration, url: url, deadline: deadline)
            do {
                return try attempt.run(exchange, isStopped: isStopped, write)
            } catch let error as ServerError where error.isPassing && !attempt.hasText {
                let wait = configuration.retries.wait(
                    beforeRetry: retryCount,
                    asked: attempt.retryAfter,
                    share: .random(in: 0...1)
                )
                guard let wait, ContinuousClock.now + wait < deadline else { throw error }
                retryCount += 1
                notice("\(error.problem); trying again in \(wait.inSeconds)")
                guard Self.sleep(wait, unless: isStopped) else { return .stopped }
            }
        }
    }

    private var headers: [String] {
        var headers = [
            "Content-Type: application/json", "Accept: text/event-stream", "User-Agent: riverrun",
            // Without this libcurl asks for leave before it sends a long body.
            "Expect:",
        ]
        if let key = configuration.key { headers.append("Authorization: Bearer \(key)") }
        return headers
    }

    /// Waits; false if it was stopped.
    private static func sleep(_ wait: Duration, unless isStopped: () -> Bool) -> Bool {
        let end = ContinuousClock.now + wait
        while ContinuousClock.now < end {
            if isStopped() { return false }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return true
    }
}

/// One request and what came of it.
private struct Attempt {
    private let configuration: ServerConfiguration
    private let url: String
    private let deadline: ContinuousClock.Instant
    private var answer: ChatAnswer
    private(set) var retryAfter: Duration?

    var hasText: Bool { answer.hasText }

    init(
        _ configuration: ServerConfiguration,
        url: String,
        deadline: ContinuousClock.Instant
    ) {
        self.configuration = configuration
        self.url = url
        self.deadline = deadline
        answer = ChatAnswer(url: url)
    }

    mutating func run(
        _ exchange: HTTPExchange,
        isStopped: () -> Bool,
        _ write: (String) throws -> Void
    ) throws -> ChatServer.End {
        var lastWord = ContinuousClock.now
        let ended = try exchange.run { head, bytes in
            if isStopped() { return false }
            try answer.take(bytes, head) { text in
                lastWord = .now
                try write(text)
            }
            // What a server has ended needs no waiting for the connection's end.
            if answer.isDone { return false }
            try checkLimits(since: lastWord)
            return true
        }
        guard let (head, outcome) = ended else {
            return answer.isDone ? end(answer.finish) : .stopped
        }
        switch outcome {
        case .unreachable(let reason): throw ServerError.unreachable(url: url, reason: reason)
        case .connectTimeout: throw tooSlow(.connection, configuration.connectLimit)
        case .insecure(let reason): throw ServerError.insecure(url: url, reason: reason)
        case .badAddress(let reason):
            throw ServerError.badAddress(configuration.url, reason: reason)
        // A whole answer is one, however its connection ends.
        case .dropped where answer.finish != nil: break
        case .dropped(let reason): throw ServerError.dropped(url: url, reason: reason)
        case .complete:
            retryAfter = head.retryAfter.flatMap {
                RetrySchedule.wait(retryAfter: $0, now: Date())
            }
            try answer.end(head, write)
        }
        return end(answer.finish)
    }

    private func end(_ finish: ChatAnswer.Finish?) -> ChatServer.End {
        finish == .tokenLimit ? .tokenLimit : .endOfText
    }

    private func checkLimits(since lastWord: ContinuousClock.Instant) throws(ServerError) {
        let now = ContinuousClock.now
        if now >= deadline { throw tooSlow(.whole, configuration.totalLimit) }
        let limit = hasText ? configuration.nextWordLimit : configuration.firstWordLimit
        guard now - lastWord < limit else {
            throw tooSlow(hasText ? .nextWord : .firstWord, limit)
        }
    }

    private func tooSlow(_ wait: ServerError.Wait, _ limit: Duration) -> ServerError {
        .tooSlow(url: url, wait: wait, limit: limit)
    }
}
