import Foundation
import Ingestion
import Testing

/// Which documents a list of inputs names, in which order, and what is known of them.
@Suite struct DocumentReaderTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func ids(_ inputs: [String]) -> [String] {
        documents(of: inputs).map { $0.id.replacing(scratch.folder + "/", with: "") }
    }

    @Test func aFileIsADocument() throws {
        let path = try scratch.file("a.txt", "It was a dark night.\r\n\0The end")
        let all = documents(of: [path])
        #expect(all.map(\.id) == [path] && all[0].description.uri == path)
        #expect(all[0].description.title == nil && all[0].description.metadata.isEmpty)
        #expect(all.map(\.text) == ["It was a dark night.\r\n\0The end"])
        #expect(all[0].notice == nil)
    }

    @Test(arguments: [
        "", "one", "one piece", "more than one piece of sixteen bytes", "é of sixteen byé",
    ])
    func anEndThatIsKnownOfNeedsNoWaiting(text: String) throws {
        try scratch.file("a.txt", text)
        try scratch.file("b.txt", "another")
        let inputs = [scratch.folder + "/a.txt", scratch.folder + "/b.txt"]
        let configuration = IngestionConfiguration(pieceBytes: 16)
        let plain = DocumentReader(inputs: inputs, configuration: configuration)
        var expected: [IngestionEvent] = []
        while let event = plain.next() { expected.append(event) }
        let reader = DocumentReader(inputs: inputs, configuration: configuration)
        var events: [IngestionEvent] = []
        var earlyCount = 0
        #expect(reader.nextIfEnd() == nil)
        while let event = reader.next() {
            events.append(event)
            guard case .text = event, let end = reader.nextIfEnd() else { continue }
            earlyCount += 1
            events.append(end)
            #expect(reader.nextIfEnd() == nil && reader.position.textOffset == nil)
        }
        #expect(events == expected)
        #expect(earlyCount == (text.isEmpty ? 1 : 2))
    }

    @Test func aFolderIsWalkedInTheOrderOfNames() throws {
        for name in ["b/z.txt", "b/a/x.md", "a.txt", "B.txt", "é.txt", ".hidden", ".git/config"] {
            try scratch.file(name, name)
        }
        #expect(ids([scratch.folder]) == ["B.txt", "a.txt", "b/a/x.md", "b/z.txt", "é.txt"])
        #expect(ids([scratch.folder + "/b/"]) == ["b/a/x.md", "b/z.txt"])
    }

    @Test func whatIsNotTextIsPassedOverInFolders() throws {
        try scratch.file("a.txt", "text")
        try scratch.file("empty.txt", "")
        try scratch.file("nul.bin", "a\0b")
        try scratch.file("paper", "%PDF-1.4 and so on")
        try scratch.file("tar.gz", Compression.gzip.member(Array("x\0\0\0".utf8)))
        try scratch.file("log.gz", Compression.gzip.member(Array("text".utf8)))
        try scratch.file("utf16.txt", [0xFF, 0xFE, 0x61, 0x00])
        #expect(ids([scratch.folder]) == ["a.txt", "log.gz", "utf16.txt"])
    }

    @Test func linksDoNotLeadAroundInACircle() throws {
        try scratch.file("a/text.txt", "text")
        try scratch.link("a/up", to: "..")
        try scratch.link("a/self", to: "self")
        try scratch.link("a/second.txt", to: "text.txt")
        try scratch.link("a/nothing.txt", to: "nowhere")
        #expect(ids([scratch.folder]) == ["a/text.txt"])
        #expect(ids([scratch.folder + "/a/second.txt"]) == ["a/second.txt"])
    }

    @Test func patternsNameFilesAndFolders() throws {
        for name in ["1/a.txt", "2/b.txt", "2/c.md", "[x].txt"] { try scratch.file(name, name) }
        #expect(ids([scratch.folder + "/*/*.txt"]) == ["1/a.txt", "2/b.txt"])
        #expect(ids([scratch.folder + "/[12]"]) == ["1/a.txt", "2/b.txt", "2/c.md"])
        #expect(ids([scratch.folder + "/[x].txt"]) == ["[x].txt"])
    }

    @Test func linesOfNDJSONAreDocuments() throws {
        let path = try scratch.file(
            "all.ndjson",
            """
            \u{FEFF}{"id": "a", "text": "first", "title": "A", "year": 1999, "tags": ["x"]}\r

            {"text": "second", "uri": "http://b"}
            {"id": 7, "text": "", "title": ""}
            {"id": null, "body": "other", "text": "third"}
            """
        )
        let all = documents(of: [path])
        #expect(all.map(\.id) == ["a", "\(path):3", "7", "\(path):5"])
        #expect(all.map(\.text) == ["first", "second", "", "third"])
        #expect(all.map(\.notice) == [nil, nil, .noText, nil])
        #expect(all[0].description.title == "A" && all[2].description.title == nil)
        #expect(all[1].description.uri == "http://b")
        #expect(all[0].description.metadata.map(\.key) == ["year", "tags"])
        #expect(all[0].description.metadata.map(\.value) == ["1999", "[\"x\"]"])
        let body = documents(of: [path], IngestionConfiguration(textField: "body"))
        #expect(body.map { $0.error == nil } == [false, false, false, true])
        #expect(body[3].text == "other")
        #expect(body[3].description.metadata.map(\.key) == ["text"])
    }

    @Test(arguments: [
        ("a.txt", #"{"id": 1, "text": "x"}"#, "x"),
        ("a.jsonl", #"{"text": "x"}"#, "x"),
        ("a", "  <!DOCTYPE html><p>x", "x\n"),
        ("a.HTM", "x &amp; y", "x & y\n"),
        ("a", "{\"text\": 1}", "{\"text\": 1}"),
        ("a.json", "{\n\"text\": \"x\"}", "{\n\"text\": \"x\"}"),
        ("a.md", "# Title\n\n<b>", "# Title\n\n<b>"),
    ])
    func theFormatIsToldByNameAndBeginning(name: String, content: String, expected: String) throws {
        let path = try scratch.file(name, content)
        #expect(text(of: path) == expected)
        for compression in Compression.allCases {
            let packed = compression.member(Array(content.utf8))
            #expect(text(of: try scratch.file(name + compression.suffix, packed)) == expected)
        }
    }

    @Test func oneIDMayNameTwoDocuments() throws {
        let line = #"{"id": "a", "text": "x"}"#
        let path = try scratch.file("twice.ndjson", "\(line)\n\(line)\n")
        #expect(documents(of: [path]).map(\.id) == ["a", "a"])
    }

    @Test func aDocumentIsDigestedWithoutBeingRead() throws {
        let line = #"{"id": "a", "text": "some text"}"#
        for name in ["a.txt", "a.ndjson", "a.html"] {
            let path = try scratch.file(name, line)
            let end = try #require(documents(of: [path])[0].end)
            let reader = DocumentReader(inputs: [path])
            #expect(try reader.digestOfDocument() == nil)
            _ = reader.next()
            #expect(try reader.digestOfDocument() == end)
            reader.skipDocument()
            #expect(reader.next() == nil)
        }
    }

    @Test func aPipeIsReadOnce() throws {
        let path = try scratch.pipe("pipe")
        let content = Array(String(repeating: "A line of 日本 text.\n", count: 20_000).utf8)
        feed(content, into: path)
        let reader = DocumentReader(inputs: [path])
        #expect(reader.totalBytes() == nil)
        var events = [try #require(reader.next())]
        #expect(try reader.digestOfDocument() == nil)
        while let event = reader.next() { events.append(event) }
        #expect(documents(in: events).map(\.bytes) == [content])
        #expect(reader.bytesRead == content.count)
    }

    @Test func bytesReadReachTheTotal() throws {
        try scratch.file("a.txt", "12345")
        try scratch.file("b.ndjson", #"{"text": "x"}"#)
        let packed = Compression.zstd.member(Array("abc".utf8))
        try scratch.file("c.zst", packed)
        let reader = DocumentReader(inputs: [scratch.folder])
        while reader.next() != nil {}
        #expect(reader.totalBytes() == 5 + 13 + packed.count)
        #expect(reader.bytesRead == reader.totalBytes())
    }

    @Test func questionsAreLinesOfTextOrJSON() throws {
        let path = try scratch.file(
            "q",
            "What is it?\r\n{\"id\": 3, \"text\": \"Who?\"}\n{\"text\": \"How?\"}"
        )
        let all = documents(of: [path], IngestionConfiguration(format: .questions))
        #expect(all.map(\.id) == ["What is it?", "3", "How?"])
        #expect(all.map(\.text) == ["What is it?", "Who?", "How?"])
    }
}
