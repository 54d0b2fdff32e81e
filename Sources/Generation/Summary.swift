/// A summary: sentences of the source in its order, each with its place in it.
public struct Summary: Sendable, Equatable {
    /// The quoted segments, in the order of the text.
    public let sentences: [SourceSegment]

    init(_ candidates: [Candidate]) {
        sentences = candidates.sorted { $0.index < $1.index }.map(\.segment)
    }

    private init(sentences: [SourceSegment]) {
        self.sentences = sentences
    }

    /// All of a text that is shorter than its summary may be, without its headings.
    static func whole(_ segments: some SegmentProvider) throws -> Summary {
        let unquoted: Set<String> = ["heading", "rule", "front-matter", "contents"]
        var sentences: [SourceSegment] = []
        try segments.forEachSegment { segment in
            let trimmed = segment.trimmed
            let isEmpty = trimmed.bytes.allSatisfy { $0 <= 0x20 }
            if !unquoted.contains(segment.kind), !isEmpty { sentences.append(trimmed) }
        }
        return Summary(sentences: sentences)
    }

    /// The sentences under the headings of the parts that they come from, as Markdown.
    public var text: String {
        var lines: [String] = []
        var path: [String] = []
        var paragraph: [String] = []
        func endParagraph() {
            if !paragraph.isEmpty { lines += [paragraph.joined(separator: " "), ""] }
            paragraph = []
        }
        for sentence in sentences {
            if sentence.path != path {
                endParagraph()
                let common = zip(path, sentence.path).prefix { $0 == $1 }.count
                // Back from a part of a part, the outer one is named again.
                let shared = min(common, max(0, sentence.path.count - 1))
                for level in shared..<sentence.path.count {
                    let marks = String(repeating: "#", count: min(6, level + 1))
                    lines += ["\(marks) \(sentence.path[level])", ""]
                }
                path = sentence.path
            }
            paragraph.append(sentence.line)
        }
        endParagraph()
        if lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}
