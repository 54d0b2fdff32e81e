import Memory
import Serialization
import Testing

@Suite struct SensoryMemoryTests {
    @Test func viewsAreWhatTheFormulasSay() {
        var generator = SeededGenerator(1)
        let concepts = (0..<20).map { _ in generator.unitVector(6) }
        var memory = SensoryMemory(width: 6)
        var sum = [Double](repeating: 0, count: 6)
        var average: [Double] = []
        func seen(_ vector: [Double], _ count: Int) -> [Float] {
            let difference = zip(vector, sum).map { $0 - $1 / Double(count + 4) }
            let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return difference.map { Float($0 / length) }
        }
        for (count, concept) in concepts.enumerated() {
            let exact = concept.map(Double.init)
            let view = memory.observe(concept)
            #expect(greatestDifference(view.concept, seen(exact, count)) < 1e-5)
            if count > 0 {
                #expect(greatestDifference(view.context, seen(average, count)) < 1e-5)
            }
            average = count == 0 ? exact : zip(average, exact).map { ($0 + $1) / 2 }
            for index in sum.indices { sum[index] += exact[index] }
            #expect(greatestDifference(memory.context, seen(average, count + 1)) < 1e-5)
        }
    }

    @Test func nothingIsSeenBeforeTheFirstConcept() {
        var memory = SensoryMemory(width: 3)
        #expect(memory.context == [0, 0, 0])
        let view = memory.observe([0, 0, 1])
        #expect(view.context == [0, 0, 0] && view.concept == [0, 0, 1])
        memory.reset()
        #expect(memory == SensoryMemory(width: 3))
    }

    @Test func viewsStayFinite() {
        var generator = SeededGenerator(2)
        var memory = SensoryMemory(width: 5)
        for _ in 0..<1_000 {
            let view = memory.observe(generator.adversarialVector(5))
            #expect((view.context + view.concept).allSatisfy { abs($0) <= 1.001 })
        }
    }

    @Test func aMemoryOfAnotherWidthIsNotRead() {
        var memory = SensoryMemory(width: 3)
        _ = memory.observe([1, 0, 0])
        var reader = ByteReader(bytes { memory.write(to: &$0) })
        var other = SensoryMemory(width: 4)
        #expect(throws: SerializationError.self) { try other.read(from: &reader) }
    }
}
