import Ingestion
import Testing

private struct LineCase: Decodable {
    let line: String
    /// The text, or nil where this is no object with a text.
    let text: String?
}

@Suite struct JSONLineTests {
    /// Lines that are valid JSON and lines that are nearly so, held against Python's `json`.
    @Test func linesAreReadAsPythonReadsThem() throws {
        let cases: [LineCase] = try fixture("json-lines.json")
        let scratch = try Scratch()
        let path = try scratch.file("x.ndjson", cases.map(\.line).joined(separator: "\n"))
        let all = documents(of: [path])
        try #require(all.count == cases.count)
        for (found, expected) in zip(all, cases) {
            let text = found.error == nil ? found.text : nil
            #expect(
                text.map { Array($0.utf8) } == expected.text.map { Array($0.utf8) },
                "\(expected.line)"
            )
        }
        #expect(cases.contains { $0.text == nil } && cases.contains { $0.text != nil })
    }

    @Test(arguments: [
        (#"\ud834\udd1e"#, "𝄞"),
        (#"\uD834"#, "\u{FFFD}"),
        (#"\uDD1E\uD834"#, "\u{FFFD}\u{FFFD}"),
        (#"\ud834\ud834\udd1e"#, "\u{FFFD}𝄞"),
        (#"\ud834\n"#, "\u{FFFD}\n"),
        (#"\u0000\u001f\u007F"#, "\u{0}\u{1F}\u{7F}"),
        (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#"\ufeffx"#, "\u{FEFF}x"),
    ])
    func escapesAreDecoded(escaped: String, expected: String) throws {
        let scratch = try Scratch()
        let path = try scratch.file("x.ndjson", "{\"text\":\"\(escaped)\"}")
        #expect(documents(of: [path])[0].bytes == Array(expected.utf8))
    }

    @Test func valuesMayBeNestedWithinALimit() throws {
        let scratch = try Scratch()
        for (depth, isRead) in [(128, true), (129, false)] {
            let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let path = try scratch.file("x.ndjson", "{\"a\":\(nested),\"text\":\"x\"}")
            #expect((documents(of: [path])[0].error == nil) == isRead)
        }
    }

    @Test func invalidBytesInAStringAreReplaced() throws {
        let scratch = try Scratch()
        let line = Array("{\"text\":\"a".utf8) + [0xFF, 0xFE] + Array("b\",\"title\":\"".utf8)
        let path = try scratch.file("x.ndjson", line + [0xC3] + Array("\"}".utf8))
        let document = documents(of: [path])[0]
        #expect(document.text == "a\u{FFFD}\u{FFFD}b")
        #expect(document.description.title == "\u{FFFD}")
        #expect(document.notice == .replacedBytes(count: 2, firstOffset: 1))
    }
}
