import Generation
import Servers
import Synchronization

/// A writer that says what a test lets it say, in pieces of a few characters; a word is a token.
final class ScriptedWriter: TextWriter {
    let contextLength: Int
    private let state: Mutex<(answers: [String], asked: [[ChatMessage]])>

    init(_ answers: String..., contextLength: Int = 1000) {
        self.contextLength = contextLength
        state = Mutex((answers, []))
    }

    /// The conversations that came.
    var asked: [[ChatMessage]] { state.withLock { $0.asked } }

    func tokenCount(of messages: [ChatMessage]) -> Int {
        messages.reduce(0) { $0 + tokenCount(of: $1.content) }
    }

    func tokenCount(of text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }

    func write(
        after messages: [ChatMessage],
        tokenLimit: Int,
        isStopped: () -> Bool,
        _ write: (String) throws -> Void
    ) throws -> TextContinuation.End {
        var rest = state.withLock { state -> Substring in
            state.asked.append(messages)
            return (state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0])[...]
        }
        while !rest.isEmpty {
            if isStopped() { return .stopped }
            try write(String(rest.prefix(3)))
            rest = rest.dropFirst(3)
        }
        return .endOfText
    }
}

/// A passage of a few sentences, each a segment.
func passage(
    _ sentences: String...,
    document: String = "rivers",
    scope: String = "Rivers",
    path: [String] = [],
    start: Int = 0,
    number: Int = 0
) -> Passage {
    var place = start
    return Passage(
        number: number,
        document: document,
        uri: "file:///\(document)",
        scope: scope,
        path: path,
        block: UInt64(start),
        segments: sentences.map { sentence in
            defer { place += sentence.utf8.count }
            return Passage.Segment(
                byteRange: place..<(place + sentence.utf8.count),
                bytes: Array(sentence.utf8)
            )
        }
    )
}
