internal import Chunking

/// Gives each segment of a document its kind and the path of headings above it, as a stream.
///
///     var outliner = Outliner(title: "A Book")
///     outliner.push(range: segment.range, text: bytes) { segment, text in … }   // 0 to 2
///     outliner.finish { segment, text in … }
///
/// The segments' names and ranges are the structure, as in StruXGPT's second version; the text
/// stays verbatim. Headings are recognized by mark-up (Markdown, underlines) and, in plain text, by
/// labels, numbers, capitals and well-known names on lines of their own. One segment may be held
/// back, because a heading without a body is a table of contents' entry, and `CHAPTER I` takes the
/// next line as its title.
/// - Complexity: O(bytes) time; one segment and a stack of headings are held.
/// - Source: alibaba/struxgpt (ranges and names), without its model.
public struct Outliner: Sendable {
    /// The most bytes of a path's entry.
    public static let titleLimit = 120
    /// The most headings above a segment.
    static let deepestStack = 12

    /// The document's title, which heads every path, if there is one.
    let documentTitle: String?
    /// The open headings, outermost first, of rising rank.
    var stack: [Heading] = [] {
        didSet { path = nil }
    }
    /// The path under `stack`, once it has been asked for.
    private var path: [String]?
    /// A heading whose nature depends on what follows.
    var held: Held?
    /// The text of the segment that is looked at, in a buffer that is used again.
    private var line: [UInt8] = []
    var context = Context()

    /// A heading that is held back.
    struct Held: Sendable, Equatable {
        var range: Range<Int>
        var text: [UInt8]
        var heading: Heading
    }

    /// What the segments so far tell about the next.
    struct Context: Sendable, Equatable {
        /// The kind of the block that the last segment belongs to.
        var kind = SegmentKind.sentence
        /// Whether the document has begun with more than whitespace.
        var hasText = false
        /// Whether the last segment ended its line, and with it a paragraph.
        var endsLine = true
        var endsParagraph = true
        /// The columns of indentation that the last segment's trailing whitespace holds.
        var indentation = 0
        /// The fence that is open, or 0, and its length.
        var fenceByte: UInt8 = 0
        var fenceLength = 0
        /// Whether Markdown headings were seen, so that plain ones are not looked for.
        var isMarkup = false
        /// Whether underlined headings were seen, so that only labels and numbers are looked for.
        var isUnderlined = false
        /// Whether a table of contents is being read, and its first entry.
        var isInContents = false
        var firstEntry = ""
        var isFirstEntryLabel = false
        /// The heading that was last found to be an entry, until another heading is one.
        var lastEntry: Heading?
        /// Whether text followed the last heading.
        var hasBody = false
        /// The column from which a list item's continuation is indented.
        var itemColumn = 0
        /// The underline characters seen, in order, which are the levels of underlined headings.
        var underlines: [UInt8] = []
    }

    /// An outliner at the start of a document.
    public init(title: String? = nil) {
        let cleaned = title.map { TitleText.clean($0.utf8, limit: Self.titleLimit) }
        documentTitle = cleaned == "" ? nil : cleaned
    }

    /// Takes in the next segment and gives out those whose place is now known, in order.
    ///
    /// - Parameters:
    ///   - range: The segment's bytes in the document.
    ///   - text: The segment's text with its trailing whitespace.
    ///   - emit: Called with each segment that is settled now.
    public mutating func push(
        range: Range<Int>,
        text: UnsafeRawBufferPointer,
        emit: (OutlinedSegment, UnsafeRawBufferPointer) -> Void
    ) {
        line.removeAll(keepingCapacity: true)
        line.append(contentsOf: text)
        let block = SegmentBlock(line, context: context)
        let heading = classify(block)
        defer { context.advance(over: block) }
        if let pending = held {
            held = nil
            let fate = fate(of: pending, before: block, heading: heading)
            let settled = settle(pending, as: fate)
            pending.text.withUnsafeBytes { emit(settled, $0) }
            if case .titled = fate {
                context.kind = .heading
                return emit(place(range, .heading), text)
            }
        }
        guard let heading else { return emit(place(range, context.kind), text) }
        if heading.isSure {
            open(heading)
            return emit(place(range, .heading), text)
        }
        held = Held(range: range, text: line, heading: heading)
    }

    /// Gives out what is held at the document's end; the outliner then stands at a document's start.
    public mutating func finish(emit: (OutlinedSegment, UnsafeRawBufferPointer) -> Void) {
        if let held {
            open(held.heading)
            let place = place(held.range, .heading)
            held.text.withUnsafeBytes { emit(place, $0) }
        }
        self = Outliner(title: documentTitle)
    }

    // MARK: - Headings

    /// Sets the context's kind, and returns the heading where the segment is one.
    private mutating func classify(_ block: SegmentBlock) -> Heading? {
        let (kind, markup) = block.kind(context)
        context.kind = kind
        if let markup {
            if markup.isUnderline { context.isUnderlined = true } else { context.isMarkup = true }
            context.isInContents = false
            context.kind = .heading
            return Heading(
                rank: rank(markup),
                title: TitleText.clean(block.titleBytes, limit: Self.titleLimit),
                form: markup.isUnderline ? .underlined : .markup,
                number: nil
            )
        }
        guard !context.isMarkup, kind == .sentence || kind == .listItem, block.startsLine else {
            return nil
        }
        var rules = HeadingRules(line: block.headingLine, surroundings: block.surroundings)
        rules.areUnmarkedAllowed = !context.isUnderlined
        let heading = rules.heading { rank in
            let last = held?.heading ?? context.lastEntry
            if let last, last.rank == rank { return last.number }
            return stack.last { $0.rank == rank }?.number
        }
        if readContents(block, heading: heading) { return nil }
        guard let heading else { return nil }
        context.kind = .heading
        return placed(heading, block)
    }

    /// The heading with the rank that the headings so far give it.
    private func placed(_ heading: Heading, _ block: SegmentBlock) -> Heading {
        var placed = heading
        if block.surroundings.isFirst, heading.rank == HeadingRank.capitals {
            placed.rank = HeadingRank.documentTitle
        } else if heading.rank == HeadingRank.epilogue,
            let division = stack.first(where: { $0.rank >= HeadingRank.book })
        {
            // An epilogue stands beside the books or parts, whichever there are.
            placed.rank = min(heading.rank, division.rank)
        } else if heading.form == .numbered, let number = OutlineNumber(Array(heading.title.utf8)),
            let sibling = stack.last(where: { $0.isOutlined && number.follows($0.title) })
        {
            placed.rank = sibling.rank
        }
        return placed
    }

    private mutating func rank(_ markup: SegmentBlock.Markup) -> Int {
        switch markup {
        case .level(let level): return level
        case .underline(let byte):
            if byte == 0x3D { return 1 }
            if byte == 0x2D { return 2 }
            if let index = context.underlines.firstIndex(of: byte) { return 3 + index }
            if context.underlines.count < 3 { context.underlines.append(byte) }
            return 2 + context.underlines.count
        }
    }

    /// Whether the segment is an entry of a table of contents; leaves the table where it ends.
    private mutating func readContents(_ block: SegmentBlock, heading: Heading?) -> Bool {
        guard context.isInContents else { return false }
        let entry = TitleText.clean(block.headingLine, limit: Self.titleLimit)
        let isProse = block.text.count > 200 && !block.surroundings.isWholeLine
        let isLabel = heading?.form == .label || heading?.form == .bareLabel
        let isOtherForm = isLabel && !context.firstEntry.isEmpty && !context.isFirstEntryLabel
        if isProse || isOtherForm || entry == context.firstEntry || block.text.count > 400 {
            context.isInContents = false
            return false
        }
        if context.firstEntry.isEmpty {
            context.firstEntry = entry
            context.isFirstEntryLabel = isLabel
        }
        context.kind = .contents
        return true
    }

    // MARK: - The heading that was held back

    /// What a held heading turns out to be.
    private enum Fate {
        case heading
        /// A heading that takes the next line as its title.
        case titled(String)
        /// A heading without a body: an entry of a list or of a table of contents.
        case entry
    }

    private func fate(of pending: Held, before block: SegmentBlock, heading: Heading?) -> Fate {
        let held = pending.heading
        if held.form != .capitals {
            if let heading, heading.form != .capitals, heading.rank <= held.rank { return .entry }
            if let last = context.lastEntry, last.rank == held.rank,
                let number = held.number, let lastNumber = last.number, number == lastNumber + 1
            {
                return .entry
            }
        }
        let canJoin = heading.map { $0.form == .capitals || $0.form == .named } ?? true
        guard held.form == .bareLabel, canJoin, block.isTitleLine else { return .heading }
        let title = TitleText.clean(block.headingLine, limit: Self.titleLimit)
        return .titled(
            TitleText.clean((held.title + ": " + title).utf8, limit: Self.titleLimit)
        )
    }

    private mutating func settle(_ pending: Held, as fate: Fate) -> OutlinedSegment {
        switch fate {
        case .entry:
            context.lastEntry = pending.heading
            return place(pending.range, .contents)
        case .titled(let title):
            var heading = pending.heading
            heading.title = title
            open(heading)
        case .heading: open(pending.heading)
        }
        return place(pending.range, .heading)
    }

    /// Puts a heading on the stack in place of those that it closes.
    private mutating func open(_ heading: Heading) {
        var heading = heading
        context.lastEntry = nil
        if let title = stack.first, title.rank == HeadingRank.documentTitle,
            heading.form == .capitals, heading.names(title.title)
        {
            // A title that is repeated, as before the first section, stays the title.
            heading.rank = title.rank
        }
        // A prologue with text of its own holds no chapters.
        if let last = stack.last, last.rank == HeadingRank.epilogue, context.hasBody {
            stack.removeLast()
        }
        context.hasBody = false
        // Capitals outrank a name such as "Preamble", which stands in smaller letters.
        let isCapitals = heading.form == .capitals && heading.rank == HeadingRank.capitals
        stack.removeAll {
            $0.rank >= heading.rank
                || (isCapitals && $0.form == .named && $0.rank > HeadingRank.epilogue)
        }
        if stack.count == Self.deepestStack { stack.removeLast() }
        stack.append(heading)
        let words = heading.title.split(separator: " ").last.map { Array($0.utf8) } ?? []
        let isContents =
            PackedWord(words, 0..<words.count).map(HeadingLexicon.contents.contains) ?? false
        context.isInContents = isContents && !context.isMarkup
        context.firstEntry = ""
    }

    private mutating func place(_ range: Range<Int>, _ kind: SegmentKind) -> OutlinedSegment {
        OutlinedSegment(range: range, kind: kind, path: currentPath())
    }

    private mutating func currentPath() -> [String] {
        if let path { return path }
        var titles = stack.map(\.title)
        if let documentTitle, stack.first.map({ !$0.names(documentTitle) }) ?? true {
            titles.insert(documentTitle, at: 0)
        }
        path = titles
        return titles
    }
}
