/// Lays out text and elements of a page as Markdown: white space collapsed, blocks apart.
struct MarkdownLayout {
    private var output: [UInt8] = []
    /// Line feeds owed before the next text: 1 for a new line, 2 for a new block.
    private var owedLineFeeds = 0
    private var owesSpace = false
    private var hasText = false
    private var lists: [(isOrdered: Bool, count: Int)] = []
    private var quoteDepth = 0
    private var preDepth = 0
    private var cellCount: Int?
    private var headRowCells: Int?

    /// Adds a byte of text.
    mutating func text(_ byte: UInt8) {
        if preDepth > 0 {
            openLine()
            if byte == 0x0A {
                owedLineFeeds += 1
                hasText = true
            } else {
                output.append(byte)
            }
            return
        }
        switch byte {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x20: owesSpace = true
        default:
            openLine()
            if owesSpace, output.last.map({ $0 != 0x20 }) ?? (hasText) { output.append(0x20) }
            owesSpace = false
            output.append(byte)
        }
    }

    /// An element begins.
    mutating func begin(_ name: String) {
        switch name {
        case "h1", "h2", "h3", "h4", "h5", "h6":
            block()
            mark(String(repeating: "#", count: Int(String(name.dropFirst())) ?? 1) + " ")
        case "br": owedLineFeeds = max(owedLineFeeds, 1)
        case "hr":
            block()
            mark("---")
            block()
        case "ul", "ol":
            lists.isEmpty ? block() : line()
            lists.append((name == "ol", 0))
        case "li": beginItem()
        case "blockquote":
            block()
            quoteDepth += 1
        case "pre":
            block()
            mark("```")
            line()
            preDepth += 1
        case "tr":
            line()
            cellCount = 0
        case "td", "th":
            mark(cellCount == 0 ? "| " : " | ")
            cellCount = (cellCount ?? 0) + 1
            if name == "th" { headRowCells = cellCount }
            owesSpace = false
        case "table": block()
        case "option", "dt", "dd", "caption": line()
        default: if Self.blocks.contains(name) { block() }
        }
    }

    /// An element ends.
    mutating func end(_ name: String) {
        switch name {
        case "ul", "ol":
            if !lists.isEmpty { lists.removeLast() }
            lists.isEmpty ? block() : line()
        case "li": line()
        case "blockquote":
            block()
            quoteDepth = max(0, quoteDepth - 1)
        case "pre":
            guard preDepth > 0 else { return }
            preDepth -= 1
            owedLineFeeds = min(owedLineFeeds, 1)
            line()
            mark("```")
            block()
        case "tr":
            if (cellCount ?? 0) > 0 { mark(" |") }
            cellCount = nil
            line()
            if let cells = headRowCells {
                mark("|" + String(repeating: " --- |", count: cells))
                line()
                headRowCells = nil
            }
        case "td", "th": owesSpace = false
        case "h1", "h2", "h3", "h4", "h5", "h6", "table": block()
        default: if Self.blocks.contains(name) { block() }
        }
    }

    /// Ends the text with a line feed.
    mutating func finish() {
        if hasText, output.last != 0x0A { output.append(0x0A) }
    }

    /// Moves what is laid out to `target`.
    mutating func take(into target: inout [UInt8]) {
        target.append(contentsOf: output)
        output.removeAll(keepingCapacity: true)
    }

    private static let blocks: Set<String> = [
        "p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "figure",
        "figcaption", "address", "dl", "fieldset", "form", "body", "html", "details", "summary",
    ]

    private mutating func block() {
        guard cellCount == nil else { return owesSpace = true }
        owedLineFeeds = max(owedLineFeeds, 2)
        owesSpace = false
    }

    private mutating func line() {
        owedLineFeeds = max(owedLineFeeds, 1)
        owesSpace = false
    }

    /// Writes Markdown's own characters.
    private mutating func mark(_ text: String) {
        openLine()
        output.append(contentsOf: text.utf8)
        owesSpace = false
    }

    private mutating func beginItem() {
        line()
        let depth = max(0, lists.count - 1)
        var bullet = "- "
        if let list = lists.last {
            lists[lists.count - 1].count += 1
            if list.isOrdered { bullet = "\(list.count + 1). " }
        }
        mark(String(repeating: "  ", count: depth) + bullet)
    }

    /// Pays the line feeds that are owed, with the marks of quotations.
    private mutating func openLine() {
        guard owedLineFeeds > 0 || !hasText else { return }
        let prefix = Array(String(repeating: "> ", count: quoteDepth).utf8)
        if hasText {
            for index in 0..<owedLineFeeds {
                output.append(0x0A)
                if index < owedLineFeeds - 1, quoteDepth > 0 {
                    output.append(contentsOf: prefix.dropLast())
                }
            }
        }
        output.append(contentsOf: prefix)
        owedLineFeeds = 0
        owesSpace = false
        hasText = true
    }
}
