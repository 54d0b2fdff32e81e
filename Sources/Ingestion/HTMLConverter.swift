private import Text

/// Turns HTML into text with Markdown's marks for headings, lists, quotations, code and tables.
///
/// A streaming tokenizer in the manner of the WHATWG specification, reduced to what text needs: it
/// never builds a tree, holds at most one tag or character reference, and any bytes are acceptable.
/// Input is UTF-8, cut anywhere.
///
/// - Source: WHATWG HTML, §13.2.5 (tokenization).
struct HTMLConverter {
    private enum State {
        case text
        case reference
        case tagOpen
        case tag(quote: UInt8?)
        case comment(dashes: Int)
        case declaration
        /// Inside an element whose content is not text, until its end tag.
        case raw(element: String, matched: [UInt8])
    }

    /// The most bytes of a tag or character reference that are kept.
    private static let maximumHeldBytes = 1 << 16

    private var state = State.text
    private var held: [UInt8] = []
    private var layout = MarkdownLayout()
    private var isTitle = false
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
        for byte in bytes { step(byte) }
        layout.take(into: &output)
    }

    /// Ends the input.
    mutating func finish(into output: inout [UInt8]) {
        if case .reference = state { endReference() }
        layout.finish()
        layout.take(into: &output)
    }

    private mutating func step(_ byte: UInt8) {
        switch state {
        case .text: stepText(byte)
        case .reference:
            if byte == UInt8(ascii: ";") {
                endReference()
            } else if isNameByte(byte) || byte == UInt8(ascii: "#"), held.count < 32 {
                held.append(byte)
            } else {
                endReference()
                stepText(byte)
            }
        case .tagOpen: stepTagOpen(byte)
        case .tag(let quote): stepTag(byte, quote: quote)
        case .comment(let dashes):
            if byte == UInt8(ascii: ">"), dashes >= 2 {
                state = .text
            } else {
                state = .comment(dashes: byte == UInt8(ascii: "-") ? dashes + 1 : 0)
            }
        case .declaration:
            held.append(byte)
            if held.elementsEqual("--".utf8) {
                state = .comment(dashes: 0)
            } else if byte == UInt8(ascii: ">") {
                state = .text
            } else if held.count > 2 {
                held.removeLast()
            }
        case .raw(let element, let matched): stepRaw(byte, element: element, matched: matched)
        }
    }

    private mutating func stepText(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "<"):
            state = .tagOpen
        case UInt8(ascii: "&"):
            held.removeAll(keepingCapacity: true)
            state = .reference
        default: emit(byte)
        }
    }

    private mutating func stepTagOpen(_ byte: UInt8) {
        held.removeAll(keepingCapacity: true)
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "?"): state = .declaration
        case UInt8(ascii: "/"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            held.append(byte)
            state = .tag(quote: nil)
        default:
            emit(UInt8(ascii: "<"))
            state = .text
            stepText(byte)
        }
    }

    private mutating func stepTag(_ byte: UInt8, quote: UInt8?) {
        if byte == UInt8(ascii: ">"), quote == nil {
            state = .text
            endTag()
            return
        }
        if held.count < Self.maximumHeldBytes { held.append(byte) }
        if quote == byte {
            state = .tag(quote: nil)
        } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            let isValue = held.dropLast().last { $0 != 0x20 } == UInt8(ascii: "=")
            if isValue { state = .tag(quote: byte) }
        }
    }

    private mutating func stepRaw(_ byte: UInt8, element: String, matched: [UInt8]) {
        let wanted = Array("</\(element)".utf8)
        var matched = matched
        if matched.count == wanted.count {
            if byte == UInt8(ascii: ">") { state = .text }
            return
        }
        let lower = byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0)
        if lower == wanted[matched.count] {
            matched.append(lower)
        } else {
            matched = lower == wanted[0] ? [lower] : []
        }
        state = .raw(element: element, matched: matched)
    }

    private mutating func emit(_ byte: UInt8) {
        if isTitle {
            if titleBytes.count < 1024 { titleBytes.append(byte) }
        } else {
            layout.text(byte)
        }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Ends a character reference; one that is unknown stays as it is written.
    private mutating func endReference() {
        state = .text
        let name = String(decoding: held, as: UTF8.self)
        if let scalar = scalar(of: name) {
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { emit(byte) }
        } else {
            emit(UInt8(ascii: "&"))
            for byte in held { emit(byte) }
        }
    }

    private func scalar(of name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return HTMLEntities.scalar(named: name) }
        let digits = name.dropFirst()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let value = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let value else { return nil }
        return value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private mutating func endTag() {
        let isEnd = held.first == UInt8(ascii: "/")
        let body = isEnd ? held.dropFirst() : held[...]
        let name = String(decoding: body.prefix { isNameByte($0) }, as: UTF8.self).lowercased()
        switch name {
        case "title": isTitle = !isEnd && titleBytes.isEmpty
        case "script", "style", "template", "svg", "iframe", "noscript":
            if !isEnd { state = .raw(element: name, matched: []) }
        default: isEnd ? layout.end(name) : layout.begin(name)
        }
    }
}
