import BlockStorage
import Foundation
import Serialization
import Testing

@Suite struct AttentionStoreTests {
    private static let width = 5

    private func reading(_ document: String = "a book") -> AttentionReading {
        AttentionReading(
            modelFingerprint: "0123",
            modelName: "model",
            document: document,
            layout: AttentionReading.Layout(
                initialTokenCount: 2,
                windowLength: 8,
                blockLength: 4,
                representativeCount: 2,
                retrievedBlockCount: 2,
                stepLength: 4,
                layerCount: 2,
                landmarkWidth: Self.width
            ),
            budgetBytes: .max
        )
    }

    private func bytes(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private func write(_ seed: UInt64, in folder: borrowing TemporaryFolder) throws -> Written {
        let store = try AttentionStore(
            ofStoreAt: folder.path + "/store",
            mode: .readWrite(create: true)
        )
        return try Written(self, seed, store)
    }

    /// A reading whose blocks came in several commits.
    private struct Written {
        var reading: AttentionReading
        var tokens: [Int32] = []
        var blocks: [[[UInt8]?]] = [[], []]
        var landmarks: [[Float]] = [[], []]
        var states: [[UInt8]] = []

        init(_ tests: AttentionStoreTests, _ seed: UInt64, _ store: AttentionStore) throws {
            var generator = SeededGenerator(state: seed)
            reading = try store.begin(tests.reading("book \(seed)"))
            for count in [2 * AttentionStore.tokensPerRecord, 10] {
                let more = (0..<count).map { _ in Int32.random(in: 0...500, using: &generator) }
                tokens += more
                reading.tokenCount += count
                try store.add(more[...], to: reading)
            }
            reading.state = .reading
            for newCount in [3, 70, 1, 64] {
                let keptCount = reading.blockCount < 60 ? newCount : 0
                let new = (0..<2).map { layer in
                    (0..<newCount).map { index -> [UInt8]? in
                        guard index < keptCount else { return nil }
                        // Half of them can be compressed.
                        return layer == 0
                            ? tests.bytes(300, &generator)
                            : [UInt8](repeating: UInt8(index), count: 3000)
                    }
                }
                let rows = (0..<2).map { _ in
                    (0..<(newCount * AttentionStoreTests.width)).map { _ in
                        Float.random(in: -1...1, using: &generator)
                    }
                }
                // Longer and shorter than before.
                states = (0..<2).map { _ in
                    tests.bytes(newCount == 70 ? 1_100_000 : 1000, &generator)
                }
                reading.blockCount += newCount
                reading.keptCount += keptCount
                reading.readCount = reading.blockCount * 4
                reading = try store.commit(
                    AttentionChanges(
                        reading: reading,
                        blocks: new,
                        landmarks: rows,
                        states: states
                    )
                )
                for layer in 0..<2 {
                    blocks[layer] += new[layer]
                    landmarks[layer] += rows[layer]
                }
            }
        }

        func expectHeld(by store: AttentionStore) throws {
            #expect(try store.readings().contains(reading))
            #expect(try store.tokens(0..<tokens.count, of: reading) == tokens)
            #expect(try store.tokens(4090..<8195, of: reading) == Array(tokens[4090..<8195]))
            #expect(try store.tokens(7..<7, of: reading) == [])
            for layer in 0..<2 {
                for (index, block) in blocks[layer].enumerated() {
                    #expect(
                        try store.block(index, layer: layer, of: reading, limit: 3000) == block
                    )
                }
                var rows: [Float] = []
                try store.forEachLandmarkGroup(layer: layer, of: reading, checked: 0) {
                    #expect($0 * AttentionStoreTests.width == rows.count)
                    #expect(Int(bitPattern: $1.baseAddress).isMultiple(of: 64))
                    rows += $1
                }
                #expect(rows == landmarks[layer])
                #expect(try store.state(layer: layer, of: reading) == states[layer])
            }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryFolder()
        let one = try write(1, in: folder)
        let other = try write(2, in: folder)
        for mode in [StoreMode.readOnly, .readWrite(create: true)] {
            let store = try AttentionStore(ofStoreAt: folder.path + "/store", mode: mode)
            for written in [one, other] { try written.expectHeld(by: store) }
        }
        let store = try AttentionStore(
            ofStoreAt: folder.path + "/store",
            mode: .readWrite(create: true)
        )
        try store.delete([one.reading.number])
        try other.expectHeld(by: store)
        #expect(try store.readings() == [other.reading])
        try store.delete([other.reading.number])
        for table in AttentionStore.tableNames where table != "meta" {
            try store.forEachRecord(of: table) { _, _ in Issue.record("\(table) has a record") }
        }
        #expect(throws: StoreError.self) {
            try AttentionStore(ofStoreAt: folder.path + "/store", mode: .readWrite(create: true))
        }
    }

    @Test func aStoreMayBeMadeAroundIt() throws {
        let folder = try TemporaryFolder()
        let written = try write(3, in: folder)
        _ = try folder.store()
        let store = try AttentionStore(ofStoreAt: folder.path + "/store", mode: .readOnly)
        try written.expectHeld(by: store)
        #expect(throws: StoreError.readOnly(path: store.path)) { try store.delete([1]) }
    }

    @Test func whatIsNotThereIsTold() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store"
        #expect(throws: StoreError.missing(path: path)) {
            try AttentionStore(ofStoreAt: path, mode: .readOnly)
        }
        _ = try folder.store()
        #expect(throws: StoreError.noAttention(path: path)) {
            try AttentionStore(ofStoreAt: path, mode: .readOnly)
        }
        try FileManager.default.createDirectory(
            atPath: path + "/attention",
            withIntermediateDirectories: true
        )
        for content in ["", "no database of LMDB's, but a text of more than a page"] {
            let long = Data(String(repeating: content, count: 200).utf8)
            try long.write(to: URL(filePath: path + "/attention/data.mdb"))
            #expect {
                try AttentionStore(ofStoreAt: path, mode: .readOnly)
            } throws: { error in
                guard case .damagedAttention(path + "/attention", _, _)? = error as? StoreError
                else { return false }
                return true
            }
        }
    }

    /// One byte of each kind of record is flipped in the file; whoever reads it is told.
    @Test(arguments: ["readings", "tokens", "blocks", "landmarks", "states"])
    func aFlippedByteIsFound(table: String) throws {
        let folder = try TemporaryFolder()
        let written = try write(5, in: folder)
        let path = folder.path + "/store"
        var record: [UInt8] = []
        try AttentionStore(ofStoreAt: path, mode: .readOnly).forEachRecord(of: table) { _, bytes in
            if record.isEmpty { record = Array(bytes) }
        }
        // An overflow page of the map ends in what was there before.
        let whole = try Data(contentsOf: URL(filePath: path + "/attention/data.mdb"))
        var generator = SeededGenerator(state: 6)
        for _ in 0..<4 {
            var damaged = whole
            let place = try #require(damaged.range(of: Data(record), options: .backwards))
            let index = Int.random(in: 0..<record.count, using: &generator)
            damaged[place.lowerBound + index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try damaged.write(to: URL(filePath: path + "/attention/data.mdb"))
            let store = try AttentionStore(ofStoreAt: path, mode: .readOnly)
            #expect(throws: StoreError.self, "byte \(index)") {
                for reading in try store.readings() {
                    _ = try store.tokens(0..<reading.tokenCount, of: reading)
                    for layer in 0..<2 {
                        for index in 0..<reading.blockCount {
                            _ = try store.block(index, layer: layer, of: reading, limit: 3000)
                        }
                        try store.forEachLandmarkGroup(layer: layer, of: reading, checked: 0) {
                            _,
                            _ in
                        }
                        _ = try store.state(layer: layer, of: reading)
                    }
                }
            }
        }
        try whole.write(to: URL(filePath: path + "/attention/data.mdb"))
        try written.expectHeld(by: AttentionStore(ofStoreAt: path, mode: .readOnly))
    }
}
