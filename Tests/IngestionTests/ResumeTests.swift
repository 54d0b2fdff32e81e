import Diagnostics
import Foundation
import Ingestion
import Serialization
import Testing

/// A reader that goes on from a position reads what the first one would have read.
@Suite struct ResumeTests {
    @Test(arguments: 1...3)
    func theRestIsTheSameFromEveryPosition(seed: UInt64) throws {
        let scratch = try Scratch()
        let inputs = try SplitInvarianceTests.inputs(in: scratch, seed: seed)
        let configuration = IngestionConfiguration(pieceBytes: 500, maximumLineBytes: 400)
        let first = DocumentReader(inputs: inputs, configuration: configuration)
        var events: [IngestionEvent] = []
        var states: [(position: [UInt8], document: DocumentDescription?)] = []
        states.append((first.position.bytes, nil))
        while let event = first.next() {
            events.append(event)
            states.append((first.position.bytes, first.currentDocument))
        }
        #expect(events.count > 100)
        for (index, state) in states.enumerated() {
            let reader = DocumentReader(inputs: inputs, configuration: configuration)
            try reader.seek(to: IngestionPosition(bytes: state.position))
            #expect(reader.currentDocument == state.document)
            #expect(reader.position.bytes == state.position)
            var rest: [IngestionEvent] = []
            while let event = reader.next() { rest.append(event) }
            #expect(rest == Array(events[index...]), "behind event \(index)")
            #expect(reader.bytesRead == first.bytesRead)
        }
    }

    @Test func aPipeIsSkippedForwardAndCompared() throws {
        let scratch = try Scratch()
        let path = try scratch.pipe("pipe")
        var content = Array(String(repeating: "A line of 日本 text.\n", count: 20_000).utf8)
        feed(content, into: path)
        let first = DocumentReader(inputs: [path])
        var events: [IngestionEvent] = []
        while events.count < 4, let event = first.next() { events.append(event) }
        let position = first.position
        while let event = first.next() { events.append(event) }
        feed(content, into: path)
        let second = DocumentReader(inputs: [path])
        try second.seek(to: position)
        var rest: [IngestionEvent] = []
        while let event = second.next() { rest.append(event) }
        #expect(rest == Array(events[4...]))
        content[150_000] ^= 1
        // A writer whose reader goes would be ended by a signal, so that this one leaves the rest.
        feed(Array(content[..<196_608]), into: path)
        let offset = try #require(position.textOffset)
        #expect(throws: IngestionError.inputChanged(path: path, offset: offset)) {
            try DocumentReader(inputs: [path]).seek(to: position)
        }
    }

    /// Reads up to the first piece at or behind an offset, changes the file, and goes on.
    private func check(
        _ name: String,
        _ before: String,
        behind count: Int,
        then change: (Scratch, String) throws -> Void,
        fails expected: (String) -> IngestionError?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let scratch = try Scratch()
        let path = try scratch.file("in/" + name, before)
        let configuration = IngestionConfiguration(pieceBytes: 10)
        let reader = DocumentReader(inputs: [scratch.folder + "/in"], configuration: configuration)
        for _ in 0..<count { _ = reader.next() }
        let position = reader.position
        try change(scratch, path)
        let again = DocumentReader(inputs: [scratch.folder + "/in"], configuration: configuration)
        var found: IngestionError?
        do throws(IngestionError) {
            try again.seek(to: position)
        } catch {
            found = error
        }
        #expect(found == expected(path), sourceLocation: sourceLocation)
    }

    @Test func textThatChangedIsNoticed() throws {
        let before = "0123456789abcdefghijklmnopq"
        try check("a", before, behind: 3) { scratch, _ in
            try scratch.file("in/a", "0123456789abcdefghijxxxxx")
        } fails: { _ in
            // Only what lies before the position was read.
            nil
        }
        for after in ["0123456789abcdefghiXklmnopq", "0123456789abcdefghi", "!" + before] {
            try check("a", before, behind: 3) { scratch, _ in
                try scratch.file("in/a", after)
            } fails: {
                .inputChanged(path: $0, offset: 20)
            }
        }
    }

    @Test func linesThatChangedAreNoticed() throws {
        let lines = (0..<5).map { "{\"text\": \"\($0)\"}\n" }
        try check("a.ndjson", lines.joined(), behind: 6) { scratch, _ in
            try scratch.file("in/a.ndjson", lines.joined() + lines[0])
        } fails: { _ in
            nil
        }
        try check("a.ndjson", lines.joined(), behind: 6) { scratch, _ in
            try scratch.file("in/a.ndjson", lines[0] + "\n" + lines[1...].joined())
        } fails: {
            .inputChanged(path: $0, offset: 15)
        }
        try check("a.ndjson", lines.joined(), behind: 6) { scratch, _ in
            try scratch.file("in/a.ndjson", lines[0])
        } fails: {
            .inputChanged(path: $0, offset: 14)
        }
    }

    @Test func filesThatWentOrCameAreNoticed() throws {
        try check("b", "0123456789abcdef", behind: 2) { scratch, path in
            try FileManager.default.removeItem(atPath: path)
            try scratch.file("in/a", "another")
        } fails: {
            .inputMissing(path: $0)
        }
        try check("b", "0123456789abcdef", behind: 2) { scratch, _ in
            try scratch.file("in/a", "another")
        } fails: {
            .inputsChanged(path: $0)
        }
    }

    @Test func messagesSayWhatToDo() {
        #expect(
            IngestionError.inputChanged(path: "-", offset: 20).description
                == "standard input: the first 20 bytes of text differ from those read before; "
                + "pass the same input, or read it anew with --restart"
        )
        #expect(
            IngestionError.inputMissing(path: "a.txt").description
                == "a.txt: the last run stopped in this file, which is not there now; "
                + "put it back, or read the input anew with --restart"
        )
    }

    @Test func damagedPositionsAreRefused() throws {
        let scratch = try Scratch()
        let reader = DocumentReader(inputs: [try scratch.file("a", "text")])
        _ = reader.next()
        let bytes = reader.position.bytes
        for length in 0..<bytes.count {
            #expect(throws: SerializationError.self) {
                try IngestionPosition(bytes: Array(bytes[..<length]))
            }
        }
    }
}
