/// Decides whether a terminator ends a sentence, from the text around it and nothing else.
///
/// The rules look back at most to `start` and forward at most to `end`, which the splitter places a
/// fixed distance ahead, so a decision does not depend on how the stream was cut.
struct TerminatorRules {
    let bytes: [UInt8]
    /// The start of the unfinished segment.
    let start: Int
    /// The end of what may be looked at.
    let end: Int

    /// What was decided about the terminators from a position on.
    struct Verdict {
        /// The segment's end without trailing whitespace, or nil where the sentence goes on.
        let boundary: Int?
        /// Where scanning goes on.
        let resume: Int
    }

    /// Decides about the run of terminators that starts at `position`.
    func judge(at position: Int) -> Verdict {
        let run = terminatorRun(at: position)
        let closed = closersEnd(from: run.end)
        let follow = Follow(bytes: bytes, from: closed, end: end)
        let isBoundary = follow.isAtEnd || ends(run, closed: closed, follow: follow)
        return Verdict(boundary: isBoundary ? closed : nil, resume: closed)
    }

    // MARK: - The run and what closes it

    private struct Run {
        var start: Int
        var end: Int
        var periods = 0
        var isExclaimed = false
        var isEllipsis = false
        var isStrong = false
    }

    private func terminatorRun(at position: Int) -> Run {
        var run = Run(start: position, end: position)
        scan: while run.end < end {
            let (value, length) = Scalars.decode(bytes, at: run.end, end: end)
            switch Scalars.kind(value) {
            case .period:
                run.periods += 1
                // Spaced dots, ". . .", are one ellipsis.
                if run.end + 2 < end, bytes[run.end + 1] == space, bytes[run.end + 2] == dot {
                    run.end += 1
                }
            case .exclamation: run.isExclaimed = true
            case .ellipsis: run.isEllipsis = true
            case .closer where run.end == position: run.isExclaimed = true
            case .strongTerminator: run.isStrong = true
            case .mark where run.end > position: break
            default: break scan
            }
            run.end += length
        }
        if run.end == position { run.end += 1 }
        if run.periods > 1, !run.isExclaimed { run.isEllipsis = true }
        return run
    }

    /// The end of quotes, brackets, emphasis and note marks right behind a terminator.
    private func closersEnd(from position: Int) -> Int {
        var index = position
        scan: while index < end {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            switch Scalars.kind(value) {
            case .closer, .quote, .mark: index += length
            case .straightQuote:
                // Behind a terminator or another quote it closes unless a letter follows at once.
                let mayOpen = index == position || bytes[index - 1] == bytes[index]
                if index + 1 < end, isWordStart(at: index + 1), mayOpen { break scan }
                index += length
            case .opener where value == UInt32(UInt8(ascii: "[")):
                guard let noteEnd = noteEnd(from: index) else { break scan }
                index = noteEnd
            case .digit where Self.isSuperscript(value): index += length
            case .other where value == 0x2A || value == 0x5F || value == 0x60:
                if index + 1 < end, isWordStart(at: index + 1) { break scan }
                index += length
            default: break scan
            }
        }
        return spacedGuillemetEnd(from: index)
    }

    private static func isSuperscript(_ value: UInt32) -> Bool {
        value == 0xB9 || value == 0xB2 || value == 0xB3 || (0x2070...0x207F).contains(value)
    }

    /// The end of a French guillemet that stands behind a space.
    private func spacedGuillemetEnd(from position: Int) -> Int {
        var index = position
        while index < end {
            let (value, length) = Scalars.decode(bytes, at: index, end: end)
            if Scalars.kind(value) == .space {
                index += length
            } else if value == 0xBB, index > position {
                let next = index + length
                return next >= end || !isWordStart(at: next) ? next : position
            } else {
                return position
            }
        }
        return position
    }

    /// The end of a note mark such as `[12]` or `[a]`.
    private func noteEnd(from position: Int) -> Int? {
        var index = position + 1
        while index < end, index - position <= 4, isASCIIAlphanumeric(bytes[index]) { index += 1 }
        guard index > position + 1, index < end, bytes[index] == UInt8(ascii: "]") else {
            return nil
        }
        return index + 1
    }

    private func isWordStart(at position: Int) -> Bool {
        switch Scalars.kind(Scalars.decode(bytes, at: position, end: end).value) {
        case .upper, .lower, .letter, .digit: true
        default: false
        }
    }

    // MARK: - The decision

    private func ends(_ run: Run, closed: Int, follow: Follow) -> Bool {
        if run.isStrong { return strongEnds(run, closed: closed, follow: follow) }
        if !follow.isSpaced { return gluedEnds(run, closed: closed, follow: follow) }
        let word = PrecedingWord(bytes: bytes, start: start, end: run.start)
        if run.isExclaimed {
            return exclamationEnds(run, isClosed: closed > run.end, word: word, follow: follow)
        }
        if run.isEllipsis { return ellipsisEnds(run, closed: closed, follow: follow) }
        return periodEnds(run, closed: closed, word: word, follow: follow)
    }

    /// Whether the segment begins with a small letter, as in texts that seldom use capitals.
    private var isInformal: Bool {
        Scalars.kind(Scalars.decode(bytes, at: start, end: end).value) == .lower
    }

    /// Terminators that stand without a space, as in Chinese: only particles of quotation go on.
    private func strongEnds(_ run: Run, closed: Int, follow: Follow) -> Bool {
        let (value, _) = Scalars.decode(bytes, at: closed, end: end)
        if value == 0x3068, closed > run.end { return false }
        let isFullStop =
            run.end - run.start == 3 && bytes[run.start] == 0xEF
            && bytes[run.start + 2] == 0x8E
        if isFullStop, Scalars.kind(value) == .digit { return false }
        let kind = Scalars.kind(value)
        return kind != .clause && kind != .period
    }

    /// A terminator with no space behind it: a missing space, an address or a number.
    private func gluedEnds(_ run: Run, closed: Int, follow: Follow) -> Bool {
        let word = PrecedingWord(bytes: bytes, start: start, end: run.start)
        guard run.end - run.start == 1 || closed > run.end || run.isExclaimed,
            !word.isAddress
        else { return false }
        if follow.kind == .lower, bytes[run.start] == UInt8(ascii: "?") {
            return word.startsLower && word.letterCount > 1 && follow.isPlainWord
        }
        if follow.kind == .letter { return word.isCaseless && word.letterCount > 1 }
        let isProse =
            (word.startsLower && word.letterCount >= 2) || word.isNumber || closed > run.end
            || run.isExclaimed
            || (word.letterCount > 2 && (follow.isStarter || follow.isPrepositive))
        return isProse && follow.isPlainCapitalizedWord
    }

    private func exclamationEnds(
        _ run: Run,
        isClosed: Bool,
        word: PrecedingWord,
        follow: Follow
    ) -> Bool {
        switch follow.kind {
        case .lower:
            if isClosed { return false }
            if isInformal || run.end - run.start > 1 { return true }
            if bytes[run.start] == UInt8(ascii: "?") { return word.startsLower }
            return word.isOrdinary(leastLetters: 5)
        case .clause, .closer: return false
        case .dash: return follow.wordKind == .upper
        default: return true
        }
    }

    /// An ellipsis before a capital, unless the word always has one or the dots are an omission.
    private func ellipsisEnds(_ run: Run, closed: Int, follow: Follow) -> Bool {
        guard run.start > start, follow.starts(.upper, .digit), !follow.isAlwaysCapital else {
            return false
        }
        return bytes[run.start - 1] != UInt8(ascii: "[") || closed == run.end
    }

    private func periodEnds(
        _ run: Run,
        closed: Int,
        word: PrecedingWord,
        follow: Follow
    ) -> Bool {
        let isClosed = closed > run.end
        if follow.isNumberSign || follow.kind == .clause { return false }
        switch follow.wordKind {
        case .lower: return lowerEnds(run, isClosed: isClosed, word: word, follow: follow)
        case .clause, .closer, .strongTerminator: return false
        default: break
        }
        if word.isEnumerator || word.isLabelNumber { return false }
        if word.isEmpty {
            if follow.wordKind == .digit, word.isNumberSign { return false }
            return isClosed || run.start > start
        }
        if isClosed { return true }
        if word.isNumber { return numberEnds(word, follow: follow) }
        return abbreviationEnds(word, follow: follow) ?? true
    }

    /// A period before a small letter: an end only where the word cannot be an abbreviation.
    private func lowerEnds(
        _ run: Run,
        isClosed: Bool,
        word: PrecedingWord,
        follow: Follow
    ) -> Bool {
        if follow.isEnumerator || follow.kind == .ellipsis || follow.kind == .period { return true }
        if isClosed { return follow.kind == .quote || follow.kind == .straightQuote }
        // A period between spaces is that of a text whose words were taken apart.
        if run.start > start, bytes[run.start - 1] == space { return true }
        return word.isOrdinary(leastLetters: isInformal ? 2 : 4)
    }

    /// Whether a sentence ends in an abbreviation before a capital or digit; nil for other words.
    private func abbreviationEnds(_ word: PrecedingWord, follow: Follow) -> Bool? {
        if follow.wordKind == .digit {
            if let packed = word.packed, Lexicon.beforeNumber.contains(packed) { return false }
            if word.letterCount == 1 { return false }
        }
        if let packed = word.packed {
            if Lexicon.dayHalves.contains(packed), follow.isPrepositive {
                return !word.isNearStart
            }
            if Lexicon.postpositive.contains(packed) { return follow.isStarter }
            if Lexicon.prepositive.contains(packed) { return false }
        }
        if word.isDotted { return follow.isStarter && !word.isCaseless }
        if word.letterCount == 1 {
            if word.isCaseless { return false }
            if word.followsAbbreviatedLetter, let packed = word.packed,
                Lexicon.lastLetters.contains(packed)
            {
                return true
            }
            return word.isInitial
                ? follow.isStarter && !word.followsCapital
                : follow.isStarter && word.followsAbbreviatedLetter
        }
        return word.isConsonantal && !follow.isStarter ? false : nil
    }

    /// A number with a period: an ordinal in German, otherwise an end.
    private func numberEnds(_ word: PrecedingWord, follow: Follow) -> Bool {
        guard word.letterCount <= 2, follow.wordKind == .upper else { return true }
        return !follow.isCounted && (follow.isStarter || !word.isAmongGerman)
    }
}

private let space = UInt8(ascii: " ")
private let dot = UInt8(ascii: ".")

func isASCIIAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
}

func isASCIIDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
