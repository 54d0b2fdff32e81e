internal import Chunking

/// A segment seen as part of a block: how it starts, how it ends and what its mark-up says.
struct SegmentBlock {
    /// The segment's text.
    let text: [UInt8]
    /// The content's bytes, without surrounding whitespace.
    let content: Range<Int>
    /// The shape of the first line with content; that of a blank one where the segment goes on in a line, which
    /// opens and closes nothing.
    let first: LineShape
    /// Where the last line with content starts, where there are more than one.
    let lastLine: Int?
    /// Whether the segment starts at a line's start.
    let startsLine: Bool
    /// The line ends behind the content.
    let trailingLineEnds: Int
    /// The columns behind the last line end.
    let trailingIndentation: Int
    /// What stands around the content.
    let surroundings: HeadingRules.Surroundings

    /// Mark-up that makes a heading.
    enum Markup {
        /// `#` to `######`.
        case level(Int)
        case underline(UInt8)

        var isUnderline: Bool {
            if case .underline = self { true } else { false }
        }
    }

    init(_ text: [UInt8], context: borrowing Outliner.Context) {
        self.text = text
        var start = 0
        while start < text.count, text[start] <= 0x20 { start += 1 }
        var end = text.count
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        content = start..<end
        var leadingIndentation = context.indentation
        var isParted = context.endsParagraph
        var startsLine = context.endsLine
        for byte in text[..<start] {
            if byte == 0x0A || byte == 0x0D {
                (startsLine, isParted, leadingIndentation) = (true, true, 0)
            } else {
                leadingIndentation += byte == 0x09 ? 4 : 1
            }
        }
        self.startsLine = startsLine
        first = LineShape(bytes: text, start: start, end: startsLine ? end : start)
        var lastLine = end
        while lastLine > start, text[lastLine - 1] != 0x0A, text[lastLine - 1] != 0x0D {
            lastLine -= 1
        }
        self.lastLine = lastLine > start ? lastLine : nil
        var lineEnds = 0
        var indentation = 0
        var index = content.isEmpty ? 0 : end
        while index < text.count {
            if text[index] == 0x0A || text[index] == 0x0D {
                if text[index] == 0x0D, index + 1 < text.count, text[index + 1] == 0x0A {
                    index += 1
                }
                lineEnds += 1
                indentation = 0
            } else {
                indentation += text[index] == 0x09 ? 4 : 1
            }
            index += 1
        }
        trailingLineEnds = lineEnds
        trailingIndentation = indentation
        surroundings = HeadingRules.Surroundings(
            isParted: startsLine && (isParted || context.kind == .heading || context.kind == .rule),
            isFollowedByBlank: lineEnds > 1 || Self.isShortInBox(text[start..<end]),
            isWholeLine: lineEnds > 0,
            indentation: leadingIndentation,
            isFirst: !context.hasText
        )
    }

    /// The shape of the last line with content, where there are more than one.
    var last: LineShape? {
        lastLine.map { LineShape(bytes: text, start: $0, end: content.upperBound) }
    }

    /// The character that underlines the lines above the last, if it does.
    private var underline: UInt8? {
        // An underline is one character of these, so its end tells it from others; some line ends are beyond ASCII.
        guard let end = text[content].last, end >= 0x80 || "=-~^+*_".utf8.contains(end), let last,
            last.role == .underline
        else { return nil }
        return UInt8(last.detail)
    }

    /// Whether a line in a box of asterisks leaves much of its width free, as a heading does.
    private static func isShortInBox(_ line: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        return line.count >= 40 && line.first == star && line.last == star
            && line.dropLast().suffix(8).allSatisfy { $0 == 0x20 }
    }

    private static func boxContent(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let isEdge = { (byte: UInt8) in byte <= 0x20 || byte == UInt8(ascii: "*") }
        var inner = line.drop(while: isEdge)
        while let last = inner.last, isEdge(last) { inner.removeLast() }
        return Array(inner)
    }

    /// The content where it is one line, without a paragraph's number such as `[0012]` or a box.
    var headingLine: [UInt8] {
        guard lastLine == nil else { return [] }
        if Self.isShortInBox(text[content]) { return Self.boxContent(text[content]) }
        guard !content.isEmpty, text[content.lowerBound] == UInt8(ascii: "[") else {
            return Array(text[content])
        }
        var index = content.lowerBound + 1
        while index < content.upperBound, (0x30...0x39).contains(text[index]) { index += 1 }
        guard index - content.lowerBound == 5, index < content.upperBound,
            text[index] == UInt8(ascii: "]")
        else { return Array(text[content]) }
        index += 1
        while index < content.upperBound, text[index] <= 0x20 { index += 1 }
        return Array(text[index..<content.upperBound])
    }

    /// The title of a marked-up heading.
    var titleBytes: ArraySlice<UInt8> {
        if first.role == .heading {
            var start = first.contentStart
            while start < first.contentEnd, text[start] == UInt8(ascii: "#") { start += 1 }
            var end = first.contentEnd
            while end > start, text[end - 1] == UInt8(ascii: "#") { end -= 1 }
            return text[start..<end]
        }
        return text[content.lowerBound..<(lastLine ?? content.upperBound)]
    }

    /// Whether the segment can be the title of the bare label before it.
    var isTitleLine: Bool {
        let line = headingLine
        guard startsLine, surroundings.isFollowedByBlank, !line.isEmpty, line.count <= 80 else {
            return false
        }
        let rules = HeadingRules(line: line, surroundings: surroundings)
        guard rules.startsWithCapital, rules.endsAsTitle else { return false }
        if rules.isUpper || rules.isTitleCase { return true }
        return !rules.endsAsSentence && line.count <= 60 && !line.contains(UInt8(ascii: ","))
    }

    /// The segment's kind, and its mark-up if that makes it a heading.
    func kind(_ context: Outliner.Context) -> (SegmentKind, Markup?) {
        if context.fenceByte != 0 {
            return (context.fenceByte == UInt8(ascii: "-") ? .frontMatter : .code, nil)
        }
        guard startsLine else { return (context.kind.continuation, nil) }
        if first.role == .text || first.role == .listItem, let underline,
            titleBytes.contains(where: { $0 > 0x2F })
        {
            return (.heading, .underline(underline))
        }
        switch first.role {
        case .heading where lastLine == nil: return (.heading, .level(first.detail))
        case .fence: return (.code, nil)
        case .quotation: return (.quotation, nil)
        case .tableRow: return (.table, nil)
        case .rule: return (.rule, nil)
        case .underline: return (isFrontMatter ? .frontMatter : .rule, nil)
        case .listItem: return (.listItem, nil)
        case .blank, .text, .heading: break
        }
        if surroundings.indentation >= 4, looksLikeCode { return (.code, nil) }
        if context.kind == .listItem,
            !surroundings.isParted || surroundings.indentation >= context.itemColumn
        {
            return (.listItem, nil)
        }
        return (.sentence, nil)
    }

    /// Whether the segment opens front matter: a rule of three hyphens, then more lines.
    private var isFrontMatter: Bool {
        lastLine != nil && first.range.count == 3 && first.detail == 0x2D
    }

    /// Whether the line ends or is built as code.
    private var looksLikeCode: Bool {
        guard let end = text[content].last else { return false }
        if "{};".utf8.contains(end) { return true }
        let line = text[first.contentStart..<first.contentEnd]
        return line.starts(with: "$ ".utf8) || line.starts(with: "def ".utf8)
            || line.starts(with: "#include".utf8)
    }

    /// Where a list item's text starts, in columns.
    var itemColumn: Int? {
        guard first.role == .listItem, let end = first.listMarkerEnd(text) else { return nil }
        return surroundings.indentation + end - first.contentStart + 1
    }
}

extension SegmentKind {
    /// The kind of a segment that goes on in the line of this one.
    fileprivate var continuation: SegmentKind {
        switch self {
        case .listItem, .quotation, .code, .table, .frontMatter: self
        case .heading, .sentence, .contents, .rule: .sentence
        }
    }
}

extension Outliner.Context {
    /// Moves behind a segment.
    mutating func advance(over block: SegmentBlock) {
        guard !block.content.isEmpty else {
            // A segment of whitespace only adds to what stands before.
            if block.trailingLineEnds > 0 {
                endsParagraph = endsLine || block.trailingLineEnds > 1 || endsParagraph
                endsLine = true
                indentation = block.trailingIndentation
            }
            return
        }
        hasText = true
        if kind != .heading { hasBody = true }
        advanceFence(over: block)
        if kind == .listItem, block.startsLine, let column = block.itemColumn {
            itemColumn = column
        }
        endsLine = block.trailingLineEnds > 0
        endsParagraph = block.trailingLineEnds > 1
        indentation = endsLine ? block.trailingIndentation : 0
    }

    private mutating func advanceFence(over block: SegmentBlock) {
        if fenceByte == 0 {
            guard block.startsLine, kind == .code || kind == .frontMatter else { return }
            guard block.first.role == .fence || kind == .frontMatter else { return }
            fenceByte = kind == .code ? block.text[block.first.contentStart] : 0x2D
            fenceLength = max(block.first.detail == 0x2D ? 3 : block.first.detail, 3)
            guard block.lastLine != nil else { return }
        }
        let line = block.last ?? block.first
        let content = block.text[line.contentStart..<line.contentEnd]
        let isDots = fenceByte == 0x2D && content.elementsEqual("...".utf8)
        if isDots || (content.count >= fenceLength && content.allSatisfy({ $0 == fenceByte })) {
            fenceByte = 0
        }
    }
}
