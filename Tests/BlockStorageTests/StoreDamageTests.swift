import BlockStorage
import Foundation
import Serialization
import Testing

@Suite struct StoreDamageTests {
    /// One byte of each record in turn is flipped in the file; verification names the table, and
    /// nothing crashes.
    @Test(
        arguments: [
            "documents", "blocks", "concepts", "landmarks", "postings", "lengths", "memories",
            "checkpoints", "document-ids", "codes",
        ]
    )
    func verificationFindsAFlippedByte(table: String) throws {
        let folder = try TemporaryFolder()
        var random = RandomActions(seed: 5)
        _ = try folder.store("pristine").commit(
            random.everything(),
            most: 1000,
            &random.generator
        )
        // An id's number alone would be found in too many places; LMDB keeps it behind its key.
        let hasKey = table == "document-ids"
        let records = try folder.records(of: table, in: "pristine", withKeys: hasKey)
        #expect(!records.isEmpty)
        for record in records.prefix(6) {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/store",
                withIntermediateDirectories: true
            )
            let pristine = folder.path + "/pristine/data.mdb"
            let copy = folder.path + "/store/data.mdb"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: pristine, toPath: copy)
            var damaged = record
            let index = Int.random(
                in: (hasKey ? record.count - 4 : 0)..<record.count,
                using: &random.generator
            )
            damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &random.generator)
            try folder.replaceInData(record, with: damaged)
            let verification = try Store.open(at: folder.path + "/store", mode: .readOnly).verify()
            #expect(!verification.isSound, "byte \(index) of \(record.count)")
            let isNamed = verification.problems.contains { $0.contains(table) }
            #expect(isNamed, "\(verification.problems.prefix(3))")
        }
    }

    @Test func verificationCountsWhatItReads() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        var random = RandomActions(seed: 6)
        let model = try store.commit(random.actions(200), most: 50, &random.generator)
        let verification = try store.verify()
        let blocks = model.documents.values.flatMap(\.blocks)
        #expect(verification.documentCount == model.documents.count)
        #expect(verification.blockCount == blocks.count)
        #expect(verification.textBytes == blocks.reduce(0) { $0 + $1.block.bytes.count })
        #expect(verification.landmarkCount == blocks.count { $0.block.landmark != nil })
        let frequencies = blocks.flatMap { $0.block.terms.entries.map { $0.1 } }
        #expect(verification.termCount == frequencies.reduce(0) { $0 + Int($1) })
        #expect(verification.checkpointCount == model.checkpoints.count)
    }

    @Test func comparisonNamesTheFirstDifference() throws {
        let folder = try TemporaryFolder()
        let (left, right) = (try folder.store("left"), try folder.store("right"))
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "file:a"))
        try left.commit(changes)
        try right.commit(changes)
        #expect(try left.firstDifference(from: right) == nil)
        changes.removeAll()
        changes.endDocument("a", lengthBytes: 0, digest: ContentDigest(of: []))
        try left.commit(changes)
        let difference = try left.firstDifference(from: right)
        #expect(difference?.table == "documents")
        #expect(difference?.key == "0")
    }
}
