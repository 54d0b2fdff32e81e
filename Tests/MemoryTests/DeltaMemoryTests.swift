import Memory
import Serialization
import Testing

@Suite struct DeltaMemoryTests {
    private struct Case: Decodable {
        let source: String
        let momentum: Float
        let learningRate: Float
        let forgetting: Float
        let maximumGradientNorm: Float
        let rows: [[Float]]
        let losses: [Float]
        let memory: [[Float]]
    }

    private func norm(_ values: [Float]) -> Float {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    @Test func lossesAndMemoryEqualTheReferences() throws {
        for fixture in try fixture("delta.json", as: [Case].self) {
            var memory = DeltaMemory(
                width: fixture.rows[0].count,
                configuration: .init(
                    momentum: fixture.momentum,
                    learningRate: fixture.learningRate,
                    forgetting: fixture.forgetting,
                    maximumGradientNorm: fixture.maximumGradientNorm
                )
            )
            let losses = fixture.rows.map { memory.observe($0) }
            // Forty steps of single precision against double.
            #expect(greatestDifference(Array(losses[1...]), fixture.losses) < 1e-5)
            #expect(greatestDifference(memory.weights, fixture.memory.flatMap { $0 }) < 1e-5)
            #expect(losses[0] == 1)
        }
    }

    @Test func aReferenceCaseIsClipped() throws {
        let fixtures = try fixture("delta.json", as: [Case].self)
        #expect(fixtures.contains { $0.source == "titans-pytorch" })
        for fixture in fixtures where fixture.source == "equations" {
            // |∇| = 2 |k| |e|, and keys are of length 1.
            #expect(fixture.losses.contains { 2 * $0.squareRoot() > fixture.maximumGradientNorm })
        }
    }

    @Test func oneWriteRecallsTheValue() {
        var generator = SeededGenerator(1)
        for width in [1, 5, 16, 40, 384] {
            let configuration = DeltaMemory.Configuration(
                momentum: 0,
                learningRate: 0.5,
                forgetting: 0
            )
            var memory = DeltaMemory(width: width, configuration: configuration)
            let (key, value) = (generator.unitVector(width), generator.unitVector(width))
            _ = memory.observe(key)
            #expect(abs(memory.observe(value) - 1) < 1e-5)
            #expect(greatestDifference(memory.prediction(from: key), value) < 1e-6)
            // A second write of the same finds nothing to learn.
            _ = memory.observe(key)
            #expect(memory.observe(value) < 0.3 || width == 1)
        }
    }

    @Test func theExpectationIsThePrediction() {
        var generator = SeededGenerator(2)
        // Widths with and without a remainder beyond sixteen lanes.
        for width in [7, 16, 50] {
            var memory = DeltaMemory(width: width)
            var last: [Float] = []
            for _ in 0..<30 {
                let concept = generator.unitVector(width)
                let expected = last.isEmpty ? concept : memory.prediction(from: last)
                var loss: Float = 0
                for (a, b) in zip(expected, concept) { loss += (a - b) * (a - b) }
                let surprise = memory.observe(concept)
                // Sums in another order.
                #expect(last.isEmpty ? surprise == 1 : abs(surprise - loss) < 1e-6 * (1 + loss))
                last = concept
            }
        }
    }

    @Test func aRepeatedSequenceSurprisesLessAndLess() {
        var generator = SeededGenerator(3)
        let circle = (0..<6).map { _ in generator.unitVector(64) }
        var memory = DeltaMemory(width: 64)
        let rounds = (0..<20).map { _ in circle.reduce(0) { $0 + memory.observe($1) } }
        #expect(rounds[19] < 0.3 * rounds[1])
        #expect(memory.observe(generator.unitVector(64)) > 0.5)
    }

    @Test func theNormStaysBoundedWhateverComes() {
        var generator = SeededGenerator(4)
        let width = 8
        let configuration = DeltaMemory.Configuration()
        // |S| ≤ θ · clip / (1 − η) and |M| ≤ |S| / α, whatever the gradients are.
        let bound =
            configuration.learningRate * configuration.maximumGradientNorm
            / (1 - configuration.momentum) / configuration.forgetting
        var memory = DeltaMemory(width: width)
        let extremes = (0..<64).map { _ in generator.unitVector(width) }
        var isFinite = true
        for step in 0..<200_000 {
            // Keys that return, with values that turn about: what pumps a memory up the most.
            var concept = extremes[(step / 2) % 3]
            if step % 4 == 1 { concept = concept.map { -$0 } }
            if step % 97 == 0 { concept = generator.adversarialVector(width) }
            let surprise = memory.observe(concept)
            isFinite = isFinite && surprise.isFinite && surprise >= 0
        }
        #expect(isFinite)
        #expect(norm(memory.weights) <= bound)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 0, .leastNonzeroMagnitude, 3e38, -3e38])
    func noInputMakesItInfinite(value: Float) {
        var generator = SeededGenerator(5)
        var memory = DeltaMemory(width: 12)
        for step in 0..<50 {
            let constant = [Float](repeating: value, count: 12)
            let surprise = memory.observe(step % 3 == 0 ? generator.unitVector(12) : constant)
            #expect(surprise.isFinite)
        }
        #expect(memory.weights.allSatisfy { $0.isFinite })
    }

    @Test func ratesThatDivergeAreHeldByTheClip() {
        var generator = SeededGenerator(6)
        let configuration = DeltaMemory.Configuration(
            momentum: 0.99,
            learningRate: 10,
            forgetting: 0,
            maximumGradientNorm: 1
        )
        var memory = DeltaMemory(width: 6, configuration: configuration)
        var surprises: [Float] = []
        for _ in 0..<20_000 { surprises.append(memory.observe(generator.unitVector(6))) }
        #expect(surprises.allSatisfy { $0.isFinite })
    }

    @Test func resetForgetsEverything() {
        var memory = DeltaMemory(width: 4)
        for _ in 0..<3 { _ = memory.observe([0.5, 0.5, 0.5, 0.5]) }
        memory.reset()
        #expect(memory == DeltaMemory(width: 4))
    }

    @Test func itGoesOnFromItsBytes() throws {
        var generator = SeededGenerator(7)
        let concepts = (0..<12).map { _ in generator.unitVector(20) }
        for cut in 0...concepts.count {
            var whole = DeltaMemory(width: 20)
            for concept in concepts[..<cut] { _ = whole.observe(concept) }
            var part = DeltaMemory(width: 20)
            _ = part.observe(generator.unitVector(20))
            var reader = ByteReader(bytes { whole.write(to: &$0) })
            try part.read(from: &reader)
            #expect(part == whole)
            for concept in concepts[cut...] {
                #expect(part.observe(concept) == whole.observe(concept))
            }
        }
    }

    @Test func aMemoryOfAnotherWidthIsNotRead() {
        var memory = DeltaMemory(width: 3)
        for _ in 0..<3 { _ = memory.observe([1, 0, 0]) }
        var reader = ByteReader(bytes { memory.write(to: &$0) })
        var other = DeltaMemory(width: 4)
        #expect(throws: SerializationError.self) { try other.read(from: &reader) }
    }
}
