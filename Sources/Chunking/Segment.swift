/// A contiguous byte range of one document, about a sentence long, with its trailing whitespace.
public struct Segment: Sendable, Hashable {
    /// The segment's bytes, counted from the document's first byte.
    public let range: Range<Int>
    /// Why the segment ends where it does.
    public let boundary: Boundary

    /// A segment of `range` that ends for the reason `boundary`.
    public init(range: Range<Int>, boundary: Boundary) {
        self.range = range
        self.boundary = boundary
    }

    /// What ended a segment.
    public enum Boundary: UInt8, Sendable, Hashable, CaseIterable {
        /// A terminator such as `.`, `?` or `。`, or the next item of a list inside a line.
        case sentence
        /// A line end that does not merely wrap a paragraph.
        case line
        /// A blank line or a form feed.
        case paragraph
        /// The edge of a heading, list item, quotation, table row, rule or code block.
        case block
        /// The limit on word pieces or bytes: the sentence goes on.
        case limit
        /// The end of the document.
        case documentEnd
    }
}
