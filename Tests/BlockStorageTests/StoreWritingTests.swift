import BlockStorage
import Diagnostics
import Foundation
import Serialization
import Tensors
import Testing

@Suite struct StoreWritingTests {
    @Test func aTinyMapGrowsAsNeeded() throws {
        let folder = try TemporaryFolder()
        let (tiny, large) = (try folder.store("tiny", mapSizeBytes: 1), try folder.store("large"))
        var random = RandomActions(seed: 7)
        let actions = random.actions(3000, burst: 60)
        let model = try tiny.commit(actions, most: 700, &random.generator)
        _ = try large.commit(actions, most: 3000, &random.generator)
        try model.expectHeld(by: tiny)
        #expect(try tiny.firstDifference(from: large) == nil)
    }

    @Test func readersKeepTheirSnapshotWhileTheWriterCommits() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store(mapSizeBytes: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var last = 0
                    while last < 40 {
                        try store.read { transaction throws in
                            let before = try transaction.statistics()
                            let blocks = try transaction.documents(unfinished: true)
                                .reduce(0) { $0 + $1.blockCount }
                            #expect(blocks == before.blockCount)
                            #expect(before.blockCount.isMultiple(of: 20))
                            last = blocks / 20
                        }
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                var random = RandomActions(seed: 8)
                for commit in 0..<40 {
                    var changes = StoreChanges()
                    if commit == 0 { changes.beginDocument(NewDocument(id: "a", uri: "a")) }
                    for _ in 0..<20 { changes.addBlock(random.block(of: "a"), to: "a") }
                    try store.commit(changes)
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.verify().problems == [])
    }

    @Test func aChangeThatDoesNotFitChangesNothing() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var random = RandomActions(seed: 9)
        func expectRefused(_ error: StoreError, _ build: (inout StoreChanges) -> Void) throws {
            var changes = StoreChanges()
            changes.beginDocument(NewDocument(id: "a", uri: "a"))
            build(&changes)
            do {
                try store.commit(changes)
                Issue.record("\(error) was expected")
            } catch let found {
                #expect(found == error)
            }
            #expect(try store.read { try $0.documents(unfinished: true) } == [])
        }
        let block = random.block(startByte: 4)
        try expectRefused(.outOfPlace(document: "a", expected: 0, found: 4)) {
            $0.addBlock(block, to: "a")
        }
        try expectRefused(.documentNotOpen(id: "b")) { $0.addBlock(block, to: "b") }
        try expectRefused(.documentNotOpen(id: "a")) {
            $0.failDocument("a", reason: "bad")
            $0.endDocument("a", lengthBytes: 0, digest: ContentDigest(of: []))
        }
        try expectRefused(.outOfPlace(document: "a", expected: 0, found: 3)) {
            $0.endDocument("a", lengthBytes: 3, digest: ContentDigest(of: []))
        }
        try expectRefused(.wrongWidth(expected: 8, found: 9)) {
            let text = NewBlock(
                startByte: 0,
                bytes: [],
                paths: [],
                segments: [],
                tokenCount: 0,
                landmark: [Float](repeating: 0, count: 9)
            )
            $0.addBlock(text, to: "a")
        }
    }

    @Test func blocksOfTwoOpenDocumentsMayAlternate() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var random = RandomActions(seed: 10)
        var changes = StoreChanges()
        let ids = ["caf\u{E9}", "cafe\u{301}"]
        for id in ids { changes.beginDocument(NewDocument(id: id, uri: "u")) }
        // Which document each block goes to; equal as Unicode, but not the same.
        let turns = [0, 0, 1, 0, 1, 1, 0]
        var texts: [[UInt8]] = [[], []]
        for turn in turns {
            let block = random.block(startByte: texts[turn].count)
            texts[turn] += block.bytes
            changes.addBlock(block, to: ids[turn])
        }
        for (id, text) in zip(ids, texts) {
            changes.endDocument(id, lengthBytes: text.count, digest: ContentDigest(of: text))
        }
        try store.commit(changes)
        try store.read { transaction throws in
            let documents = try ids.map { try #require(try transaction.document(id: $0)) }
            #expect(documents[0].blockRanges == [0..<2, 3..<4, 6..<7])
            #expect(documents[1].blockRanges == [2..<3, 4..<6])
        }
        #expect(try store.verify().problems == [])
    }

    @Test func idsThatAreEqualAsUnicodeAreTwoDocuments() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var changes = StoreChanges()
        let longID = String(repeating: "long ", count: 500)
        let ids = ["caf\u{E9}", "cafe\u{301}", "", longID, longID + "2"]
        for id in ids {
            changes.beginDocument(NewDocument(id: id, uri: "u"))
            changes.endDocument(id, lengthBytes: 0, digest: ContentDigest(of: []))
        }
        try store.commit(changes)
        try store.read { transaction throws in
            #expect(try transaction.documents().count == 5)
            for (number, id) in ids.enumerated() {
                #expect(try transaction.document(id: id)?.number == UInt32(number))
            }
            #expect(try transaction.document(id: "cafe") == nil)
        }
        #expect(try store.verify().problems == [])
    }

    /// Terms of every length around those by which they are hashed, and no empty one.
    @Test func termsThatAreToldOneByOneAreThoseOfAList() throws {
        let folder = try TemporaryFolder()
        let (listed, told) = (try folder.store("listed"), try folder.store("told"))
        var generator = SeededGenerator(state: 5)
        var texts = (0..<400).map { index in
            (0..<(index % 20)).map { _ in UInt8.random(in: 97...99, using: &generator) }
        }
        texts += texts[100..<300]
        var terms = BlockTerms()
        for text in texts { terms.add(text) }
        var block = NewBlock(
            startByte: 0,
            bytes: [],
            paths: [],
            segments: [],
            tokenCount: 0,
            terms: terms
        )
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        changes.addBlock(block, to: "a")
        try listed.commit(changes)
        changes.removeAll()
        block.terms = BlockTerms()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        changes.addBlock(block, to: "a") { add in
            for text in texts { text.withUnsafeBytes { add($0, 1) } }
        }
        try told.commit(changes)
        #expect(try told.firstDifference(from: listed) == nil)
        #expect(try told.verify().problems == [])
        try told.read { transaction throws in
            let counts = Dictionary(grouping: texts, by: { $0 }).mapValues { UInt32($0.count) }
            for (term, count) in counts where !term.isEmpty {
                #expect(try transaction.postings(of: term).frequencies == [count])
            }
        }
    }

    @Test func anyBytesAreATerm() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        let terms: [[UInt8]] = [
            [0], [0, 0], [255], Array(repeating: 7, count: 255), Array(repeating: 7, count: 256),
            Array(repeating: 7, count: 100_000), [0, 0, 0, 0, 0],
        ]
        var blockTerms = BlockTerms()
        for (index, term) in terms.enumerated() {
            blockTerms.add(term, frequency: UInt32(index + 1))
        }
        blockTerms.add([])
        blockTerms.add([0], frequency: .max)
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        let block = NewBlock(
            startByte: 0,
            bytes: [],
            paths: [],
            segments: [],
            tokenCount: 0,
            terms: blockTerms
        )
        changes.addBlock(block, to: "a")
        try store.commit(changes)
        try store.read { transaction throws in
            for (index, term) in terms.enumerated().dropFirst() {
                #expect(try transaction.postings(of: term).frequencies == [UInt32(index + 1)])
            }
            #expect(try transaction.postings(of: [0]).frequencies == [.max - 1])
            #expect(try transaction.postings(of: []).blocks == [])
        }
        #expect(try store.verify().problems == [])
    }

    @Test func memoriesAreKeptInTheirPrecision() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var generator = SeededGenerator(state: 3)
        let tensor = Tensor(width: 64, elements: (0..<10).flatMap { _ in generator.unitVector(64) })
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        changes.setMemory(MemoryTensor(name: "exact", tensor: tensor), of: "a")
        changes.setMemory(
            MemoryTensor(name: "half", tensor: tensor, precision: .float16),
            of: "a"
        )
        try store.commit(changes)
        try store.read { transaction throws in
            #expect(try transaction.memory("exact", ofDocument: 0)?.tensor == tensor)
            let half = try #require(try transaction.memory("half", ofDocument: 0)).tensor
            for (found, exact) in zip(half.elements, tensor.elements) {
                #expect(abs(found - exact) <= abs(exact) / 2048 + 1e-7)
            }
            #expect(try transaction.memoryNames(ofDocument: 0) == ["exact", "half"])
            #expect(try transaction.memory("none", ofDocument: 0) == nil)
        }
    }
}
