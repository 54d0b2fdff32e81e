import BlockStorage
import Tensors
import Testing

@Suite struct RecordTests {
    @Test func quantizedConceptsKeepTheirDirection() throws {
        let folder = try TemporaryFolder()
        let settings = StoreSettings(encoder: "e", vectorWidth: 384)
        let store = try folder.store(settings: settings)
        var random = RandomActions(seed: 31)
        var concepts = Tensor<Float>(width: 384)
        for _ in 0..<200 { concepts.append(row: random.generator.unitVector(384)) }
        let landmark = random.generator.unitVector(384)
        try store.commit(oneBlock(concepts: concepts, landmark: landmark))
        try store.read { transaction throws in
            let decoded = try #require(try transaction.concepts(ofBlock: 0))
            for row in 0..<200 {
                let cosine = cosine(Array(decoded[row: row]), Array(concepts[row: row]))
                #expect(cosine > 1 - 1e-4)
            }
            #expect(try transaction.landmark(ofBlock: 0) == landmark)
            let scanned = try transaction.withConcepts(ofBlock: 0) { rows in
                zip(0..<384, landmark).reduce(Float(0)) { $0 + Float(rows.rows[$1.0]) * $1.1 }
                    * rows.scale(0)
            }
            let exact = zip(decoded[row: 0], landmark).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            #expect(abs(try #require(scanned) - exact) < 1e-5)
        }
    }

    @Test func vectorsThatAreNotFiniteAreHarmless() throws {
        let folder = try TemporaryFolder()
        let store = try folder.store()
        let concepts = Tensor<Float>(
            width: 8,
            elements: [.nan, .infinity, -.infinity, 1, -2, 0, .leastNonzeroMagnitude, 2]
                + [Float](repeating: .leastNonzeroMagnitude, count: 8)
                + [Float](repeating: 0, count: 8)
        )
        try store.commit(oneBlock(concepts: concepts, landmark: nil))
        let decoded = try store.read { try $0.concepts(ofBlock: 0) }
        #expect(decoded?.elements.allSatisfy { $0.isFinite } == true)
        #expect(decoded?.elements[4] == -2)
    }

    @Test func landmarksAreAlignedForTheScan() throws {
        let folder = try TemporaryFolder()
        for width in [1, 3, 8, 384] {
            let settings = StoreSettings(encoder: "e", vectorWidth: width)
            let store = try folder.store("width \(width)", settings: settings)
            var random = RandomActions(seed: 1)
            var changes = StoreChanges()
            changes.beginDocument(NewDocument(id: "a", uri: "a"))
            var landmarks: [[Float]?] = []
            for index in 0..<300 {
                let landmark = index % 7 == 4 ? nil : random.generator.unitVector(width)
                landmarks.append(landmark)
                changes.addBlock(emptyBlock(landmark: landmark), to: "a")
            }
            try store.commit(changes)
            try store.read { transaction throws in
                var groups: [LandmarkGroup] = []
                try transaction.forEachLandmarkGroup(in: 0..<300) { groups.append($0) }
                #expect(groups.map(\.firstBlock) == [0, 256])
                #expect(groups.map(\.rowCount) == [256, 44])
                for group in groups {
                    let address = UInt(bitPattern: group.rows.baseAddress)
                    #expect(address.isMultiple(of: 64))
                    for row in 0..<group.rowCount {
                        let landmark = landmarks[Int(group.firstBlock) + row]
                        #expect(group.isValid(row) == (landmark != nil))
                        let found = Array(group.rows[(row * width)..<((row + 1) * width)])
                        #expect(found == landmark ?? [Float](repeating: 0, count: width))
                    }
                }
            }
        }
    }

    /// Every record is replaced by bytes that its digest vouches for and that mean nothing.
    @Test(arguments: ["documents", "blocks", "concepts", "memories", "checkpoints", "lengths"])
    func forgedRecordsAreReported(table: String) throws {
        let folder = try TemporaryFolder()
        var random = RandomActions(seed: 41)
        _ = try folder.store().commit(random.everything(), most: 1000, &random.generator)
        let record = try #require(try folder.records(of: table, in: "store").first)
        for round in 0..<20 {
            var payload = Array(record[8...])
            if round == 0 {
                payload = [UInt8](repeating: 255, count: payload.count)
            } else {
                for _ in 0..<round {
                    let index = Int.random(in: payload.indices, using: &random.generator)
                    payload[index] = UInt8.random(in: 0...255, using: &random.generator)
                }
            }
            let forged = SealedRecordBytes.seal(payload)
            try folder.replaceInData(record, with: forged)
            do {
                let store = try Store.open(at: folder.path + "/store", mode: .readOnly)
                let verification = try store.verify()
                if round == 0 { #expect(!verification.isSound) }
            }
            try folder.replaceInData(forged, with: record)
        }
    }

    private func emptyBlock(concepts: Tensor<Float>? = nil, landmark: [Float]?) -> NewBlock {
        let segment = SegmentRecord(
            end: 0,
            kind: "sentence",
            pathIndex: 0,
            boundary: 0,
            surprise: 0
        )
        return NewBlock(
            startByte: 0,
            bytes: [],
            paths: [[]],
            segments: [SegmentRecord](repeating: segment, count: concepts?.rowCount ?? 1),
            tokenCount: 0,
            concepts: concepts,
            landmark: landmark
        )
    }

    private func oneBlock(concepts: Tensor<Float>, landmark: [Float]?) -> StoreChanges {
        var changes = StoreChanges()
        changes.beginDocument(NewDocument(id: "a", uri: "a"))
        changes.addBlock(emptyBlock(concepts: concepts, landmark: landmark), to: "a")
        return changes
    }

    private func cosine(_ left: [Float], _ right: [Float]) -> Double {
        var (product, leftNorm, rightNorm) = (0.0, 0.0, 0.0)
        for (x, y) in zip(left, right) {
            product += Double(x) * Double(y)
            leftNorm += Double(x) * Double(x)
            rightNorm += Double(y) * Double(y)
        }
        return product / (leftNorm * rightNorm).squareRoot()
    }
}
