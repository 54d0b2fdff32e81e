/// What one line looks like: its mark-up, its width and how it starts.
package struct LineShape: Sendable, Equatable {
    /// The kind of block that a line belongs to or opens.
    package enum Role: UInt8, Sendable, CaseIterable {
        case blank
        case text
        /// `# Title` in Markdown.
        case heading
        /// `===` or `---` below a title.
        case underline
        /// An item that a bullet or an enumerator opens.
        case listItem
        /// A line behind `>`.
        case quotation
        case tableRow
        /// `***`, `- - -` and the like.
        case rule
        /// A fence of three or more backticks or tildes.
        case fence
    }

    /// What the line is.
    package private(set) var role = Role.text
    /// The line's first byte and the end of its content, without its line end.
    package private(set) var range: Range<Int>
    /// Where the next line starts, or nil where the line's end is out of reach.
    package private(set) var next: Int?
    /// Where the content starts behind indentation.
    package private(set) var contentStart: Int
    /// The end of the content without trailing whitespace.
    package private(set) var contentEnd: Int
    /// The columns before the content; a tab counts as four.
    package private(set) var indentation = 0
    /// The line's columns, in scalars, without trailing whitespace.
    package private(set) var columns = 0
    /// The columns of the first word.
    package private(set) var firstWordColumns = 0
    /// The kind of the first letter or digit behind quotes and brackets.
    package private(set) var firstKind = ScalarKind.other
    /// The heading's level, the fence's length or the underline's character.
    package private(set) var detail = 0
    /// Whether a gap of three or more spaces or a tab parts the content.
    package var hasGap: Bool { gapCount > 0 || (tabCount > 0 && indentation < 4) }
    /// Bars behind spaces, tabs, and gaps of three or more spaces: what parts a table's cells.
    private var barCount = 0
    private var tabCount = 0
    private var gapCount = 0

    /// The shape of the line that starts at `start`, looked at up to `end`.
    ///
    /// - Complexity: O(bytes of the line).
    package init(bytes: borrowing [UInt8], start: Int, end: Int) {
        range = start..<start
        contentStart = start
        contentEnd = start
        measure(bytes, end: end)
        guard contentStart < contentEnd else {
            role = .blank
            return
        }
        role = classify(bytes)
        readFirstWord(bytes)
    }

    /// The number of bytes of the line end at `position`: two for CR LF, none where there is none.
    @inline(__always)
    package static func lineEndLength<Bytes: RandomAccessCollection<UInt8>>(
        _ bytes: Bytes,
        at position: Int,
        end: Int
    ) -> Int where Bytes.Index == Int {
        switch bytes[position] {
        case 0x0A, 0x0B, 0x0C: return 1
        case 0x0D: return position + 1 < end && bytes[position + 1] == 0x0A ? 2 : 1
        case 0xC2: return position + 1 < end && bytes[position + 1] == 0x85 ? 2 : 0
        case 0xE2:
            guard position + 2 < end, bytes[position + 1] == 0x80 else { return 0 }
            return bytes[position + 2] == 0xA8 || bytes[position + 2] == 0xA9 ? 3 : 0
        default: return 0
        }
    }

    /// Finds the line's end and content, its width and how it is parted, in one pass.
    private mutating func measure(_ bytes: [UInt8], end: Int) {
        let lineStart = range.lowerBound
        var index = lineStart
        var continuations = 0
        bytes.withUnsafeBufferPointer { bytes in
            scan: while index < end {
                let byte = bytes[index]
                switch byte {
                case 0x21...0x7B, 0x7D, 0x7E:
                    index = Self.endOfPlainBytes(bytes, behind: index, end: end)
                    continue scan
                case 0x20:
                    let gapStart = index > lineStart && bytes[index - 1] == 0x20 ? index - 1 : index
                    repeat { index += 1 } while index < end && bytes[index] == 0x20
                    // Indentation is no gap between cells.
                    if index - gapStart >= 3, gapStart > lineStart { gapCount += 1 }
                    continue scan
                case 0x09: tabCount += 1
                case UInt8(ascii: "|"):
                    barCount += index > lineStart && bytes[index - 1] <= 0x20 ? 1 : 0
                case 0x80...0xBF: continuations += 1
                case 0x0A...0x0D, 0xC2, 0xE2:
                    let length = Self.lineEndLength(bytes, at: index, end: end)
                    guard length > 0 else { break }
                    next = index + length
                    break scan
                default: break
                }
                index += 1
            }
            contentEnd = index
            while contentEnd > lineStart, Self.isSpace(bytes[contentEnd - 1]) { contentEnd -= 1 }
            contentStart = min(lineStart, contentEnd)
            while contentStart < contentEnd, Self.isSpace(bytes[contentStart]) {
                indentation += bytes[contentStart] == 0x09 ? 4 : 1
                contentStart += 1
            }
        }
        // Nor are trailing spaces.
        if index - contentEnd >= 3, bytes[index - 1] == 0x20, gapCount > 0,
            bytes[index - 2] == 0x20, bytes[index - 3] == 0x20
        {
            gapCount -= 1
        }
        range = lineStart..<index
        columns = contentEnd - contentStart - continuations + indentation
    }

    /// Where the bytes behind a visible one end that part no cells: visible ones below `|` and single spaces.
    @inline(__always)
    private static func endOfPlainBytes(
        _ bytes: UnsafeBufferPointer<UInt8>,
        behind start: Int,
        end: Int
    ) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = start + 1
        var isBehindSpace = false
        while index + 8 <= end {
            let word = UInt64(
                littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            )
            // Seven bits of each byte, so that no sum carries into the next; its highest bit answers.
            let ones: UInt64 = 0x0101_0101_0101_0101
            let high = 0x80 &* ones
            let low = word & ~high
            let isSpaceOrAbove = low &+ UInt64(0x80 - 0x20) &* ones
            let isVisible = low &+ UInt64(0x80 - 0x21) &* ones
            let isBarOrAbove = low &+ UInt64(0x80 - 0x7C) &* ones
            let spaces = isSpaceOrAbove & ~isVisible & ~word & high
            let seconds = spaces & (spaces << 8 | (isBehindSpace ? 0x80 : 0))
            let others = (~isSpaceOrAbove | isBarOrAbove | word | seconds) & high
            guard others == 0 else { return index + others.trailingZeroBitCount / 8 }
            isBehindSpace = spaces >> 63 != 0
            index += 8
        }
        while index < end, bytes[index] &- 0x20 < 0x5C, bytes[index] | bytes[index - 1] != 0x20 {
            index += 1
        }
        return index
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

    private mutating func readFirstWord(_ bytes: [UInt8]) {
        var index = contentStart
        var isLeading = true
        while index < contentEnd, bytes[index] > 0x20 {
            if !isLeading, bytes[index] < 0x80 {
                firstWordColumns += 1
                index += 1
                continue
            }
            let (value, length) = Scalars.decode(bytes, at: index, end: contentEnd)
            if isLeading {
                firstKind = Scalars.kind(value)
                switch firstKind {
                case .opener, .quote, .straightQuote, .mark: break
                case .other where value == 0x5F || value == 0x2A: break
                default: isLeading = false
                }
            }
            firstWordColumns += 1
            index += length
        }
    }

    // MARK: - Mark-up

    private mutating func classify(_ bytes: [UInt8]) -> Role {
        let first = bytes[contentStart]
        switch first {
        case UInt8(ascii: "#"):
            let level = runLength(bytes, of: first)
            guard level <= 6, isGap(bytes, at: contentStart + level) else { return .text }
            detail = level
            return .heading
        case UInt8(ascii: "`"), UInt8(ascii: "~"):
            let length = runLength(bytes, of: first)
            guard length >= 3 else { return .text }
            if first == UInt8(ascii: "`"),
                bytes[(contentStart + length)..<contentEnd].contains(first)
            {
                return .text
            }
            detail = length
            // Fences are short; a long run of tildes underlines a title.
            if first == UInt8(ascii: "~"), length >= 5, let rule = ruleRole(bytes, of: first) {
                return rule
            }
            return .fence
        case UInt8(ascii: ">"): return .quotation
        case UInt8(ascii: "|"): return .tableRow
        case UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: "+"):
            if let rule = ruleRole(bytes, of: first) { return rule }
            if isBoxed(bytes) { return isBoxEmpty(bytes) ? .rule : .text }
        default: break
        }
        if listMarkerEnd(bytes) != nil { return .listItem }
        let isParted = barCount >= 2 || tabCount >= 2 || gapCount >= 2
        return isParted ? .tableRow : .text
    }

    private func runLength(_ bytes: [UInt8], of byte: UInt8) -> Int {
        var index = contentStart
        while index < contentEnd, bytes[index] == byte { index += 1 }
        return index - contentStart
    }

    private func isGap(_ bytes: [UInt8], at index: Int) -> Bool {
        index >= contentEnd || bytes[index] <= 0x20
    }

    /// Whether the line is one of a box of asterisks.
    private func isBoxed(_ bytes: [UInt8]) -> Bool {
        columns >= 40 && bytes[contentStart] == UInt8(ascii: "*")
            && bytes[contentEnd - 1] == UInt8(ascii: "*") && bytes[contentEnd - 2] <= 0x20
    }

    /// Whether a box's line holds nothing but signs.
    private func isBoxEmpty(_ bytes: [UInt8]) -> Bool {
        bytes[contentStart..<contentEnd].allSatisfy { $0 <= 0x20 || "*-=_".utf8.contains($0) }
    }

    private mutating func ruleRole(_ bytes: [UInt8], of byte: UInt8) -> Role? {
        guard next != nil || contentEnd == range.upperBound else { return nil }
        let length = runLength(bytes, of: byte)
        if length == contentEnd - contentStart, length >= 2 {
            detail = Int(byte)
            return .underline
        }
        var count = 0
        for index in contentStart..<contentEnd where bytes[index] > 0x20 {
            guard bytes[index] == byte else { return nil }
            count += 1
        }
        return count >= 3 ? .rule : nil
    }

    /// Where an item's text starts behind its bullet or enumerator, or nil for no item.
    package func listMarkerEnd(_ bytes: [UInt8]) -> Int? {
        let (value, length) = Scalars.decode(bytes, at: contentStart, end: contentEnd)
        let isBullet = Scalars.kind(value) == .bullet
        if isBullet || value == 0x2A || value == 0x2B || value == 0x2D || value == 0x2013 {
            let textStart = contentStart + length
            guard textStart < contentEnd, isBullet || bytes[textStart] <= 0x20 else { return nil }
            return textStart
        }
        guard let enumerator = Enumerator(bytes: bytes, at: contentStart, end: contentEnd),
            enumerator.end < contentEnd, bytes[enumerator.end] <= 0x20
        else { return nil }
        return enumerator.end
    }
}
