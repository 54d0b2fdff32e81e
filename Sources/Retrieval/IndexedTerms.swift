package import Text

/// The terms under which a block is found: its text's, its document's title's and its headings'.
package enum IndexedTerms {
    /// Runs `body` for every term of a block: the title and each different heading once, then the text.
    package static func forEach(
        title: String?,
        paths: [[String]],
        text: UnsafeRawBufferPointer,
        analyzer: LexicalAnalyzer,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        forEachHeading(title: title, paths: paths) { heading in
            var heading = heading
            heading.withUTF8 { utf8 in
                analyzer.forEachTerm(in: UnsafeRawBufferPointer(utf8), body)
            }
        }
        analyzer.forEachTerm(in: text, body)
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
