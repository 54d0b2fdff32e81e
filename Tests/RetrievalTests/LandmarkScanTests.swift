import BlockStorage
import Retrieval
import Testing

@Suite struct LandmarkScanTests {
    /// Groups of 256 rows, blocks without a landmark, deleted and unfinished documents.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theExactScanEqualsBruteForce(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var library = try Library()
        var vectors: [(block: UInt64, document: Int, vector: [Float])] = []
        var block: UInt64 = 0
        for document in 0..<60 {
            library.begin("\(document)")
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                let hasLandmark = Int.random(in: 0..<10, using: &generator) > 0
                let vector = generator.unitVector()
                library.add([Segment("x")], landmark: hasLandmark ? vector : nil)
                if hasLandmark { vectors.append((block, document, vector)) }
                block += 1
            }
        }
        try library.commit(unfinished: true)
        try library.delete("7")
        let visible = vectors.filter { $0.document != 7 && $0.document != 59 }
        let question = generator.unitVector()
        let expected = visible.map { entry in
            (entry.block, zip(entry.vector, question).reduce(0.0) { $0 + Double($1.0 * $1.1) })
        }.sorted { $0.1 > $1.1 }.prefix(25)
        let found = try library.store.read { transaction in
            try LandmarkScan.nearest(25, to: question, in: transaction)
        }
        #expect(found.map(\.block) == expected.map(\.0))
        for (neighbour, (_, cosine)) in zip(found, expected) {
            #expect(abs(Double(neighbour.similarity) - cosine) < 1e-5)
        }
    }

    @Test func equalLandmarksComeInTheOrderOfBlocks() throws {
        var library = try Library()
        library.begin("a")
        // So many are alike that not all of them can be nominated.
        for _ in 0..<9_000 { library.add([Segment("x")], landmark: axis(0)) }
        try library.commit()
        let found = try library.store.read { transaction in
            try [LandmarkScan.Method.landmarks, .codes].map { method in
                try LandmarkScan.nearest(5, to: axis(0), method: method, in: transaction)
            }
        }
        for neighbours in found { #expect(neighbours.map(\.block) == [0, 1, 2, 3, 4]) }
    }

    @Test(arguments: [LandmarkScan.Method.landmarks, .codes])
    func whatIsKnownOfASnapshotIsNotUsedInTheNext(method: LandmarkScan.Method) throws {
        var generator = SeededGenerator(state: 6)
        var library = try Library()
        let kept = LandmarkDirectory()
        for round in 0..<6 {
            library.begin("\(round)")
            for _ in 0..<Int.random(in: 100...700, using: &generator) {
                library.add([Segment("x")], landmark: generator.unitVector())
            }
            try library.commit()
            if round == 3 { try library.delete("1") }
            let question = generator.unitVector()
            for _ in 0..<2 {
                let found = try library.store.read { transaction in
                    try LandmarkScan.nearest(
                        20,
                        to: question,
                        method: method,
                        directory: kept,
                        in: transaction
                    )
                }
                let expected = try library.store.read { transaction in
                    try LandmarkScan.nearest(20, to: question, method: method, in: transaction)
                }
                #expect(found.map(\.block) == expected.map(\.block), "round \(round)")
                #expect(found.map(\.similarity) == expected.map(\.similarity))
            }
        }
    }

    @Test func aVectorOfAnotherWidthIsRefused() throws {
        let library = try Library()
        #expect(throws: RetrievalError.wrongWidth(expected: 8, found: 3)) {
            _ = try library.store.read { transaction in
                try LandmarkScan.nearest(1, to: [1, 0, 0], in: transaction)
            }
        }
    }

    @Test func theTopListKeepsTheBestOfAnyOrder() {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<100 {
            let keys = (0..<40).map { _ in Float(Int.random(in: 0..<9, using: &generator)) }
            var list = TopList<Int>(capacity: 7)
            for index in keys.indices.shuffled(using: &generator) {
                list.offer(index, key: keys[index], block: UInt64(index))
            }
            let expected = keys.indices.sorted {
                keys[$0] != keys[$1] ? keys[$0] > keys[$1] : $0 < $1
            }
            #expect(list.elements == Array(expected.prefix(7)))
        }
        var none = TopList<Int>(capacity: 0)
        none.offer(1, key: 1, block: 1)
        #expect(none.elements.isEmpty)
    }
}
