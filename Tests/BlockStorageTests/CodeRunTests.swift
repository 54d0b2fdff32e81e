import BlockStorage
import Foundation
import Serialization
import Testing

/// Stores of more than 16,384 blocks, whose codes lie in runs.
@Suite struct CodeRunTests {
    /// Blocks are deleted before, between and after the ends of runs, in one commit with them and in
    /// commits of their own.
    @Test func runsDoNotDependOnWhereCommitsFall() throws {
        let folder = try TemporaryFolder()
        let stores = try [70_000, 30_000, 9_000].map { most in
            let store = try folder.store("most \(most)")
            try store.commit(Self.history, most: most)
            return store
        }
        for store in stores.dropFirst() {
            #expect(try stores[0].firstDifference(from: store) == nil)
        }
        let verification = try stores[0].verify()
        #expect(verification.problems == [])
        try stores[0].read { transaction throws in
            let runs = try transaction.codeRuns()
            #expect(runs.map(\.blockRange) == [0..<65_536, 65_536..<81_920])
            // b and c, deleted before the merge, are not there; e and g, after it, are and not live.
            #expect(runs[0].rowCount == 65_536 - 5_000 - 2_000 - 4_413)
            #expect(runs[0].liveCount == runs[0].rowCount - 2_727 - 487)
            #expect(runs[1].liveCount == runs[1].rowCount)
            #expect(runs[0].lists.count > 500)
            #expect(try transaction.codeGroups().map(\.firstBlock).first == 81_920)
        }
    }

    /// A process that is killed and begins again from what is committed leaves no other store.
    @Test func aStoreThatIsOpenedAgainGetsTheSameRuns() throws {
        let folder = try TemporaryFolder()
        let whole = try folder.store("whole")
        try whole.commit(Self.history, most: 70_000)
        let path = folder.path + "/reopened"
        var rest = Self.history[...]
        while !rest.isEmpty {
            let store = try Store.open(
                at: path,
                mode: .readWrite(create: true),
                settings: testSettings
            )
            try store.commit(Array(rest.prefix(3)), most: 20_000)
            rest = rest.dropFirst(3)
        }
        let reopened = try Store.open(at: path, mode: .readOnly)
        #expect(try whole.firstDifference(from: reopened) == nil)
    }

    @Test func aRunGoesWithItsLastBlock() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        try store.commit([.add("a", 10_000), .add("b", 10_000), .add("c", 1_000)], most: 5_000)
        try store.commit([.delete("a")], most: 1)
        try store.read { transaction throws in
            let runs = try transaction.codeRuns()
            #expect(runs.map(\.rowCount) == [16_384])
            #expect(runs.map(\.liveCount) == [6_384])
        }
        try store.commit([.delete("b"), .delete("c")], most: 1)
        #expect(try store.read { $0.tableSize(of: "runs") } == 0)
        #expect(try store.read { $0.tableSize(of: "codes") } == 0)
        #expect(try store.verify().isSound)
    }

    /// One byte of each part of a run in turn is flipped in the file.
    @Test func verificationFindsAFlippedByte() throws {
        let folder = try TemporaryFolder()
        try folder.store("pristine").commit([.add("a", 17_000)], most: 17_000)
        let records = try folder.records(of: "runs", in: "pristine")
        #expect(records.count == 4)
        var generator = SeededGenerator(state: 9)
        for record in records {
            try? FileManager.default.removeItem(atPath: folder.path + "/store")
            try FileManager.default.copyItem(
                atPath: folder.path + "/pristine",
                toPath: folder.path + "/store"
            )
            var damaged = record
            let index = Int.random(in: 8..<record.count, using: &generator)
            damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try folder.replaceInData(record, with: damaged)
            let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
            let verification = try store.verify()
            #expect(verification.problems.contains { $0.contains("runs") })
        }
    }

    /// Codes that their digest vouches for and that are not those of the landmarks.
    @Test func verificationFindsCodesOfOtherVectors() throws {
        let folder = try TemporaryFolder()
        try folder.store().commit([.add("a", 17_000)], most: 17_000)
        let rows = try #require(try folder.records(of: "runs", in: "store").last)
        var payload = Array(rows[8...])
        // The signs lie at the end, 96 bytes for 16 rows, behind the lower planes.
        payload[payload.count - 16_384 / 16 * 96 - 1] ^= 0x10
        try folder.replaceInData(rows, with: SealedRecordBytes.seal(payload))
        let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
        let problems = try store.verify().problems
        #expect(problems.first?.hasPrefix("runs from block 0: the codes of block") == true)
        #expect(problems.allSatisfy { $0.contains("the codes of") || $0.contains("the signs at") })
    }

    /// Signs that their digest vouches for and that are not those of the codes.
    @Test(arguments: [1, 90]) func verificationFindsSignsOfOtherRows(fromEnd: Int) throws {
        let folder = try TemporaryFolder()
        try folder.store().commit([.add("a", 17_000)], most: 17_000)
        let rows = try #require(try folder.records(of: "runs", in: "store").last)
        var payload = Array(rows[8...])
        // The last bytes are signs of the last sixteen rows; scales lie before them. Bits beyond the width count, too.
        payload[payload.count - fromEnd] ^= 0x10
        try folder.replaceInData(rows, with: SealedRecordBytes.seal(payload))
        let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
        let problems = try store.verify().problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("runs from block 0: the signs at position 163") == true)
    }

    /// What a list's mean and a row's signs say of a product is off by what a bit a dimension can tell.
    @Test func productsOfSignsAreNearThoseOfTheLandmarks() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        // Every eleventh block of such a document has no landmark, so the last tile is not full.
        try store.commit([.add("d", 17_000)], most: 17_000)
        var generator = SeededGenerator(state: 3)
        let question = generator.unitVector(8)
        try store.read { transaction throws in
            let run = try transaction.codeRuns()[0]
            let query = CodeQuery(question)
            let centroids = run.lists.centroids
            var means = [Float](repeating: 0, count: centroids.rowCount)
            centroids.multiply(
                0..<(centroids.rowCount / 16),
                by: query,
                usesLowerPlane: false,
                into: &means
            )
            let tileCount = (run.rowCount + 15) / 16
            let signs = SignQuery(query)
            func products(_ tiles: Range<Int>, list: Int) -> [Float] {
                var products = [Float](repeating: 77, count: tiles.count * 16)
                run.multiplySigns(
                    tiles,
                    by: signs,
                    listProducts: means,
                    from: list,
                    next: nil,
                    into: &products
                )
                return products
            }
            let all = products(0..<tileCount, list: 0)
            #expect(!run.rowCount.isMultiple(of: 16))
            #expect(all[run.rowCount...].allSatisfy { $0 == -.infinity })
            // Tiles of any list are the same as those of all together.
            for list in 0..<run.lists.count {
                let positions = run.lists.positions(of: list)
                let tiles = (positions.lowerBound / 16)..<((positions.upperBound + 15) / 16)
                let rows = (tiles.lowerBound * 16)..<(tiles.upperBound * 16)
                #expect(products(tiles, list: list) == Array(all[rows]))
            }
            var (squares, meanSquares, sum) = (0.0, 0.0, 0.0)
            for list in 0..<run.lists.count {
                for position in run.lists.positions(of: list) {
                    let landmark = try #require(
                        try transaction.landmark(ofBlock: run.block(at: position))
                    )
                    let exact = zip(landmark, question).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                    let mean = means[list] * run.lists.meanLengths[list]
                    sum += Double(all[position] - exact)
                    squares += Double((all[position] - exact) * (all[position] - exact))
                    meanSquares += Double((mean - exact) * (mean - exact))
                }
            }
            let count = Double(run.rowCount)
            #expect(abs(sum / count) < 0.01)
            #expect((squares / count).squareRoot() < 0.64 / 8.0.squareRoot())
            #expect(squares < meanSquares / 2)
        }
    }

    /// Counts that promise more than the records hold are refused, not believed.
    @Test(arguments: [0, 4, 8]) func aRunThatIsNoneIsRefused(countOffset: Int) throws {
        let folder = try TemporaryFolder()
        try folder.store().commit([.add("a", 17_000)], most: 17_000)
        let lists = try #require(try folder.records(of: "runs", in: "store").first)
        var payload = Array(lists[8...])
        payload[countOffset + 1] ^= 0x40
        try folder.replaceInData(lists, with: SealedRecordBytes.seal(payload))
        let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
        let error = #expect(throws: StoreError.self) {
            _ = try store.read { try $0.codeRuns().count }
        }
        #expect(error?.problem.contains("it is no run of codes") == true)
    }

    // MARK: - Histories

    /// What is done to a store in a row.
    enum Step {
        case add(String, Int)
        case delete(String)
    }

    /// Adds 83,000 blocks, and deletes some.
    static let history: [Step] = [
        .add("a", 10_000), .add("b", 5_000), .add("c", 2_000), .delete("b"), .add("d", 20_000),
        .delete("c"), .add("e", 3_000), .add("f", 25_000), .add("g", 1_000), .delete("g"),
        .add("h", 4_000), .delete("e"), .add("i", 13_000),
    ]
}

extension Store {
    /// Commits steps, whole documents of empty blocks, every `most` blocks or sooner.
    fileprivate func commit(_ steps: [CodeRunTests.Step], most: Int) throws {
        var changes = StoreChanges()
        var pending = 0
        for step in steps {
            switch step {
            case .add(let id, let count):
                var generator = SeededGenerator(state: UInt64(id.utf8.first ?? 0))
                changes.beginDocument(NewDocument(id: id, uri: id))
                for index in 0..<count {
                    // Every eleventh block has no landmark in some documents.
                    let landmark = generator.unitVector(8)
                    let isBare = id > "c" && index % 11 == 3
                    let block = NewBlock(
                        startByte: 0,
                        bytes: [],
                        paths: [],
                        segments: [],
                        tokenCount: 0,
                        landmark: isBare ? nil : landmark
                    )
                    changes.addBlock(block, to: id)
                    pending += 1
                    if pending >= most {
                        try commit(changes)
                        changes.removeAll()
                        pending = 0
                    }
                }
                changes.endDocument(id, lengthBytes: 0, digest: ContentDigest(of: []))
            case .delete(let id): changes.deleteDocument(id)
            }
        }
        try commit(changes)
    }
}
