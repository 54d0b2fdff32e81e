/// Turns HTML into text with Markdown's marks for headings, lists, quotations, code and tables.
///
/// A streaming tokenizer in the manner of the WHATWG specification, reduced to what text needs: it
/// never builds a tree, holds at most the name of a tag or a character reference, and any bytes are
/// acceptable. Input is UTF-8, cut anywhere.
///
/// - Source: WHATWG HTML, §13.2.5 (tokenization).
struct HTMLConverter {
    private enum State: Equatable {
        case text
        case reference
        case tagOpen
        case tag
        /// Inside a quoted attribute, which ends with this quote.
        case quoted(UInt8)
        case comment
        /// Behind `--!` in a comment.
        case commentEnd
        case declaration
        /// Inside an element whose content is not text, until its end tag.
        case raw
    }

    /// The most bytes of a tag's name or of a character reference that are kept.
    private static let maximumHeldBytes = 64
    /// Elements whose content is not text that a reader sees.
    private static let rawElements: Set<String> = [
        "script", "style", "template", "svg", "iframe", "noscript", "noembed", "noframes",
    ]

    private var state = State.text
    /// A tag from behind its `<` on, or a reference from behind its `&` on.
    private var held: [UInt8] = []
    /// How many bytes of `rawEnd` have been met, or how many dashes at the end of a comment.
    private var matchedCount = 0
    /// What ends the current raw element, but for its `>`.
    private var rawEnd: [UInt8] = []
    /// The last byte of a tag that is not a space.
    private var lastTagByte: UInt8 = 0
    private var layout = MarkdownLayout()
    private var isTitle = false
    /// Whether the title belongs to the document, as the first one before any text does.
    private var isTitleKept = false
    private var titleBytes: [UInt8] = []

    /// The text of `<title>`, once it has been seen.
    var title: String? {
        let words = String(decoding: titleBytes, as: UTF8.self).split(
            whereSeparator: \.isWhitespace
        )
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// Appends the text of further bytes to `output`.
    mutating func convert(_ bytes: [UInt8], into output: inout [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < bytes.count {
                if state == .text {
                    index = takeText(bytes, from: index)
                } else {
                    step(bytes[index])
                    index += 1
                }
            }
        }
        layout.take(into: &output)
    }

    /// Ends the input.
    mutating func finish(into output: inout [UInt8]) {
        if state == .reference { endReference() }
        if state == .tagOpen { emit([UInt8(ascii: "<")]) }
        layout.finish()
        layout.take(into: &output)
    }

    /// Takes text up to a tag or reference and returns where that begins its content.
    private mutating func takeText(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "<"), bytes[end] != UInt8(ascii: "&") {
            end += 1
        }
        emit(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        guard end < bytes.count else { return end }
        held.removeAll(keepingCapacity: true)
        state = bytes[end] == UInt8(ascii: "<") ? .tagOpen : .reference
        return end + 1
    }

    private mutating func step(_ byte: UInt8) {
        switch state {
        case .text: stepText(byte)
        case .reference: stepReference(byte)
        case .tagOpen: stepTagOpen(byte)
        case .tag: stepTag(byte)
        case .quoted(let quote): if byte == quote { state = .tag }
        case .comment, .commentEnd: stepComment(byte)
        case .declaration:
            held.append(byte)
            if held.elementsEqual("--".utf8) {
                state = .comment
                // `<!-->` is a whole comment.
                matchedCount = 2
            } else if byte == UInt8(ascii: ">") {
                state = .text
            } else if held.count > 2 {
                held.removeLast()
            }
        case .raw: stepRaw(byte)
        }
    }

    private mutating func stepText(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { bytes in
            _ = takeText(bytes.assumingMemoryBound(to: UInt8.self), from: 0)
        }
    }

    private mutating func stepReference(_ byte: UInt8) {
        if byte == UInt8(ascii: ";") {
            held.append(byte)
            endReference()
        } else if isNameByte(byte) || byte == UInt8(ascii: "#") && held.isEmpty,
            held.count < Self.maximumHeldBytes
        {
            held.append(byte)
        } else {
            endReference()
            stepText(byte)
        }
    }

    /// Ends a character reference; one that is unknown stays as it is written.
    private mutating func endReference() {
        state = .text
        emit(HTMLEntities.text(ofReference: held))
    }

    private mutating func stepTagOpen(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "?"): state = .declaration
        case UInt8(ascii: "/"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            held.append(byte)
            lastTagByte = byte
            state = .tag
        default:
            emit([UInt8(ascii: "<")])
            state = .text
            stepText(byte)
        }
    }

    private mutating func stepTag(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: ">"):
            state = .text
            endTag()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if lastTagByte == UInt8(ascii: "=") { state = .quoted(byte) }
            lastTagByte = byte
        default:
            if held.count < Self.maximumHeldBytes { held.append(byte) }
            if !isSpace(byte) { lastTagByte = byte }
        }
    }

    private mutating func stepComment(_ byte: UInt8) {
        let isAtEnd = state == .commentEnd
        state = .comment
        switch byte {
        case UInt8(ascii: ">") where isAtEnd || matchedCount >= 2: state = .text
        case UInt8(ascii: "-"): matchedCount = isAtEnd ? 1 : matchedCount + 1
        case UInt8(ascii: "!") where matchedCount >= 2 && !isAtEnd: state = .commentEnd
        default: matchedCount = 0
        }
    }

    private mutating func stepRaw(_ byte: UInt8) {
        if matchedCount == rawEnd.count {
            matchedCount = 0
            guard byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") || isSpace(byte) else {
                return
            }
            // The end tag's name is held already; what is left of it is passed over.
            held = Array(rawEnd.dropFirst())
            state = .tag
            stepTag(byte)
            return
        }
        let lower = byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0)
        if lower == rawEnd[matchedCount] {
            matchedCount += 1
        } else {
            matchedCount = byte == UInt8(ascii: "<") ? 1 : 0
        }
    }

    private mutating func endTag() {
        let isEnd = held.first == UInt8(ascii: "/")
        let body = isEnd ? held.dropFirst() : held[...]
        let name = String(decoding: body.prefix { isNameByte($0) }, as: UTF8.self).lowercased()
        if name == "title" {
            isTitle = !isEnd && lastTagByte != UInt8(ascii: "/")
            isTitleKept = titleBytes.isEmpty && !layout.hasText
        } else if isTitle, name != "body", name != "head" {
            return
        } else if Self.rawElements.contains(name) {
            // XHTML closes empty elements so.
            guard !isEnd, lastTagByte != UInt8(ascii: "/") else { return }
            rawEnd = Array("</\(name)".utf8)
            matchedCount = 0
            state = .raw
        } else {
            isTitle = false
            isEnd ? layout.end(name) : layout.begin(name)
        }
    }

    private mutating func emit(_ bytes: some Collection<UInt8>) {
        if isTitle {
            guard isTitleKept else { return }
            titleBytes.append(contentsOf: bytes.prefix(1024 - titleBytes.count))
        } else {
            layout.text(bytes)
        }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
    }
}
