/// Decides at each line end whether the line merely wraps, and remembers the lines' shape.
///
/// A hard-wrapped paragraph shows itself by its width: a line end is a wrap where the next line's
/// first word would not have fitted. Mark-up of either line overrides the width.
struct LineRules: Sendable, Equatable {
    /// Where a fenced block (or front matter) is.
    enum Fence: UInt8, Sendable {
        case outside
        /// The current line opens the block.
        case opening
        case inside
        /// The current line closes the block.
        case closing
    }

    /// The current line's role.
    var role = LineShape.Role.blank
    /// The current line's columns, or as many of them as could be seen.
    var columns = 0
    var indentation = 0
    /// Whether a wide gap parts the current line, as in a table of contents.
    var hasGap = false
    /// Whether the current line is a title that the next line underlines.
    var isTitle = false
    /// The width to which the text seems to be wrapped: a slowly decaying maximum.
    var wrapColumns = 0
    /// How many wrapped lines `wrapColumns` rests on, at most 3.
    var evidence = 0
    var fence = Fence.outside
    /// The fence's character and least length.
    var fenceByte: UInt8 = 0
    var fenceLength = 0
    /// The block's bytes so far; a block that never closes is given up.
    var fenceBytes = 0

    private static let longestFence = 1 << 16

    /// A line end and its surroundings.
    struct LineEnd {
        let bytes: [UInt8]
        /// The start of the unfinished segment.
        let start: Int
        /// The line end's first byte and the next line's.
        let position: Int
        let next: Int
        /// The end of what may be looked at.
        let end: Int
    }

    /// Takes in the document's first line.
    mutating func beginDocument(_ bytes: [UInt8], end: Int) {
        let line = LineShape(bytes: bytes, start: 0, end: end)
        if line.role == .underline, line.range.count == 3, line.detail == 0x2D,
            let next = line.next,
            Self.isField(LineShape(bytes: bytes, start: next, end: end), bytes)
        {
            role = .fence
            (fence, fenceByte, fenceLength, fenceBytes) = (.opening, 0x2D, 3, 0)
            return
        }
        enter(line, bytes: bytes, end: end)
    }

    /// Whether a line is a front matter field, such as `title: A`.
    private static func isField(_ line: LineShape, _ bytes: [UInt8]) -> Bool {
        let content = bytes[line.contentStart..<line.contentEnd]
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")), colon > content.startIndex
        else { return false }
        return content[..<colon].allSatisfy {
            isASCIIAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    /// Decides about a line end: the boundary that it makes, or nil where the text goes on.
    mutating func endLine(_ line: LineEnd) -> Segment.Boundary? {
        let next = LineShape(bytes: line.bytes, start: line.next, end: line.end)
        if let verdict = endFencedLine(line, next: next) { return verdict.boundary }
        if next.role == .blank {
            role = .blank
            isTitle = false
            return .paragraph
        }
        let boundary = role == .blank ? .paragraph : boundary(line, next: next)
        if boundary == nil, next.role != .underline { learnWidth() }
        let keepsItem = boundary == nil && role == .listItem && next.role == .text
        let previous = role
        enter(next, bytes: line.bytes, end: line.end)
        if boundary == nil, next.role == .listItem || keepsItem { role = previous }
        return boundary
    }

    // MARK: - Blocks

    private struct Verdict {
        let boundary: Segment.Boundary?
    }

    /// Handles the lines of a fenced block; nil outside of one.
    private mutating func endFencedLine(_ line: LineEnd, next: LineShape) -> Verdict? {
        switch fence {
        case .outside: return nil
        case .closing:
            fence = .outside
            if next.role == .blank {
                role = .blank
                return Verdict(boundary: .paragraph)
            }
            enter(next, bytes: line.bytes, end: line.end)
            return Verdict(boundary: .block)
        case .opening, .inside:
            fenceBytes += next.range.count
            guard fenceBytes <= Self.longestFence else {
                fence = .outside
                return nil
            }
            fence = closesFence(next, line.bytes) ? .closing : .inside
            return Verdict(boundary: nil)
        }
    }

    private func closesFence(_ line: LineShape, _ bytes: [UInt8]) -> Bool {
        let content = bytes[line.contentStart..<line.contentEnd]
        if fenceByte == 0x2D, content.elementsEqual("...".utf8) { return true }
        return content.count >= fenceLength && content.allSatisfy { $0 == fenceByte }
    }

    /// Takes in the shape of the line that now begins.
    private mutating func enter(_ line: LineShape, bytes: [UInt8], end: Int) {
        role = line.role
        columns = line.columns
        indentation = line.indentation
        hasGap = line.hasGap
        isTitle = false
        switch role {
        case .fence:
            fence = .opening
            fenceByte = bytes[line.contentStart]
            fenceLength = line.detail
            fenceBytes = 0
        case .text, .listItem: isTitle = Self.isUnderlined(line, bytes: bytes, end: end)
        default: break
        }
    }

    /// Whether the line after `line` underlines it.
    private static func isUnderlined(_ line: LineShape, bytes: [UInt8], end: Int) -> Bool {
        guard let next = line.next, next < end, line.columns <= 100 else { return false }
        guard !isASCIIAlphanumeric(bytes[next]), bytes[next] > 0x20 else { return false }
        let below = LineShape(bytes: bytes, start: next, end: end)
        let width = line.columns - line.indentation
        guard below.role == .underline, below.columns >= 3 || below.columns == width else {
            return false
        }
        return below.detail == 0x3D
            || (below.columns * 10 >= width * 8 && below.columns <= width * 2 + 4)
    }

    private func boundary(_ line: LineEnd, next: LineShape) -> Segment.Boundary? {
        switch (role, next.role) {
        case (.heading, _), (.rule, _), (.underline, _), (.tableRow, _): return .block
        case (.text, .underline), (.listItem, .underline): return isTitle ? nil : .block
        case (_, .heading), (_, .rule), (_, .underline), (_, .tableRow), (_, .fence): return .block
        case (.listItem, .listItem): return .block
        case (_, .listItem): return wraps(line, next: next, isItem: true) ? nil : .block
        case (.quotation, .quotation): return quotationBoundary(line, next: next)
        case (_, .quotation), (.quotation, _): return .block
        default: break
        }
        if Self.isUnderlined(next, bytes: line.bytes, end: line.end) { return .block }
        return wraps(line, next: next, isItem: false) ? nil : .line
    }

    private func quotationBoundary(_ line: LineEnd, next: LineShape) -> Segment.Boundary? {
        // An empty line of a quotation has nothing to end.
        let isEmpty = line.bytes[line.start..<line.position].allSatisfy {
            $0 <= 0x20 || $0 == UInt8(ascii: ">")
        }
        guard !isEmpty else { return nil }
        let content = LineShape(bytes: line.bytes, start: next.contentStart + 1, end: line.end)
        switch content.role {
        case .blank: return .paragraph
        case .text: return wraps(line, next: content, isItem: false) ? nil : .line
        default: return .block
        }
    }

    // MARK: - Width

    private mutating func learnWidth() {
        evidence = min(evidence + 1, 3)
        wrapColumns =
            columns >= wrapColumns ? columns : wrapColumns - (wrapColumns - columns + 31) / 32
    }

    /// The width of wrapping, from the lines before and, while those are few, the lines ahead.
    private func width(_ line: LineEnd, next: LineShape) -> Int {
        var width = max(wrapColumns, columns)
        guard evidence < 3 else { return width }
        width = max(width, next.columns)
        var ahead = next.next
        for _ in 0..<6 {
            guard let start = ahead, start < line.end else { break }
            let shape = LineShape(bytes: line.bytes, start: start, end: line.end)
            guard shape.role != .blank else { break }
            width = max(width, shape.columns)
            ahead = shape.next
        }
        return width
    }

    /// Whether the text goes on over the line end.
    private func wraps(_ line: LineEnd, next: LineShape, isItem: Bool) -> Bool {
        let width = width(line, next: next)
        let fits = columns + 1 + next.firstWordColumns <= width
        let tail = Tail(line)
        if isItem {
            return !fits && width >= 40 && width <= 130 && !tail.endsSentence && role != .listItem
        }
        let isLower = next.firstKind == .lower
        if !tail.endsSentence, tail.isWord {
            // An item's text hangs behind its marker, and a definition behind its term.
            if role == .listItem, next.indentation > 0, next.indentation >= indentation {
                return true
            }
            if isLower, next.indentation > indentation, next.indentation < 8 { return true }
        }
        if tail.endsSentence, fits || width > 130 { return false }
        if width > 130 { return isLower && columns >= 40 }
        if width < 40 { return isLower && (tail.isSpaced || tail.isConnective) }
        if hasGap, next.hasGap { return false }
        // Centred lines are lines of their own.
        if !isLower, max(indentation, next.indentation) >= 8, indentation != next.indentation {
            return false
        }
        if !fits { return true }
        if isLower || tail.isConnective { return columns * 2 >= width }
        let isProse = width >= 60 && indentation == next.indentation && indentation < 4
        return columns * 100 >= width * (isProse ? 75 : 85)
    }

    /// How a line's text ends.
    private struct Tail {
        /// Whether the text ends with a terminator or a colon.
        var endsSentence = false
        /// Whether the last word or sign cannot end a sentence.
        var isConnective = false
        /// Whether a space stands before the line end, as flowed text marks a wrap.
        var isSpaced = false
        /// Whether the text ends with a word, quotes and brackets aside.
        var isWord = false

        init(_ line: borrowing LineEnd) {
            var index = line.position
            isSpaced = index > line.start && line.bytes[index - 1] == UInt8(ascii: " ")
            back: while index > line.start {
                let start = Scalars.previous(line.bytes, before: index, start: line.start)
                let (value, _) = Scalars.decode(line.bytes, at: start, end: line.position)
                switch Scalars.kind(value) {
                case .space, .newline, .closer, .quote, .straightQuote, .mark: index = start
                case .period, .exclamation, .ellipsis, .strongTerminator:
                    endsSentence = true
                    return
                case .clause:
                    endsSentence = value == 0x3A || value == 0xFF1A
                    isConnective = value == 0x2C
                    return
                case .upper, .lower, .letter: break back
                default: return
                }
            }
            isWord = index > line.start
            var start = index
            while start > line.start, line.bytes[start - 1] > 0x40 { start -= 1 }
            guard let word = PackedWord(line.bytes, start..<index) else { return }
            isConnective = Lexicon.connectives.contains(word)
        }
    }
}
