/// What a segment is in its document's structure.
public enum SegmentKind: String, Sendable, Hashable, CaseIterable {
    /// A heading of any form: marked up, numbered, underlined, labelled or in capitals.
    case heading
    /// Running text, usually one sentence.
    case sentence
    /// An item of a list, or its continuation.
    case listItem = "list-item"
    /// An entry of a table of contents.
    case contents
    /// Text behind `>`.
    case quotation
    /// A fenced or indented block of code.
    case code
    /// A row of a table.
    case table
    /// A line of signs that parts sections.
    case rule
    /// Fields before the text, between lines of `---`.
    case frontMatter = "front-matter"
}

/// A segment with its place in the document's outline.
public struct OutlinedSegment: Sendable, Hashable {
    /// The segment's bytes, counted from the document's first byte.
    public let range: Range<Int>
    /// What the segment is.
    public let kind: SegmentKind
    /// The headings above the segment, outermost first; a heading's own path ends with itself.
    public let path: [String]

    /// A segment of `range` with its kind and path.
    public init(range: Range<Int>, kind: SegmentKind, path: [String]) {
        self.range = range
        self.kind = kind
        self.path = path
    }
}
