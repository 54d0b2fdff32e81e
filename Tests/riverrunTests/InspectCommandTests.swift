import Foundation
import Testing

@Suite struct InspectCommandTests {
    private let rivers: Rivers

    init() throws {
        rivers = try Rivers.library.get()
    }

    private func inspect(_ arguments: String...) throws -> [[String: Any]] {
        let result = try Binary.run(["inspect", rivers.store, "--json"] + arguments)
        try #require(result.status == 0, "\(result.errors)")
        return try result.objects()
    }

    @Test func theOverviewCountsWhatIsThere() throws {
        let overview = try #require(try inspect().first)
        #expect(overview["documents"] as? Int == 5)
        #expect(overview["vector_width"] as? Int == 384)
        let documents = try inspect("documents")
        #expect(documents.count == 5)
        let amazon = documents.first { $0["id"] as? String == "amazon" }
        #expect(amazon?["metadata"] as? [String] == ["year=1542"])
        let bytes = documents.compactMap { $0["bytes"] as? Int }
        #expect(bytes.reduce(0, +) == overview["text"] as? Int)
    }

    @Test func blocksTileTheirDocument() throws {
        let id = rivers.folder.appending(path: "liffey.md").path()
        let blocks = try inspect("blocks", "--document", id)
        var expected = 0
        for block in blocks {
            #expect(block["start"] as? Int == expected)
            expected = try #require(block["end"] as? Int)
            #expect(block["boundary"] is NSNumber)
            #expect(block["surprise"] is NSNumber)
        }
        #expect(expected == Rivers.documents["liffey.md"]?.utf8.count)
        let number = try #require(blocks.first?["block"] as? Int)
        let shown = try inspect("block", "\(number)")
        let segments = shown.filter { $0["text"] != nil }
        let neighbours = shown.filter { $0["neighbour"] != nil }
        #expect(segments.count == blocks.first?["segments"] as? Int)
        #expect(!neighbours.isEmpty)
        let similarities = neighbours.compactMap { $0["similarity"] as? Double }
        #expect(similarities == similarities.sorted(by: >))
    }

    @Test func aLongDocumentLeavesItsMemory() throws {
        let scratch = try Scratch()
        let store = scratch.path("store")
        let file = "/usr/share/common-licenses/GPL-3"
        #expect(try Binary.run(["ingest", file, "--store", store]).status == 0)
        let result = try Binary.run(["inspect", store, "memory", file, "--json"])
        let names = try result.objects().compactMap { $0["memory"] as? String }
        #expect(names.sorted() == ["delta", "gist", "queue"])
    }

    @Test func checkpointsAndSizesAreShown() throws {
        let checkpoint = try #require(try inspect("checkpoints").first)
        #expect(checkpoint["pipeline"] as? String == "ingest")
        #expect(checkpoint["state"] as? String == "finished")
        let sizes = try inspect("sizes")
        #expect(sizes.contains { $0["table"] as? String == "landmarks" })
        #expect(sizes.allSatisfy { ($0["bytes"] as? Int ?? -1) >= 0 })
    }

    @Test func verificationReadsEverythingBack() throws {
        let sound = try Binary.run(["inspect", "--verify", rivers.store, "--json"])
        #expect(sound.status == 0)
        #expect(try sound.objects().first?["problems"] as? Int == 0)

        let scratch = try Scratch()
        let copy = scratch.path("store")
        try FileManager.default.copyItem(atPath: rivers.store, toPath: copy)
        let file = URL(filePath: copy + "/data.mdb")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.range(of: Data("liffey.md".utf8), options: .backwards))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: file)
        let damaged = try Binary.run(["inspect", "--verify", copy])
        #expect(damaged.status == 65)
        #expect(damaged.errors.contains(copy))
    }

    @Test func tablesForPeopleHaveAHeading() throws {
        let result = try Binary.run(["inspect", rivers.store, "documents"])
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines.first?.hasPrefix("id ") == true)
    }
}
