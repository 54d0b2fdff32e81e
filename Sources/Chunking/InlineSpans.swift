/// Signs inside a line that are sentences of their own or end one without a terminator.
///
/// These are separators such as `-----`, an address before a capital, and a letter's salutation or
/// closing. They matter where line ends were lost, as in mails.
struct InlineSpans {
    let bytes: [UInt8]
    /// The start of the unfinished segment.
    let start: Int
    /// The end of what may be looked at.
    let end: Int

    /// The range behind whose end a segment ends, and before whose start another does.
    ///
    /// - Returns: nil where the scalar `value` at `position` belongs to no such sign.
    func span(at position: Int, value: UInt32) -> Range<Int>? {
        switch value {
        case 0x2D, 0x5F, 0x2A, 0x3D, 0x7E: separator(at: position)
        case 0x40: address(at: position)
        case 0x3A
        where position + 2 < end && bytes[position + 1] == 0x2F
            && bytes[position + 2] == 0x2F:
            address(at: position)
        case 0x2C: salutation(at: position)
        default: nil
        }
    }

    /// A token of five or more signs, like `-----=`.
    private func separator(at position: Int) -> Range<Int>? {
        let token = token(around: position)
        guard token.count >= 5, token.upperBound < end else { return nil }
        // A line of its own is a rule or an underline.
        let startsLine = token.lowerBound == 0 || isLineEnd(bytes[token.lowerBound - 1])
        guard !startsLine || !isLineEnd(bytes[token.upperBound]) else { return nil }
        for index in token {
            switch bytes[index] {
            case 0x2D, 0x5F, 0x2A, 0x3D, 0x7E: break
            default: return nil
            }
        }
        return token
    }

    /// A mail or web address before a capital ends a segment.
    private func address(at position: Int) -> Range<Int>? {
        let token = token(around: position)
        guard token.lowerBound < position, isASCIIAlphanumeric(bytes[position - 1]),
            token.upperBound < end, bytes[token.upperBound] == 0x20
        else { return nil }
        let last = bytes[token.upperBound - 1]
        guard isASCIIAlphanumeric(last) || last == 0x2F || last == 0x3E else { return nil }
        let follow = Follow(bytes: bytes, from: token.upperBound, end: end)
        guard follow.kind == .upper else { return nil }
        return start..<token.upperBound
    }

    /// `Dear All,` or `Kind regards,` before a capital.
    private func salutation(at position: Int) -> Range<Int>? {
        guard position - start <= 40, position + 1 < end, bytes[position + 1] <= 0x20 else {
            return nil
        }
        let first = start..<Follow.wordEnd(bytes, from: start, end: position)
        var lastStart = position
        while lastStart > start, bytes[lastStart - 1] > 0x40 { lastStart -= 1 }
        let opens = PackedWord(bytes, first).map(Lexicon.salutations.contains) ?? false
        let closes = PackedWord(bytes, lastStart..<position).map(Lexicon.closings.contains) ?? false
        guard closes || (opens && first.upperBound < position) else { return nil }
        let follow = Follow(bytes: bytes, from: position + 1, end: end)
        guard follow.kind == .upper else { return nil }
        return start..<(position + 1)
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { (0x0A...0x0D).contains(byte) }

    private func token(around position: Int) -> Range<Int> {
        var lower = position
        while lower > start, bytes[lower - 1] > 0x20 { lower -= 1 }
        var upper = position
        while upper < end, bytes[upper] > 0x20 { upper += 1 }
        return lower..<upper
    }
}
