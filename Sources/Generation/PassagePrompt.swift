internal import Servers

/// Lays numbered passages out for a model: scope, aspects, descriptions.
///
///     # The Liffey
///     ## Bridges
///     [1] The Ha'penny Bridge was built in 1816.
///
/// - Source: Liu et al. 2024, "Enhancing LLM's Cognition via Structurization", §3 (StruXGPT), with what
///   the store keeps: a title is a scope, a path of headings an aspect, a block its description.
enum PassagePrompt {
    /// Passages in the order of their documents and of their text, numbered from 1; documents in the
    /// order in which the first of each comes.
    static func numbered(_ passages: [Passage]) -> [Passage] {
        var places: [String: Int] = [:]
        for passage in passages where places[passage.document] == nil {
            places[passage.document] = places.count
        }
        let sorted = passages.sorted {
            let places = (places[$0.document] ?? 0, places[$1.document] ?? 0)
            return places.0 == places.1
                ? $0.byteRange.lowerBound < $1.byteRange.lowerBound : places.0 < places.1
        }
        return sorted.enumerated().map { index, passage in
            var passage = passage
            passage.number = index + 1
            return passage
        }
    }

    /// The passages under their headings.
    static func text(of passages: [Passage]) -> String {
        var lines: [String] = []
        var last: Passage?
        for passage in passages {
            lines += headings(of: passage, after: last)
            // A passage has no line of its own that could look like another's.
            lines.append("[\(passage.number)] \(passage.line)")
            last = passage
        }
        return lines.joined(separator: "\n")
    }

    /// The headings that stand between two passages.
    static func headings(of passage: Passage, after last: Passage?) -> [String] {
        var lines: [String] = []
        let isNew = last?.document != passage.document
        if isNew {
            if last != nil { lines.append("") }
            lines.append("# \(oneLine(passage.scope))")
        }
        if isNew || last?.path != passage.path {
            let path =
                passage.path.first == passage.scope ? passage.path.dropFirst() : passage.path[...]
            if !path.isEmpty { lines.append("## \(path.map(oneLine).joined(separator: " > "))") }
        }
        return lines
    }

    /// A text without line breaks.
    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
