/// A line that was recognized as a heading.
struct Heading: Sendable, Equatable {
    /// How headings outrank each other: a heading closes those of its own rank and of greater ones.
    var rank: Int
    /// The heading's text without mark-up, of bounded length.
    var title: String
    /// What kind of evidence made it a heading.
    var form: Form
    /// The last number of a numbered heading, or that of a label.
    var number: Int?

    /// Whether mark-up or an underline made the line a heading.
    var isMarkedUp: Bool { form == .markup || form == .underlined }

    /// Whether the heading can be a numbered one's sibling.
    var isOutlined: Bool { isMarkedUp || form == .numbered }

    /// Whether the heading does not depend on what follows.
    var isSure: Bool { isMarkedUp || form == .named }

    /// Whether the heading is the same as a document's title, letter case aside.
    func names(_ documentTitle: String) -> Bool {
        title.lowercased() == documentTitle.lowercased()
    }

    /// The forms of headings, by which neighbours are compared.
    enum Form: UInt8, Sendable {
        case markup
        case underlined
        /// A label and a number without a title, such as `CHAPTER I`, or a number alone.
        case bareLabel
        /// A label, a number and a title.
        case label
        case numbered
        case capitals
        /// A well-known section name, or a line in title case that is set apart.
        case named
    }
}

/// The ranks of headings, from the outermost to the innermost.
enum HeadingRank {
    // Markdown's levels take 1 to 6, an underline's character 1 (`=`), 2 (`-`) and 3 to 5 (others).

    /// The first line of a document in capitals, or in title case and centred.
    static let documentTitle = 8
    static let volume = 10
    static let title = 14
    static let book = 20
    static let epilogue = 24
    static let part = 30
    static let act = 34
    static let chapter = 40
    static let scene = 50
    static let section = 60
    static let named = 66
    static let capitals = 70
    static let roman = 80
    /// A numbered heading adds its depth, counted from 1.
    static let numbered = 90
    static let letter = 110
}

/// Trims titles to what a path holds.
enum TitleText {
    /// The text without surrounding spaces and mark-up, runs of whitespace as one space.
    ///
    /// - Parameters:
    ///   - bytes: The title as it stands in the text.
    ///   - limit: The most bytes; a longer title ends with an ellipsis.
    /// - Returns: The cleaned title.
    static func clean(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
        var cleaned: [UInt8] = []
        cleaned.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if byte <= 0x20 || byte == 0x7F {
                if !cleaned.isEmpty, cleaned.last != 0x20 { cleaned.append(0x20) }
            } else {
                cleaned.append(byte)
            }
        }
        while let last = cleaned.last, isMark(last) { cleaned.removeLast() }
        let text = cleaned.drop(while: isMark)
        guard text.count > limit else { return String(decoding: text, as: UTF8.self) }
        var end = text.startIndex + max(limit - 3, 0)
        while end > text.startIndex, text[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: text[..<end], as: UTF8.self) + "…"
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "`")
    }
}
