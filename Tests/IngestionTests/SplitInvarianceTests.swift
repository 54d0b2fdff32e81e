import Ingestion
import Testing

/// What is read does not depend on how it is read.
@Suite struct SplitInvarianceTests {
    /// Inputs of every format, some of them damaged.
    static func inputs(in scratch: Scratch, seed: UInt64) throws -> [String] {
        var generator = SeededGenerator(state: seed)
        var bytes = Array(generator.text(600).utf8)
        for _ in 0..<5 {
            bytes.insert(UInt8.random(in: 0x80...0xFF, using: &generator), at: bytes.count / 2)
        }
        let page = Array(generator.page(1500).utf8)
        let lines = (0..<30).map { index in
            switch index % 7 {
            case 3: "{\"id\": \(index)"
            case 4: ""
            case 5: "{\"text\": \"" + String(repeating: "long ", count: 100) + "\"}"
            default: "{\"id\": \(index), \"text\": \"\(generator.next()) \\u00e9 日本 \\n\"}"
            }
        }
        let utf16 = generator.text(300).utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let ndjson = Array(lines.joined(separator: "\n").utf8)
        var paths = [
            try scratch.file("folder/a.txt", bytes), try scratch.file("folder/b.html", page),
            try scratch.file("folder/c.ndjson", ndjson),
            try scratch.file("folder/d.txt", [0xFE, 0xFF] + utf16),
        ]
        for compression in Compression.allCases {
            let suffix = compression.suffix
            let parts = [Array(bytes[..<700]), Array(bytes[700...])]
            paths.append(try scratch.file("a.txt" + suffix, compression.members(parts)))
            paths.append(try scratch.file("b.html" + suffix, compression.member(page)))
            let packed = compression.member(ndjson)
            paths.append(try scratch.file("c.ndjson" + suffix, packed))
            paths.append(try scratch.file("cut.ndjson" + suffix, Array(packed.dropLast(9))))
            paths.append(try scratch.file("cut.txt" + suffix, Array(packed.dropLast(9))))
        }
        // A file may be named twice, and an input may be missing.
        return [scratch.folder + "/folder", scratch.folder + "/missing"] + paths + [paths[0]]
            + [scratch.folder + "/*.zst"]
    }

    @Test(arguments: 1...6)
    func readSizesDoNotShow(seed: UInt64) throws {
        let scratch = try Scratch()
        let inputs = try Self.inputs(in: scratch, seed: seed)
        var configuration = IngestionConfiguration(maximumLineBytes: 400)
        let expected = events(inputs, configuration)
        for maximumRead in [1, 2, 3, 7, 64, 4095, 4097] {
            configuration.maximumRead = maximumRead
            #expect(events(inputs, configuration) == expected, "reads of \(maximumRead)")
        }
    }

    @Test(arguments: 1...6)
    func pieceSizesDoNotChangeTheText(seed: UInt64) throws {
        let scratch = try Scratch()
        let inputs = try Self.inputs(in: scratch, seed: seed)
        var configuration = IngestionConfiguration(maximumLineBytes: 400)
        // What was taken of a document that fails at its end depends on the piece.
        let expected = documents(of: inputs, configuration).map(withoutFailedText)
        for pieceBytes in [1, 4, 5, 100, 1 << 20] {
            configuration.pieceBytes = pieceBytes
            let found = documents(of: inputs, configuration).map(withoutFailedText)
            #expect(found == expected, "pieces of \(pieceBytes)")
        }
    }

    @Test func piecesHaveTheSizeThatWasAskedFor() throws {
        let scratch = try Scratch()
        let path = try scratch.file("a", String(repeating: "日本", count: 1000))
        let sizes = events([path], IngestionConfiguration(pieceBytes: 100)).compactMap { event in
            if case .text(let bytes, _) = event { bytes.count } else { nil }
        }
        #expect(sizes.dropLast().allSatisfy { $0 == 99 } && sizes.count == 61)
    }

    private func events(
        _ inputs: [String],
        _ configuration: IngestionConfiguration
    ) -> [IngestionEvent] {
        let reader = DocumentReader(inputs: inputs, configuration: configuration)
        var events: [IngestionEvent] = []
        while let event = reader.next() { events.append(event) }
        return events
    }

    private func withoutFailedText(_ document: ReadDocument) -> ReadDocument {
        var document = document
        if document.error != nil { document.bytes = [] }
        return document
    }
}
