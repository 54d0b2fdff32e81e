import Memory
import Serialization
import Testing

@Suite struct RecallQueueTests {
    private struct Case: Decodable {
        let queue: [[Float]]
        let query: [Float]
        let recalled: [Float]
    }

    @Test func recallEqualsTheReferences() throws {
        for fixture in try fixture("recall.json", as: [Case].self) {
            var queue = RecallQueue(width: fixture.query.count)
            for embedding in fixture.queue { queue.append(embedding) }
            let recalled = try #require(queue.recall(fixture.query))
            // The reference rounds its scores, up to 12, to single precision before the softmax.
            #expect(greatestDifference(recalled, fixture.recalled) < 2e-6)
        }
    }

    @Test func anEmptyQueueRecallsNothing() {
        #expect(RecallQueue(width: 2).recall([1, 0]) == nil)
    }

    @Test func theOldestIsForgottenFirst() {
        var queue = RecallQueue(width: 1, capacity: 3)
        for value: Float in [0.1, 0.2, 0.3, 0.4, 0.5] { queue.append([value]) }
        #expect(queue.rows == [0.3, 0.4, 0.5])
        #expect(queue.count == 3)
    }

    @Test func anInterleavedTopicIsRecalled() throws {
        var generator = SeededGenerator(3)
        let topics = (0..<4).map { _ in generator.unitVector(48) }
        var queue = RecallQueue(width: 48)
        for index in 0..<40 {
            let noise = generator.unitVector(48)
            queue.append(zip(topics[index % 4], noise).map { $0 + 0.5 * $1 }.normalized)
        }
        for (index, topic) in topics.enumerated() {
            let recalled = try #require(queue.recall(topic))
            let cosines = topics.map { zip($0, recalled).reduce(0) { $0 + $1.0 * $1.1 } }
            #expect(cosines.max() == cosines[index])
        }
    }

    @Test func whatIsRecalledStaysFinite() throws {
        var generator = SeededGenerator(4)
        var queue = RecallQueue(width: 9, capacity: 20)
        for _ in 0..<200 {
            queue.append(generator.adversarialVector(9))
            let recalled = try #require(queue.recall(generator.adversarialVector(9)))
            #expect(recalled.allSatisfy { abs($0) <= 1.01 })
        }
    }

    @Test func aQueueOfAnotherShapeIsNotRead() {
        var queue = RecallQueue(width: 2)
        for _ in 0..<5 { queue.append([1, 0]) }
        let written = bytes { queue.write(to: &$0) }
        for (width, capacity) in [(3, 300), (2, 4)] {
            var other = RecallQueue(width: width, capacity: capacity)
            var reader = ByteReader(written)
            #expect(throws: SerializationError.self) { try other.read(from: &reader) }
        }
    }
}
