internal import Serialization
package import Text

/// The terms under which a block is found: its text's, its document's title's and its headings'.
///
/// Remembers those of the title and the headings, since blocks that follow each other mostly stand under the same.
package struct IndexedTerms {
    private var title: String?
    private var paths: [[String]] = []
    /// The terms of the title and the paths, one after another.
    private var bytes: [UInt8] = []
    /// Where each ends in `bytes`.
    private var ends: [Int] = []

    /// The terms of blocks to come.
    package init() {}

    /// Runs `body` for every term of a block: the title and each different heading once, then the text.
    package mutating func forEach(
        title: String?,
        paths: [[String]],
        text: UnsafeRawBufferPointer,
        analyzer: LexicalAnalyzer,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        if !areLast(title: title, paths: paths) { read(title: title, paths: paths, analyzer) }
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for end in ends {
                body(UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
        analyzer.forEachTerm(in: text, body)
    }

    /// Whether the block before stood under the same, byte by byte.
    private func areLast(title: String?, paths: [[String]]) -> Bool {
        // No title has the terms of an empty one.
        (title ?? "").hasBytes(of: self.title ?? "")
            && paths.elementsEqual(self.paths) { path, last in
                path.elementsEqual(last) { $0.hasBytes(of: $1) }
            }
    }

    private mutating func read(title: String?, paths: [[String]], _ analyzer: LexicalAnalyzer) {
        (self.title, self.paths) = (title, paths)
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        IndexedTerms.forEachHeading(title: title, paths: paths) { heading in
            var heading = heading
            heading.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8)) { term in
                    bytes.append(contentsOf: term)
                    ends.append(bytes.count)
                }
            }
        }
    }

    /// Runs `body` for the title and for each heading that differs from all before it.
    static func forEachHeading(title: String?, paths: [[String]], _ body: (String) -> Void) {
        var seen: [String] = []
        func take(_ heading: String) {
            guard !seen.contains(heading) else { return }
            seen.append(heading)
            body(heading)
        }
        if let title { take(title) }
        for path in paths { path.forEach(take) }
    }
}
