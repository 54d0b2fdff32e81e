import Foundation
import Testing

/// What `ingest` does with documents that the store holds already, or that come twice.
@Suite struct IngestCommandTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func ingest(_ arguments: String..., input: String? = nil) throws -> Binary.Result {
        try Binary.run(
            ["ingest", "--store", "s"] + arguments,
            input: input.map { Data($0.utf8) },
            directory: scratch.folder
        )
    }

    private func lengths() throws -> [String: Int] {
        let result = try Binary.run(
            ["inspect", "s", "documents", "--json"],
            directory: scratch.folder
        )
        var lengths: [String: Int] = [:]
        for object in try result.objects() {
            if let id = object["id"] as? String { lengths[id] = object["bytes"] as? Int }
        }
        return lengths
    }

    @Test func ofDocumentsWithOneIDTheLastIsKept() throws {
        let texts = ["One.", "Another one.", "One.", "The last one of all."]
        let lines = texts.map { "{\"id\": \"a\", \"text\": \"\($0)\"}\n" }
        scratch.file("twice.ndjson", lines.joined())
        for _ in 0..<2 {
            #expect(try ingest("twice.ndjson").status == 0)
            #expect(try lengths() == ["a": 20])
        }
        scratch.file("again.ndjson", lines[...2].joined())
        #expect(try ingest("twice.ndjson", "again.ndjson").status == 0)
        #expect(try lengths() == ["a": 4])
    }

    @Test func unchangedDocumentsArePassedOver() throws {
        scratch.file("a.txt", "The Shannon is a river.\n")
        scratch.file("b.ndjson", "{\"id\": \"b\", \"text\": \"So is the Liffey.\"}\n")
        #expect(try ingest("a.txt", "b.ndjson").errors.contains("read 2 documents"))
        #expect(try ingest("a.txt", "b.ndjson").errors.contains("2 unchanged"))
        scratch.file("a.txt", "The Shannon is a long river.\n")
        #expect(try ingest("a.txt", "b.ndjson").errors.contains("1 unchanged"))
        #expect(try lengths() == ["a.txt": 29, "b": 17])
    }

    @Test func anotherTextOnStandardInputNeedsAnotherName() throws {
        let first = try ingest(input: "The Shannon is a river.\n")
        #expect(first.status == 0, "\(first.errors)")
        let same = try ingest(input: "The Shannon is a river.\n")
        #expect(same.status == 0 && same.errors.contains("1 unchanged"), "\(same.errors)")
        let other = try ingest(input: "The Liffey is a river.\n")
        #expect(other.status == 65)
        #expect(
            other.errors.contains(
                "the store holds another text as document `stdin`; name this one with --id"
            )
        )
        #expect(try ingest("--id", "liffey", input: "The Liffey is a river.\n").status == 0)
        #expect(try lengths() == ["stdin": 24, "liffey": 23])
    }

    @Test func aStoredDocumentThatIsDamagedNowFailsAlone() throws {
        let text = String(repeating: "The Shannon is a river.\n", count: 6000)
        scratch.file("a.txt", text)
        scratch.file("b.txt", "So is the Liffey.\n")
        #expect(try ingest("a.txt").status == 0)
        scratch.file("a.txt", Data(text.utf8) + [0xFF])
        let result = try ingest("--invalid-utf8", "refuse", "a.txt", "b.txt")
        #expect(result.status == 2)
        #expect(result.errors.contains("a.txt: not valid UTF-8 at byte 144000"), "\(result.errors)")
        #expect(try lengths()["b.txt"] == 18)
    }

    @Test func theStatusTellsWhetherOtherDocumentsWereRead() throws {
        scratch.file("a.txt", "The Shannon is a river.\n")
        let run = ["run", Binary.root.appending(path: "pipelines/segments.yaml").path()]
        for (inputs, status) in [(["none"], 66), (["a.txt", "none"], 2), (["none", "none"], 2)] {
            let result = try Binary.run(run + inputs, directory: scratch.folder)
            #expect(result.status == Int32(status), "\(inputs)")
        }
    }
}
