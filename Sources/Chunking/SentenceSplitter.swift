/// Cuts one document's text into segments of about a sentence, as a stream in constant memory.
///
///     var splitter = SentenceSplitter(pieceCounter: tokenizer)
///     splitter.push(bytes) { segment, text in … }   // as often as there are bytes
///     splitter.finish { segment, text in … }
///
/// The segments tile the document: each starts where the one before ended and includes its trailing
/// whitespace. None has more than `maximumPieces` word pieces or `maximumBytes` bytes.
/// A decision sees the unfinished segment and `lookahead` bytes ahead, so the result does not
/// depend on how the stream is cut into pushes, nor on a snapshot and restore between two.
/// - Complexity: O(bytes) time; at most `maximumBytes` + `lookahead` bytes are held between pushes.
public struct SentenceSplitter: Sendable {
    /// The limits of a segment.
    public struct Configuration: Sendable, Equatable {
        /// The most word pieces of a segment, without the two special ones.
        public var maximumPieces = 254
        /// The most bytes of a segment, which bounds memory where text has no pieces.
        public var maximumBytes = 4096

        /// Limits for an encoder that reads 256 pieces with the special ones.
        public init(maximumPieces: Int = 254, maximumBytes: Int = 4096) {
            self.maximumPieces = maximumPieces
            self.maximumBytes = maximumBytes
        }
    }

    /// What stands before a segment, which its bytes do not tell.
    enum Opening: UInt8, Sendable {
        case line
        case paragraph
        case insideLine
    }

    /// Takes a segment and its text, which is valid during the call only.
    public typealias Emit = (Segment, UnsafeRawBufferPointer) throws -> Void

    /// How far ahead of a terminator or line end a decision may look, in bytes.
    package static let lookahead = 1024
    private static let sliceBytes = 1 << 16

    /// The limits in force.
    public let configuration: Configuration
    let pieceCounter: any PieceCounter
    /// The bytes from `base` on, of which those before `start` are done.
    var buffer: [UInt8] = []
    /// The document offset of the buffer's first byte.
    var base = 0
    /// The unfinished segment's start, as an index of the buffer.
    var start = 0
    /// Where scanning goes on.
    var cursor = 0
    /// The boundary that was found; the segment takes in whitespace until its end.
    var pending: Segment.Boundary?
    var lines = LineRules()
    /// Where the unfinished segment begins.
    var opening = Opening.paragraph
    var hasBegun = false

    /// A splitter at the start of a document.
    public init(configuration: Configuration = Configuration(), pieceCounter: any PieceCounter) {
        precondition(configuration.maximumPieces >= 8, "a segment holds at least 8 pieces")
        precondition(configuration.maximumBytes >= 64, "a segment holds at least 64 bytes")
        self.configuration = configuration
        self.pieceCounter = pieceCounter
    }

    /// Takes in the document's next bytes and emits the segments that they complete.
    ///
    /// - Throws: What `emit` throws; the splitter is then of no further use.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, emit: Emit) rethrows {
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + Self.sliceBytes, bytes.count)
            buffer.append(contentsOf: bytes[offset..<end])
            offset = end
            try drain(isFinal: false, emit: emit)
            compact()
        }
    }

    /// Emits what is left at the document's end; the splitter then stands at a new document's start.
    ///
    /// - Throws: What `emit` throws; the splitter is then of no further use.
    public mutating func finish(emit: Emit) rethrows {
        try drain(isFinal: true, emit: emit)
        self = SentenceSplitter(configuration: configuration, pieceCounter: pieceCounter)
    }

    // MARK: - Scanning

    private mutating func drain(isFinal: Bool, emit: Emit) rethrows {
        while true {
            // A decision needs its whole lookahead, or the document's end.
            guard isFinal || buffer.count - cursor >= Self.lookahead else { return }
            if !hasBegun {
                hasBegun = true
                lines.beginDocument(buffer, end: min(buffer.count, Self.lookahead))
            }
            if cursor - start >= configuration.maximumBytes {
                try cut(emit)
                continue
            }
            if cursor >= buffer.count {
                if start < buffer.count {
                    try emitSegment(to: buffer.count, boundary: .documentEnd, emit)
                }
                return
            }
            if let pending {
                if try !skipWhitespace(emit, boundary: pending) { continue }
            } else {
                scan(isFinal: isFinal)
                if cursor < buffer.count, isFinal || buffer.count - cursor >= Self.lookahead,
                    cursor - start < configuration.maximumBytes
                {
                    try handleEvent(emit)
                }
            }
        }
    }

    /// Advances over bytes that decide nothing, not beyond the limit of a segment.
    private mutating func scan(isFinal: Bool) {
        let limit = min(
            isFinal ? buffer.count : buffer.count - Self.lookahead + 1,
            start + configuration.maximumBytes
        )
        var index = cursor
        buffer.withUnsafeBufferPointer { bytes in
            EventTable.isEvent.withUnsafeBufferPointer { table in
                while index < limit, !table[Int(bytes[index])] { index += 1 }
            }
        }
        cursor = index
    }

    /// Moves over one space or line end behind a boundary, or emits the segment; true when emitted.
    private mutating func skipWhitespace(_ emit: Emit, boundary: Segment.Boundary) rethrows -> Bool
    {
        let (value, length) = Scalars.decode(buffer, at: cursor, end: buffer.count)
        switch Scalars.kind(value) {
        case .space: cursor += length
        case .newline: endLine()
        default:
            try emitSegment(to: cursor, boundary: boundary, emit)
            return true
        }
        return false
    }

    private mutating func handleEvent(_ emit: Emit) rethrows {
        let end = min(buffer.count, cursor + Self.lookahead)
        if LineShape.lineEndLength(buffer, at: cursor, end: end) > 0 {
            endLine()
            return
        }
        let (value, length) = Scalars.decode(buffer, at: cursor, end: end)
        guard lines.fence == .outside, EventTable.mayEnd(value) else {
            cursor += length
            return
        }
        if let itemStart = InlineList(bytes: buffer, start: start, end: end)
            .itemStart(at: cursor, value: value)
        {
            cursor += length
            try emitSegment(to: itemStart, boundary: .sentence, emit)
            return
        }
        let spans = InlineSpans(bytes: buffer, start: start, end: end, opening: opening)
        if let span = spans.span(at: cursor, value: value) {
            cursor = span.upperBound
            if span.lowerBound > start {
                try emitSegment(to: span.lowerBound, boundary: .sentence, emit)
            }
            pending = .sentence
            return
        }
        let rules = TerminatorRules(bytes: buffer, start: start, end: end)
        guard rules.isTerminator(value, at: cursor) else {
            cursor += length
            return
        }
        let verdict = rules.judge(at: cursor)
        cursor = verdict.resume
        if verdict.boundary != nil { pending = .sentence }
    }

    private mutating func endLine() {
        let end = min(buffer.count, cursor + Self.lookahead)
        let length = max(1, LineShape.lineEndLength(buffer, at: cursor, end: end))
        let boundary = lines.endLine(
            LineRules.LineEnd(
                bytes: buffer,
                start: start,
                position: cursor,
                next: cursor + length,
                end: end
            )
        )
        let isBlank = isBlankSoFar
        cursor += length
        // Blank lines before a document's first words belong to them.
        if isBlank { return }
        switch (pending, boundary) {
        case (nil, _), (.sentence, .some), (.line, .paragraph): pending = boundary
        default: break
        }
    }

    /// Whether the unfinished segment is nothing but whitespace.
    private var isBlankSoFar: Bool {
        buffer[start..<cursor].allSatisfy { $0 <= 0x20 }
    }

    // MARK: - Emission

    private mutating func emitSegment(
        to end: Int,
        boundary: Segment.Boundary,
        _ emit: Emit
    ) rethrows {
        let cutter = LimitCutter(configuration: configuration, counter: pieceCounter)
        while let cut = cutter.cut(buffer, start..<end) {
            try emitRange(to: cut, boundary: .limit, emit)
        }
        try emitRange(to: end, boundary: boundary, emit)
        pending = nil
    }

    /// Emits the first part of a segment that has reached the limit in bytes.
    private mutating func cut(_ emit: Emit) rethrows {
        let cutter = LimitCutter(configuration: configuration, counter: pieceCounter)
        let end = cutter.cut(buffer, start..<cursor, isForced: true) ?? cursor
        try emitRange(to: end, boundary: .limit, emit)
    }

    private mutating func emitRange(
        to end: Int,
        boundary: Segment.Boundary,
        _ emit: Emit
    ) rethrows {
        let range = start..<end
        opening = Opening(behind: range, of: buffer)
        start = end
        cursor = max(cursor, end)
        try buffer.withUnsafeBytes { bytes in
            try emit(
                Segment(
                    range: (base + range.lowerBound)..<(base + range.upperBound),
                    boundary: boundary
                ),
                UnsafeRawBufferPointer(rebasing: bytes[range])
            )
        }
    }

    private mutating func compact() {
        guard start > 0 else { return }
        buffer.removeSubrange(..<start)
        base += start
        cursor -= start
        start = 0
    }
}

extension SentenceSplitter.Opening {
    /// What a segment leaves to the next: how many line ends are in its trailing whitespace.
    init(behind segment: Range<Int>, of bytes: [UInt8]) {
        var lineEnds = 0
        var index = segment.upperBound
        while index > segment.lowerBound, bytes[index - 1] <= 0x20 {
            index -= 1
            if bytes[index] == 0x0A || bytes[index] == 0x0C { lineEnds += 1 }
        }
        self = lineEnds == 0 ? .insideLine : lineEnds == 1 ? .line : .paragraph
    }
}
