import Generation
import Stages
import Synchronization

/// What a language model writes, as people read it: the text as it comes, a mark behind each claim
/// that is not supported, and at the end the places that it cites.
final class CitedPage: Sendable {
    private let output: StandardOutput
    private let printsQuestions: Bool
    private let state = Mutex((claimCount: 0, hasText: false))

    /// A page on which nothing stands.
    init(_ output: StandardOutput, printsQuestions: Bool = false) {
        self.output = output
        self.printsQuestions = printsQuestions
    }

    /// How many claims were printed.
    var claimCount: Int { state.withLock { $0.claimCount } }

    /// Prints what came.
    func take(_ event: WritingEvent) throws {
        switch event {
        case .began(let question):
            if printsQuestions { try output.write("\(question)\n") }
        case .cited(.text(let text)):
            state.withLock { $0.hasText = true }
            try output.write(text)
        case .cited(.claim(let claim)):
            state.withLock { $0.claimCount += 1 }
            if let fault = claim.fault { try output.write(" [unsupported: \(fault)]") }
        case .ended(let text): try end(text)
        }
        try output.flush()
    }

    /// Ends a line that was begun, so that an error stands on one of its own.
    func breakLine() {
        guard state.withLock({ $0.hasText }) else { return }
        try? output.write("\n")
        try? output.flush()
    }

    private func end(_ text: WrittenText) throws {
        state.withLock { $0.hasText = false }
        try output.write("\n")
        let lines = Self.sources(of: text.claims)
        if !lines.isEmpty { try output.write("\n" + lines.joined()) }
        if printsQuestions { try output.write("\n") }
        switch text.end {
        case .endOfText, .stopped: break
        case .tokenLimit:
            Terminal.report("the model was cut short; allow more with --tokens")
        case .contextFull(let tokenCount):
            Terminal.report("the context of \(tokenCount) tokens is full; stopped")
        }
    }

    /// The places that are cited, a line for each passage.
    private static func sources(of claims: [CheckedClaim]) -> [String] {
        let citations = claims.flatMap(\.citations)
        let passages = Dictionary(grouping: citations, by: \.passage.number)
        return passages.sorted { $0.key < $1.key }.compactMap { number, citations in
            guard let passage = citations.first?.passage else { return nil }
            let ranges = Set(citations.map(\.byteRange)).sorted { $0.lowerBound < $1.lowerBound }
                .map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
            let path = passage.path.isEmpty ? "" : "  \(passage.path.joined(separator: " > "))"
            return "[\(number)] \(passage.document):\(ranges)\(path)\n"
        }
    }
}
