/// Finds where to cut text that exceeds a segment's limit.
struct LimitCutter {
    let configuration: SentenceSplitter.Configuration
    let counter: any PieceCounter

    /// Finds where to cut `bytes[range]` so that its first part keeps the limits.
    ///
    /// The cut falls into the second half of what the limit allows, behind a line end if there is one,
    /// otherwise behind a clause's punctuation, otherwise behind whitespace, otherwise between
    /// scalars and, where possible, not before a mark or joiner.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - range: The part of it that may be cut.
    ///   - isForced: Whether to cut even if all of the range keeps the limits.
    /// - Returns: The place of the cut, or nil where all of the range keeps the limits.
    func cut(_ bytes: [UInt8], _ range: Range<Int>, isForced: Bool = false) -> Int? {
        let limit = configuration.maximumPieces
        let exceeds = range.count > configuration.maximumBytes
        if !exceeds, !isForced {
            if range.count <= limit || bound(bytes, range) <= limit { return nil }
            if count(bytes, range) <= limit { return nil }
        }
        let reach = min(range.upperBound, range.lowerBound + configuration.maximumBytes)
        let spots = spots(bytes, range.lowerBound..<reach)
        for spot in spots where spot < range.upperBound || isForced {
            let part = range.lowerBound..<spot
            if bound(bytes, part) <= limit || count(bytes, part) <= limit { return spot }
        }
        return provenSpot(bytes, range.lowerBound..<reach)
    }

    private func bound(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        bytes.withUnsafeBytes {
            PieceBound.upperBound(
                of: UnsafeRawBufferPointer(rebasing: $0[range]),
                stopAbove: configuration.maximumPieces
            )
        }
    }

    private func count(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        bytes.withUnsafeBytes {
            counter.pieceCount(
                of: UnsafeRawBufferPointer(rebasing: $0[range]),
                limit: configuration.maximumPieces
            )
        }
    }

    // MARK: - Places

    /// Places to cut, best first, whose parts are likely to keep the limit.
    private func spots(_ bytes: [UInt8], _ range: Range<Int>) -> [Int] {
        let reach = likelyReach(bytes, range)
        let floor = range.lowerBound + (reach - range.lowerBound) / 2
        var best: [Int] = Array(repeating: 0, count: 4)
        var index = range.lowerBound
        var previous = ScalarKind.other
        while index < reach {
            let (value, length) = Scalars.decode(bytes, at: index, end: range.upperBound)
            let kind = Scalars.kind(value)
            if index > floor {
                let isBehindSpace = previous == .space || previous == .newline
                if kind != .space, kind != .newline, kind != .mark {
                    if isBehindSpace {
                        let rank = Self.rank(bytes, before: index, start: range.lowerBound)
                        best[rank] = index
                    } else if previous == .strongTerminator
                        || (previous == .clause && bytes[index - 1] > 0x7F), kind != .digit
                    {
                        best[1] = index
                    } else {
                        best[3] = index
                    }
                }
            }
            previous = kind
            index += length
        }
        if reach == range.upperBound { best[3] = max(best[3], reach) }
        return best.filter { $0 > range.lowerBound }
    }

    /// 0 behind a line end, 1 behind a clause's punctuation, 2 behind another space.
    private static func rank(_ bytes: [UInt8], before index: Int, start: Int) -> Int {
        var position = index
        while position > start {
            let previous = Scalars.previous(bytes, before: position, start: start)
            let (value, _) = Scalars.decode(bytes, at: previous, end: index)
            switch Scalars.kind(value) {
            case .newline: return 0
            case .space: position = previous
            case .clause, .period, .exclamation, .ellipsis, .strongTerminator, .closer, .dash,
                .quote:
                return 1
            default: return 2
            }
        }
        return 2
    }

    /// How far the limit reaches: pieces are counted word by word, over-counting parts of words.
    private func likelyReach(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var remaining = configuration.maximumPieces
        var index = range.lowerBound
        while index < range.upperBound {
            let end = chunkEnd(bytes, from: index, limit: range.upperBound)
            let pieces = min(
                bound(bytes, index..<end),
                count(bytes, index..<end)
            )
            if pieces > remaining { return index }
            remaining -= pieces
            index = end
        }
        return range.upperBound
    }

    /// The end of the whitespace and the word from `position`, of at most about 48 bytes.
    private func chunkEnd(_ bytes: [UInt8], from position: Int, limit: Int) -> Int {
        var index = position
        while index < limit, bytes[index] <= 0x20, index - position < 48 { index += 1 }
        let wordStart = index
        while index < limit, bytes[index] > 0x20, index - wordStart < 48 { index += 1 }
        while index < limit, bytes[index] & 0xC0 == 0x80 { index += 1 }
        return index
    }

    /// The last place that the bound proves to keep the limit, at a scalar's start.
    private func provenSpot(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var bound = 0
        var index = range.lowerBound
        while index < range.upperBound {
            bound += Int(PieceBound.piecesByLead[Int(bytes[index])])
            guard bound <= configuration.maximumPieces else { break }
            let (_, length) = Scalars.decode(bytes, at: index, end: range.upperBound)
            index += length
        }
        return max(index, range.lowerBound + 1)
    }
}
