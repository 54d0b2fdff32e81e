import Ingestion
import Testing

/// The examples of the documentation, put together.
@Suite struct IngestionExampleTests {
    @Test func readsALibrary() throws {
        let scratch = try Scratch()
        try scratch.file("library/a.md", "# The river\n\nIt runs.\n")
        try scratch.file("library/b.ndjson", "{\"id\": \"b\", \"text\": \"And ends.\"}\n")
        try scratch.file("library/c.txt.gz", [0x1F, 0x8B, 8, 0])
        var printed: [String] = []
        func print(_ items: Any...) {
            printed.append(items.map { "\($0)" }.joined(separator: " "))
        }
        let library = scratch.folder + "/library/"

        let reader = DocumentReader(inputs: [library])
        while let event = reader.next() {
            switch event {
            case .began(let document): print(document.id)
            case .text(let bytes, let offset): print(offset, bytes.count)
            case .ended(let text, let notice): print(text.lengthBytes, notice ?? "as it was")
            case .failed(let document, let error): print(document.id, error)
            }
        }

        let damage = "the compressed data is damaged at byte 4: it ends early"
        #expect(
            printed == [
                "\(library)a.md", "0 22", "22 as it was",
                "b", "0 9", "9 as it was",
                "\(library)c.txt.gz \(library)c.txt.gz: \(damage); fetch or compress the file again",
            ]
        )
    }
}
