/// Lays out text and elements of a page as Markdown: white space collapsed, blocks apart.
///
/// What it writes does not depend on where the text was cut.
struct MarkdownLayout {
    private var output: [UInt8] = []
    private var lastByte: UInt8 = 0x0A
    /// Line feeds owed before the next text: 1 for a new line, 2 for a new block.
    private var owedLineFeeds = 0
    private var owesSpace = false
    /// The mark of a heading, list item or cell, owed before its first text.
    private var owedMark = ""
    /// Whether anything has been written.
    private(set) var hasText = false
    private var isHeading = false
    private var lists: [(isOrdered: Bool, count: Int)] = []
    private var quoteDepth = 0
    /// How deep in quotations the last line stands.
    private var lineQuoteDepth = 0
    private var preDepth = 0
    /// Whether nothing has followed `<pre>` yet; a line feed there is not part of it.
    private var isAtPreStart = false
    private var table = TableRow()

    /// Where the text stands in a table.
    private struct TableRow {
        /// How many cells the row has so far; nil outside of rows, and in tables that lay out a page.
        var cellCount: Int?
        /// Whether a cell of the row is a heading.
        var isHead = false
        /// How many rows the table has had.
        var rowCount = 0
        /// How many paragraphs the cell has.
        var paragraphCount = 0
    }

    /// Adds text.
    mutating func text(_ bytes: some Collection<UInt8>) {
        guard preDepth == 0 else { return preformatted(bytes) }
        var rest = bytes[...]
        while let first = rest.first {
            if Self.isSpace(first) {
                owesSpace = true
                rest = rest.drop { Self.isSpace($0) }
            } else {
                let end = rest.firstIndex { Self.isSpace($0) } ?? rest.endIndex
                word(rest[..<end])
                rest = rest[end...]
            }
        }
    }

    /// An element begins.
    mutating func begin(_ name: String) {
        switch name {
        case "h1", "h2", "h3", "h4", "h5", "h6":
            leaveRow()
            owedMark = ""
            block()
            let level = Int(String(name.dropFirst())) ?? 1
            owedMark = String(repeating: "#", count: level) + " "
            isHeading = true
        case "br":
            isHeading || table.cellCount != nil ? (owesSpace = true) : line()
        case "hr":
            leaveRow()
            block()
            write("---")
            block()
        case "ul", "ol":
            leaveRow()
            lists.isEmpty ? block() : line()
            lists.append((name == "ol", 0))
        case "li": beginItem()
        case "blockquote":
            leaveRow()
            block()
            quoteDepth += 1
        case "pre":
            leaveRow()
            block()
            write("```")
            line()
            preDepth += 1
            isAtPreStart = true
        case "table":
            leaveRow()
            block()
            table = TableRow()
        case "tr": beginRow()
        case "td", "th": beginCell(isHead: name == "th")
        case "option", "dt", "dd", "caption": line()
        case "p", "div":
            table.paragraphCount += 1
            // Data has one paragraph a cell; more of them are a page's layout.
            if table.paragraphCount > 1 { leaveRow() }
            block()
        default: if Self.blocks.contains(name) { block() }
        }
    }

    /// An element ends.
    mutating func end(_ name: String) {
        switch name {
        case "h1", "h2", "h3", "h4", "h5", "h6":
            isHeading = false
            owedMark = ""
            block()
        case "ul", "ol":
            if !lists.isEmpty { lists.removeLast() }
            owedMark = ""
            lists.isEmpty ? block() : line()
        case "li":
            owedMark = ""
            line()
        case "blockquote":
            block()
            quoteDepth = max(0, quoteDepth - 1)
        case "pre": endPreformatted()
        case "table":
            endRow()
            block()
        case "tr": endRow()
        case "td", "th": owesSpace = table.cellCount == nil
        case "p", "div": block()
        default: if Self.blocks.contains(name) { block() }
        }
    }

    /// Ends the text with a line feed.
    mutating func finish() {
        if preDepth > 0 {
            preDepth = 1
            endPreformatted()
        }
        endRow()
        if hasText, lastByte != 0x0A { append([0x0A]) }
    }

    /// Moves what is laid out to `target`.
    mutating func take(into target: inout [UInt8]) {
        target.append(contentsOf: output)
        output.removeAll(keepingCapacity: true)
    }

    private static let blocks: Set<String> = [
        "section", "article", "header", "footer", "main", "nav", "aside", "figure", "figcaption",
        "address", "dl", "fieldset", "form", "body", "html", "details", "summary", "center",
    ]

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        output.append(contentsOf: bytes)
        if let last = output.last { lastByte = last }
    }

    private mutating func word(_ bytes: some Collection<UInt8>) {
        openLine()
        if owesSpace, lastByte != 0x20 { append([0x20]) }
        owesSpace = false
        append(bytes)
    }

    private mutating func preformatted(_ bytes: some Collection<UInt8>) {
        for byte in bytes where byte != 0x0D {
            if byte == 0x0A {
                if !isAtPreStart {
                    openLine()
                    owedLineFeeds += 1
                }
            } else {
                openLine()
                append([byte])
            }
            isAtPreStart = false
        }
    }

    private mutating func endPreformatted() {
        guard preDepth > 0 else { return }
        preDepth -= 1
        owedLineFeeds = min(owedLineFeeds, 1)
        line()
        write("```")
        block()
    }

    private mutating func block() {
        guard table.cellCount == nil else { return owesSpace = true }
        // The first block of an item or heading begins on its line.
        guard owedMark.isEmpty else { return }
        owedLineFeeds = max(owedLineFeeds, 2)
        owesSpace = false
        isHeading = false
    }

    private mutating func line() {
        guard table.cellCount == nil else { return owesSpace = true }
        owedLineFeeds = max(owedLineFeeds, 1)
        owesSpace = false
    }

    /// Writes Markdown's own characters.
    private mutating func write(_ text: String) {
        openLine()
        append(text.utf8)
        owesSpace = false
    }

    private mutating func beginItem() {
        leaveRow()
        line()
        let depth = max(0, lists.count - 1)
        var bullet = "- "
        if let list = lists.last {
            lists[lists.count - 1].count += 1
            if list.isOrdered { bullet = "\(list.count + 1). " }
        }
        owedMark = String(repeating: "  ", count: depth) + bullet
    }

    private mutating func beginRow() {
        endRow()
        line()
        table.cellCount = 0
        table.isHead = false
        table.paragraphCount = 0
    }

    private mutating func beginCell(isHead: Bool) {
        guard let count = table.cellCount else { return block() }
        owedMark += count == 0 || !owedMark.isEmpty ? "| " : " | "
        owesSpace = false
        table.cellCount = count + 1
        table.paragraphCount = 0
        if isHead { table.isHead = true }
    }

    private mutating func endRow() {
        guard let count = table.cellCount else { return }
        if count > 0 {
            openLine()
            append((lastByte == 0x20 ? "|" : " |").utf8)
        }
        table.cellCount = nil
        line()
        if table.isHead, table.rowCount == 0 {
            write("|" + String(repeating: " --- |", count: count))
            line()
        }
        table.rowCount += 1
    }

    /// Gives up a row, because what follows does not fit a cell: the table lays out a page.
    private mutating func leaveRow() {
        guard table.cellCount != nil else { return }
        table.cellCount = nil
        owedMark = ""
    }

    /// Pays the line feeds and the mark that are owed, with the marks of quotations.
    private mutating func openLine() {
        guard owedLineFeeds > 0 || !hasText || !owedMark.isEmpty else { return }
        if owedLineFeeds > 0 || !hasText {
            let between = String(repeating: "> ", count: min(lineQuoteDepth, quoteDepth)).utf8
            for index in 0..<(hasText ? owedLineFeeds : 0) {
                append([0x0A])
                if index < owedLineFeeds - 1 { append(between.dropLast()) }
            }
            append(String(repeating: "> ", count: quoteDepth).utf8)
            lineQuoteDepth = quoteDepth
        }
        append(owedMark.utf8)
        owedMark = ""
        owedLineFeeds = 0
        owesSpace = false
        hasText = true
    }
}
