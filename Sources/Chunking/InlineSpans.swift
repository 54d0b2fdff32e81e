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
    let opening: SentenceSplitter.Opening

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
        case 0x3A: stamp(at: position)
        case 0x2C: salutation(at: position)
        default: nil
        }
    }

    /// A token of five or more signs, like `-----=`.
    private func separator(at position: Int) -> Range<Int>? {
        guard position + 1 < end, bytes[position + 1] > 0x20,
            !isASCIIAlphanumeric(bytes[position + 1])
        else { return nil }
        let token = token(around: position)
        guard token.count >= 5, token.upperBound < end else { return nil }
        // A line of its own is a rule or an underline.
        let startsLine =
            token.lowerBound > start
            ? isLineEnd(bytes[token.lowerBound - 1]) : opening != .insideLine
        guard !startsLine || !isLineEnd(bytes[token.upperBound]) else { return nil }
        for index in token {
            switch bytes[index] {
            case 0x2D, 0x5F, 0x2A, 0x3D, 0x7E: break
            default: return nil
            }
        }
        return token
    }

    /// A mail or web address before a capital or another address ends a segment.
    private func address(at position: Int) -> Range<Int>? {
        let token = token(around: position)
        guard token.lowerBound < position,
            isASCIIAlphanumeric(bytes[position - 1]) || bytes[position - 1] == 0x2E,
            token.upperBound < end, bytes[token.upperBound] == 0x20
        else { return nil }
        let last = bytes[token.upperBound - 1]
        guard isASCIIAlphanumeric(last) || last == 0x2F || last == 0x3E else { return nil }
        let follow = Follow(bytes: bytes, from: token.upperBound, end: end)
        guard follow.kind == .upper || startsAddress(at: token.upperBound + 1) else { return nil }
        return start..<token.upperBound
    }

    private func startsAddress(at position: Int) -> Bool {
        let next = bytes[position..<end]
        return ["http://", "https://", "www."].contains { next.starts(with: $0.utf8) }
    }

    /// The date and time in a message's head, as in `Ada Byron 08/17/2000 11:21 AM I agree`.
    private func stamp(at position: Int) -> Range<Int>? {
        var hourStart = position
        while hourStart > start, isASCIIDigit(bytes[hourStart - 1]) { hourStart -= 1 }
        guard 1...2 ~= position - hourStart, hourStart > start, bytes[hourStart - 1] == 0x20 else {
            return nil
        }
        let dateEnd = bytes[..<(hourStart - 1)].last == 0x2C ? hourStart - 2 : hourStart - 1
        var dateStart = dateEnd
        while dateStart > start, bytes[dateStart - 1] > 0x20 { dateStart -= 1 }
        let date = bytes[dateStart..<max(dateEnd, dateStart)].split(separator: 0x2F)
        guard dateStart > start, date.count == 3,
            date.allSatisfy({ $0.count <= 4 && $0.allSatisfy(isASCIIDigit) })
        else { return nil }
        var index = position
        while index < end, isASCIIDigit(bytes[index]) || bytes[index] == 0x3A { index += 1 }
        if index < end, bytes[index] == 0x20 { index += 1 }
        guard index + 2 < end, bytes[index + 1] == UInt8(ascii: "M"), bytes[index + 2] == 0x20,
            bytes[index] == UInt8(ascii: "A") || bytes[index] == UInt8(ascii: "P"),
            Follow(bytes: bytes, from: index + 2, end: end).kind == .upper
        else { return nil }
        // "… on 08/17/2000" reads on; a name does not.
        let before = Scalars.previous(bytes, before: dateStart - 1, start: start)
        let word = PrecedingWord(bytes: bytes, start: start, end: dateStart - 1)
        let readsOn = word.startsLower && before > start && !word.isAddress
        return (readsOn ? start : dateStart)..<(index + 2)
    }

    /// `Dear All,`, `Kind regards,` before a capital, or a paragraph's `Ada,` before a new sentence.
    private func salutation(at position: Int) -> Range<Int>? {
        guard position - start <= 40, position + 2 < end, bytes[position + 1] <= 0x20,
            !(0x61...0x7A).contains(bytes[position + 2])
        else { return nil }
        let first = start..<Follow.wordEnd(bytes, from: start, end: position)
        var lastStart = position
        while lastStart > start, bytes[lastStart - 1] > 0x40 { lastStart -= 1 }
        let opens = PackedWord(bytes, first).map(Lexicon.salutations.contains) ?? false
        let closes = PackedWord(bytes, lastStart..<position).map(Lexicon.closings.contains) ?? false
        let isAlone = first.upperBound == position && opening == .paragraph
        guard closes || opens || isAlone else { return nil }
        let follow = Follow(bytes: bytes, from: position + 1, end: end)
        guard follow.kind == .upper else { return nil }
        if closes || (opens && !isAlone) { return start..<(position + 1) }
        let name = PrecedingWord(bytes: bytes, start: start, end: position)
        let isName = !name.startsLower && !(name.packed.map(Lexicon.starters.contains) ?? true)
        return isName && follow.beginsSentence ? start..<(position + 1) : nil
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
