import Memory
import Testing

/// Runs the examples of the room's documentation, with its public interface only.
@Suite struct MemoryExampleTests {
    @Test func anEncoderClosesBlocks() {
        var encoder = MemoryEncoder(configuration: .init(width: 2, minimumPieces: 8))
        let vectors: [[Float]] = [[1, 0], [1, 0], [0, 1], [0, 1]]
        var blocks = vectors.compactMap { encoder.push(Concept(vector: $0[...], pieceCount: 5)) }
        if let last = encoder.endDocument().block { blocks.append(last) }
        #expect(blocks.map(\.segmentCount) == [2, 2])
        #expect(blocks.map(\.landmark) == [[1, 0], [0, 1]])
    }

    @Test func anEncoderGoesOnElsewhere() throws {
        var encoder = MemoryEncoder(configuration: .init(width: 2))
        _ = encoder.push(Concept(vector: [1, 0], pieceCount: 5))
        var other = MemoryEncoder(configuration: .init(width: 2))
        try other.restore(encoder.snapshot())
        #expect(other.snapshot() == encoder.snapshot())
    }

    @Test func aRouterSeesABoundary() {
        var router = ConceptRouter(boundaryShare: 0.2)
        #expect(router.observe([0, 1], after: [0, 0]).probability == 1)
        #expect(router.observe([0, 1], after: [0, 1]).probability == 0)
    }

    @Test func aSensoryMemoryBeginsWithNothing() {
        var memory = SensoryMemory(width: 2)
        #expect(memory.observe([1, 0]).context == [0, 0])
    }

    @Test func aMemoryLearnsWhatFollows() {
        var memory = DeltaMemory(width: 2)
        #expect(memory.observe([1, 0]) == 1)
        #expect(memory.observe([0, 1]) == 1)
        #expect(memory.prediction(from: [1, 0]) == [0, 0.3])
    }

    @Test func aQueueRecalls() throws {
        var queue = RecallQueue(width: 2)
        queue.append([1, 0])
        queue.append([0, 1])
        let recalled = try #require(queue.recall([1, 0]))
        #expect(recalled[0] > 0.9999 && recalled[1] < 0.0001)
    }

    @Test func aPoolIsAWeightedMean() {
        var pool = AttentionPool(width: 2)
        pool.add([1, 0], score: 0)
        pool.add([0, 1], score: 0)
        #expect(pool.mean == [0.5, 0.5])
    }
}
