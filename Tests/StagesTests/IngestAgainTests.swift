import BlockStorage
import Dataflow
import Foundation
import Serialization
import Stages
import Testing

/// The same inputs again, changed inputs, changed settings, and documents that fail.
@Suite struct IngestAgainTests {
    private func texts(of store: Store) throws -> [String: String] {
        try store.read { transaction in
            var texts: [String: String] = [:]
            for document in try transaction.documents() where document.state == .complete {
                var bytes: [UInt8] = []
                for id in document.blockRanges.joined() {
                    bytes += try transaction.block(id)?.bytes ?? []
                }
                texts[document.id] = String(decoding: bytes, as: UTF8.self)
            }
            return texts
        }
    }

    @Test func unchangedDocumentsArePassedOver() async throws {
        let scratch = try Scratch()
        let ingest = Ingest(inputs: [
            try scratch.write(Prose.paragraphs(2, seed: 1), to: "a.txt"),
            try scratch.write(#"{"id": "n", "text": "The river."}"# + "\n", to: "b.ndjson"),
        ])
        let first = try await ingest.run(into: scratch.path("store"))
        let blocks = try first.store.read { try $0.statistics() }
        let second = try await ingest.run(into: "", first.stores)
        #expect(second.figures.unchanged == 2)
        #expect(second.figures.documents == 0)
        #expect(try second.store.read { try $0.statistics() } == blocks)
    }

    @Test func aChangedDocumentReplacesItsOldVersion() async throws {
        let scratch = try Scratch()
        let ingest = Ingest(inputs: [
            try scratch.write(Prose.paragraphs(6, seed: 1), to: "a.txt"),
            try scratch.write(Prose.paragraphs(2, seed: 2), to: "b.txt"),
        ])
        let first = try await ingest.run(into: scratch.path("store"))
        let text = Prose.paragraphs(1, seed: 3)
        try scratch.write(text, to: "a.txt")
        let second = try await ingest.run(into: "", first.stores)
        #expect(second.figures.unchanged == 1)
        #expect(try texts(of: second.store)[ingest.inputs[0]] == text)
        let held = try second.store.read { transaction in
            let documents = try transaction.documents()
            #expect(documents.count == 2)
            return documents.reduce(0) { $0 + $1.blockCount }
        }
        #expect(try second.store.read { try $0.statistics().blockCount } == held)
        #expect(try second.store.verify().problems == [])
    }

    /// What a source asks of the store while it is being written must not depend on how far it is.
    @Test(arguments: [1, 300, 1 << 18])
    func anIdThatComesTwiceIsItsLastText(checkpointBytes: Int) async throws {
        let scratch = try Scratch()
        let lines = [
            #"{"id": "a", "text": "The river runs."}"#, #"{"id": "b", "text": "The sea."}"#,
            #"{"id": "a", "text": "The river runs."}"#, #"{"id": "b", "text": "The water."}"#,
            #"{"id": "b", "text": "The sea."}"#,
        ]
        var ingest = Ingest(inputs: [
            try scratch.write(lines.joined(separator: "\n") + "\n", to: "a.ndjson")
        ])
        ingest.checkpointBytes = checkpointBytes
        let outcome = try await ingest.run(into: scratch.path("store"))
        #expect(outcome.figures.unchanged == 1)
        #expect(try texts(of: outcome.store) == ["a": "The river runs.", "b": "The sea."])
        #expect(try outcome.store.read { try $0.statistics().documentCount } == 2)
    }

    @Test func aFolderThatGainedAFileIsReadFromTheBeginning() async throws {
        let scratch = try Scratch()
        _ = try scratch.library()
        var ingest = Ingest(inputs: [scratch.path("library")])
        ingest.checkpointBytes = 600
        let (_, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        let added = try scratch.write(Prose.paragraphs(1, seed: 12), to: "library/aa.txt")
        let expected = try await ingest.run(into: scratch.path("all"))
        let copy = copies[copies.count / 2]
        let outcome = try await ingest.run(into: copy)
        #expect(outcome.notices.count == 1)
        #expect(outcome.notices.first?.hasSuffix("; reading from the beginning") == true)
        #expect(try texts(of: outcome.store)[added] == Prose.paragraphs(1, seed: 12))
        #expect(try texts(of: outcome.store) == texts(of: expected.store))
        #expect(try outcome.store.verify().problems == [])
    }

    @Test func aFileThatChangedIsReadFromItsBeginning() async throws {
        let scratch = try Scratch()
        let path = try scratch.write(Prose.paragraphs(8, seed: 4), to: "a.txt")
        var ingest = Ingest(inputs: [path])
        ingest.checkpointBytes = 300
        let (_, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        let text = Prose.paragraphs(3, seed: 5)
        try scratch.write(text, to: "a.txt")
        let outcome = try await ingest.run(into: copies[2])
        #expect(
            outcome.notices.first?.hasPrefix("ingest: \(path): the first ") == true,
            "\(outcome.notices)"
        )
        #expect(try texts(of: outcome.store) == [path: text])
        #expect(try outcome.store.verify().problems == [])
    }

    @Test func aCheckpointOfOtherSettingsIsNotGoneOnFrom() async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: [try scratch.write(Prose.paragraphs(8, seed: 4), to: "a.txt")])
        ingest.checkpointBytes = 300
        let (_, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        ingest.settings = ["encode.maximum_pieces=50", "encode.minimum_pieces=10"]
        let expected = try await ingest.run(into: scratch.path("other"))
        let outcome = try await ingest.run(into: copies[2])
        #expect(
            outcome.notices == [
                """
                an earlier run on these inputs had other settings (encode.minimum_pieces=90, \
                encode.maximum_pieces=250); reading from the beginning
                """
            ]
        )
        #expect(try texts(of: outcome.store) == texts(of: expected.store))
        let blocks = try expected.store.read { try $0.statistics().blockCount }
        #expect(try outcome.store.read { try $0.statistics().blockCount } == blocks)
    }

    @Test func aRestartReadsFromTheBeginning() async throws {
        let scratch = try Scratch()
        var ingest = Ingest(inputs: [try scratch.write(Prose.paragraphs(8, seed: 4), to: "a.txt")])
        ingest.checkpointBytes = 300
        let (expected, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        ingest.restarts = true
        let outcome = try await ingest.run(into: copies[2])
        #expect(outcome.figures.textBytes == expected.figures.textBytes)
        #expect(try texts(of: outcome.store) == texts(of: expected.store))
    }

    @Test func aDocumentThatFailsBehindACommitIsTakenBack() async throws {
        let scratch = try Scratch()
        let bad = scratch.path("bad.txt")
        let start = Data(Prose.paragraphs(320, seed: 2).utf8)
        #expect(start.count > 80_000)
        try (start + [0xFF]).write(to: URL(filePath: bad))
        let good = try scratch.write(Prose.paragraphs(2, seed: 1), to: "good.txt")
        var ingest = Ingest(inputs: [bad, good])
        ingest.settings = ["ingest.invalid_utf8=refuse"]
        ingest.checkpointBytes = 4096
        let (expected, copies) = try await ingest.runCopyingEachCommit(into: scratch.path("store"))
        let record = try #require(try expected.store.read { try $0.document(id: bad) })
        #expect(
            record.state
                == .failed(reason: "\(bad): not valid UTF-8 at byte \(start.count)")
        )
        #expect(try texts(of: expected.store).keys.sorted() == [good])
        #expect(try expected.store.verify().problems == [])
        #expect(copies.count > 4)
        for copy in copies.dropLast() {
            let outcome = try await ingest.run(into: copy)
            #expect(try outcome.store.firstDifference(from: expected.store) == nil, "\(copy)")
        }
    }

    @Test func whatCannotBeReadFailsAloneAndIsToldWithItsPlace() async throws {
        let scratch = try Scratch()
        let good = try scratch.write(Prose.paragraphs(1, seed: 1), to: "a.txt")
        let bad = scratch.path("b.txt")
        let start = Data(Prose.paragraphs(4, seed: 2).utf8)
        try (start + [0xFF] + start).write(to: URL(filePath: bad))
        let lines = try scratch.write(
            #"{"id": "x", "text": "The sea."}"# + "\n{broken\n"
                + #"{"id": "y", "text": "The river."}"# + "\n",
            to: "c.ndjson"
        )
        var ingest = Ingest(inputs: [good, bad, scratch.path("none.txt"), lines])
        ingest.settings = ["ingest.invalid_utf8=refuse"]
        ingest.checkpointBytes = 256
        let outcome = try await ingest.run(into: scratch.path("store"))
        #expect(try texts(of: outcome.store).keys.sorted() == [good, "x", "y"].sorted())
        let told = outcome.report.failures.map(\.problem)
        #expect(told.count == 3)
        #expect(told[0].contains("\(bad): not valid UTF-8 at byte \(start.count)"))
        #expect(told[0].hasPrefix("ingest, document "))
        #expect(told[1].contains("\(scratch.path("none.txt")): no such file or folder"))
        #expect(told[2].contains("\(lines):2:"))
        let record = try outcome.store.read { try $0.document(id: bad) }
        #expect(record == nil || record?.blockCount == 0)
        #expect(try outcome.store.verify().problems == [])
    }
}
