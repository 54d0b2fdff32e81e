/// A document's outline: its parts in order, each with its heading and its bytes.
///
///     var outline = Outline()
///     for segment in segments { outline.append(segment) }
///     try outline.validate(document: 0..<byteCount)
///     print(outline.rendered())
///
/// The parts are listed in the document's order, each before its own parts, as a tree in preorder.
/// A part that has text before its first subpart gets an untitled lead, so that every part is the
/// hull of its children and every byte belongs to exactly one leaf.
/// - Complexity: O(1) amortized for each segment; at most `maximumParts` parts are held, beyond which
///   new headings only extend the parts there are.
public struct Outline: Sendable, Hashable {
    /// A heading and the bytes from it to the end of the last segment below it.
    public struct Part: Sendable, Hashable {
        /// The heading, or nil for text before the first heading of its level.
        public let title: String?
        /// How many parts enclose this one.
        public let depth: Int
        /// The part's bytes, those of its subparts included.
        public internal(set) var range: Range<Int>

        /// A part of the outline.
        package init(title: String?, depth: Int, range: Range<Int>) {
            self.title = title
            self.depth = depth
            self.range = range
        }
    }

    /// The parts, each before its subparts.
    public private(set) var parts: [Part] = []
    /// The most parts that are held.
    public let maximumParts: Int
    /// The indices of the parts that the last segment belongs to, outermost first.
    private var open: [Int] = []
    private var openPath: [String] = []

    /// An empty outline.
    public init(maximumParts: Int = 4096) {
        precondition(maximumParts >= 2, "an outline holds a part and its lead at least")
        self.maximumParts = maximumParts
    }

    /// An outline of given parts, in preorder.
    package init(parts: [Part]) {
        self.init(maximumParts: max(parts.count, 2))
        self.parts = parts
    }

    /// Takes in the next segment of the document.
    public mutating func append(_ segment: OutlinedSegment) {
        guard !segment.range.isEmpty else { return }
        // A heading opens a part even where the path stays the same, as for two equal titles.
        let isNew =
            segment.kind == .heading && parts.last?.title == segment.path.last
            && segment.path == openPath && !isJoined(segment)
        if parts.isEmpty || segment.path != openPath || isNew {
            enter(segment.path, at: segment, isNew: isNew)
        }
        for index in open {
            parts[index].range = parts[index].range.lowerBound..<segment.range.upperBound
        }
    }

    /// Whether a heading's second line follows its first, as a title follows its label.
    private func isJoined(_ segment: OutlinedSegment) -> Bool {
        guard let last = open.last else { return false }
        return parts[last].range.upperBound == segment.range.lowerBound
            && parts[last].range.count < 2 * Outliner.titleLimit
    }

    private mutating func enter(_ path: [String], at segment: OutlinedSegment, isNew: Bool) {
        var shared = zip(path, openPath).prefix { $0 == $1 }.count
        if isNew { shared -= 1 }
        let added = path.count - shared
        guard parts.count + 2 * max(added, 1) <= maximumParts else { return }
        // Untitled text stands beside the parts of its level.
        open.removeLast(max(open.count - shared, 0))
        let start = segment.range.lowerBound..<segment.range.lowerBound
        if let parent = open.last, parts.indices.last == parent {
            let lead = Part(title: nil, depth: open.count, range: parts[parent].range)
            if !lead.range.isEmpty { parts.append(lead) }
        }
        for title in path[shared...] {
            parts.append(Part(title: title, depth: open.count, range: start))
            open.append(parts.count - 1)
        }
        if path.isEmpty {
            parts.append(Part(title: nil, depth: 0, range: start))
            open = [parts.count - 1]
        }
        openPath = path
    }

    /// Checks that the parts tile the document and that each is the hull of its children.
    ///
    /// - Throws: `StructureError` for the first part that does not.
    public func validate(document: Range<Int>) throws(StructureError) {
        var ends: [Int] = []
        var pending: [Part] = []
        var end = document.lowerBound
        for part in parts {
            guard !part.range.isEmpty else {
                throw .emptyPart(title: part.title ?? "", offset: part.range.lowerBound)
            }
            while pending.count > part.depth { try close(&pending, &ends, end: end) }
            guard part.range.lowerBound == (ends.last ?? end) else {
                throw end == document.lowerBound && ends.isEmpty
                    ? .startsLate(offset: part.range.lowerBound, expected: end)
                    : .notContiguous(offset: part.range.lowerBound, expected: ends.last ?? end)
            }
            if let parent = pending.last, part.range.upperBound > parent.range.upperBound {
                throw .notHull(
                    title: parent.title ?? "",
                    range: parent.range,
                    hull: parent.range.lowerBound..<part.range.upperBound
                )
            }
            pending.append(part)
            ends.append(part.range.lowerBound)
            end = part.range.upperBound
        }
        while !pending.isEmpty { try close(&pending, &ends, end: end) }
        guard end == document.upperBound else {
            throw .endsEarly(offset: end, expected: document.upperBound)
        }
    }

    /// Closes the innermost part, whose last leaf ended at `end`.
    private func close(
        _ pending: inout [Part],
        _ ends: inout [Int],
        end: Int
    ) throws(StructureError) {
        let part = pending.removeLast()
        ends.removeLast()
        guard part.range.upperBound == end else {
            throw .notHull(
                title: part.title ?? "",
                range: part.range,
                hull: part.range.lowerBound..<max(end, part.range.lowerBound)
            )
        }
        if !ends.isEmpty { ends[ends.count - 1] = end }
    }

    /// The outline as text: a line for each titled part, numbered and indented by depth.
    public func rendered() -> String {
        var counters: [Int] = []
        var lines: [String] = []
        for part in parts {
            guard let title = part.title else { continue }
            counters.removeLast(max(counters.count - part.depth - 1, 0))
            while counters.count <= part.depth { counters.append(0) }
            counters[part.depth] += 1
            let number = counters.map(String.init).joined(separator: ".")
            let indentation = String(repeating: "  ", count: part.depth)
            lines.append(
                "\(indentation)\(number) \(title) [\(part.range.lowerBound)..<\(part.range.upperBound)]"
            )
        }
        return lines.joined(separator: "\n")
    }
}
