import Memory
import Tensors
import Testing

/// A document of topics under headings, of segments of all lengths.
private func document(_ generator: inout SeededGenerator, width: Int, count: Int) -> [Concept] {
    var concepts: [Concept] = []
    var topic = generator.unitVector(width)
    var path: [String] = []
    var pathVector: [Float]?
    for _ in 0..<count {
        let isHeading = Int.random(in: 0..<12, using: &generator) == 0
        if isHeading {
            path = ["Book", "Chapter \(concepts.count)"]
            pathVector = generator.unitVector(width)
        }
        if Int.random(in: 0..<6, using: &generator) == 0 { topic = generator.unitVector(width) }
        let noise = generator.unitVector(width)
        concepts.append(
            Concept(
                vector: zip(topic, noise).map { $0 + 0.5 * $1 }.normalized[...],
                pieceCount: Int.random(in: 1...60, using: &generator),
                isHeading: isHeading,
                path: path,
                pathVector: pathVector
            )
        )
    }
    return concepts
}

/// Every weight in use, so that no part of the state can be forgotten.
private let everything = MemoryEncoderConfiguration(
    width: 24,
    pathWeight: 0.5,
    recallWeight: 0.3,
    surpriseWeight: 0.4
)

private func blocks(
    _ concepts: [Concept],
    _ configuration: MemoryEncoderConfiguration
) -> [EncodedBlock] {
    var encoder = MemoryEncoder(configuration: configuration)
    var blocks = concepts.compactMap { encoder.push($0) }
    if let last = encoder.endDocument().block { blocks.append(last) }
    return blocks
}

/// A concept of the first, second or third axis.
private func axis(_ index: Int, pieces: Int = 20, heading: Bool = false, path: String? = nil)
    -> Concept
{
    var vector: [Float] = [0, 0, 0]
    vector[index] = 1
    let path = path.map { [$0] } ?? []
    return Concept(vector: vector[...], pieceCount: pieces, isHeading: heading, path: path)
}

@Suite struct MemoryEncoderTests {
    @Test func anEncoderGoesOnFromASnapshotTakenAnywhere() throws {
        var generator = SeededGenerator(1)
        let concepts = document(&generator, width: 24, count: 150)
        let whole = blocks(concepts, everything)
        #expect(whole.count > 10)
        for cut in 0...concepts.count {
            var first = MemoryEncoder(configuration: everything)
            var found = concepts[..<cut].compactMap { first.push($0) }
            let snapshot = first.snapshot()
            var second = MemoryEncoder(configuration: everything)
            // What an encoder did before must not show.
            for concept in concepts.prefix(cut % 7) { _ = second.push(concept) }
            try second.restore(snapshot)
            let isSame = second.snapshot() == snapshot
            #expect(isSame)
            found += concepts[cut...].compactMap { second.push($0) }
            for concept in concepts[cut...] { _ = first.push(concept) }
            let endsSame = first.snapshot() == second.snapshot()
            #expect(endsSame)
            let (last, memories) = second.endDocument()
            #expect(found + (last.map { [$0] } ?? []) == whole)
            #expect(memories == first.endDocument().memories)
        }
    }

    @Test func aDocumentDoesNotDependOnTheOneBefore() {
        var generator = SeededGenerator(2)
        let concepts = document(&generator, width: 24, count: 80)
        var encoder = MemoryEncoder(configuration: everything)
        for concept in document(&generator, width: 24, count: 100) { _ = encoder.push(concept) }
        _ = encoder.endDocument()
        var found = concepts.compactMap { encoder.push($0) }
        if let last = encoder.endDocument().block { found.append(last) }
        #expect(found == blocks(concepts, everything))
    }

    @Test(arguments: [0.01, 0.3, 1] as [Float])
    func blocksTileTheDocumentWithinTheirLimits(share: Float) {
        var generator = SeededGenerator(3)
        var configuration = MemoryEncoderConfiguration(width: 24)
        configuration.boundaryShare = Double(share)
        for _ in 0..<20 {
            var concepts = document(&generator, width: 24, count: 120)
            concepts[60].pieceCount = 900
            var next = 0
            let found = blocks(concepts, configuration)
            for (index, block) in found.enumerated() {
                let segments = concepts[next..<(next + block.segmentCount)]
                next += block.segmentCount
                #expect(block.pieceCount == segments.reduce(0) { $0 + $1.pieceCount })
                #expect(block.boundaries.count == segments.count)
                #expect(block.surprises.count == segments.count)
                #expect(block.pieceCount <= configuration.maximumPieces || segments.count == 1)
                let length = block.landmark.reduce(0) { $0 + $1 * $1 }
                #expect(abs(length - 1) < 1e-5)
                guard index + 1 < found.count else { continue }
                let following = concepts[next]
                let isFull =
                    block.pieceCount + following.pieceCount > configuration.maximumPieces
                let beginsPart = following.isHeading || following.path != segments.last?.path
                let least =
                    beginsPart ? configuration.minimumSectionPieces : configuration.minimumPieces
                #expect(isFull || block.pieceCount >= least)
            }
            #expect(next == concepts.count)
        }
    }

    @Test func aHeadingClosesABlockThatIsLongEnough() {
        let configuration = MemoryEncoderConfiguration(width: 3)
        func counts(_ concepts: [Concept]) -> [Int] {
            blocks(concepts, configuration).map(\.segmentCount)
        }
        let text = [axis(0), axis(0), axis(0)]
        #expect(counts(text + [axis(0, heading: true)] + text) == [3, 4])
        #expect(counts(text.dropLast() + [axis(0, heading: true)] + text) == [6])
        #expect(
            counts(text + [axis(0, path: "Next")] + text.map { _ in axis(0, path: "Next") }) == [
                3, 4,
            ]
        )
    }

    @Test func aShortPartIsJoinedToTheNext() {
        let configuration = MemoryEncoderConfiguration(width: 3)
        let concepts =
            [axis(0, pieces: 5, path: "A")] + (0..<4).map { _ in axis(0, path: "B") }
        // The fifth segment does not begin a part, although its path is not that of the first.
        #expect(blocks(concepts, configuration).map(\.segmentCount) == [5])
    }

    @Test func aTurnClosesABlockThatIsLongEnough() {
        let configuration = MemoryEncoderConfiguration(width: 3, minimumPieces: 60)
        let concepts = [0, 0, 0, 0, 1, 1, 1, 1].map { axis($0) }
        #expect(blocks(concepts, configuration).map(\.segmentCount) == [4, 4])
    }

    @Test func landmarksAreWhatTheWeightsSay() {
        let pathVector: [Float] = [0, 0, 1]
        func landmark(_ weight: Double, _ paths: [[Float]?]) -> [Float] {
            let configuration = MemoryEncoderConfiguration(width: 3, pathWeight: weight)
            let concepts = paths.map { Concept(vector: [1, 0, 0], pieceCount: 9, pathVector: $0) }
            return blocks(concepts, configuration)[0].landmark
        }
        #expect(landmark(0, [pathVector]) == [1, 0, 0])
        #expect(landmark(1, [nil]) == [1, 0, 0])
        #expect(greatestDifference(landmark(1, [pathVector]), [1, 0, 1].normalized) < 1e-6)
        #expect(greatestDifference(landmark(1, [pathVector, nil]), [2, 0, 1].normalized) < 1e-6)
    }

    @Test func aLandmarkDependsOnItsOwnBlockAlone() {
        let configuration = MemoryEncoderConfiguration(
            width: 3,
            minimumPieces: 10,
            minimumSectionPieces: 10,
            pathWeight: 1
        )
        var first = axis(0, path: "First")
        first.pathVector = [0, 1, 0]
        var second = axis(2, path: "Second")
        second.pathVector = [0, 0.6, 0.8]
        let found = blocks([first, second, axis(1, path: "Third")], configuration)
        let alone = [first, second, axis(1, path: "Third")].map { blocks([$0], configuration)[0] }
        #expect(found.map(\.landmark) == alone.map(\.landmark))
    }

    @Test func recallAddsWhatEarlierBlocksHeld() {
        let configuration = MemoryEncoderConfiguration(
            width: 3,
            minimumPieces: 10,
            pathWeight: 0,
            recallWeight: 1
        )
        let found = blocks([axis(0), axis(1), axis(2)], configuration)
        #expect(found.count == 3)
        #expect(found[0].landmark == [1, 0, 0])
        #expect(greatestDifference(found[1].landmark, [1, 1, 0].normalized) < 1e-6)
        // Both earlier blocks are as far away, so half of each is recalled.
        let third: [Float] = [Float(0.5).squareRoot(), Float(0.5).squareRoot(), 1]
        #expect(greatestDifference(found[2].landmark, third.normalized) < 1e-6)
    }

    @Test func wordPiecesWeighTheSame() {
        let configuration = MemoryEncoderConfiguration(width: 3, pathWeight: 0)
        let found = blocks([axis(0, pieces: 30), axis(1, pieces: 10)], configuration)
        #expect(greatestDifference(found[0].landmark, [3, 1, 0].normalized) < 1e-6)
    }

    @Test func whateverComesInWhatComesOutIsFinite() {
        var generator = SeededGenerator(4)
        var configuration = everything
        configuration.width = 7
        configuration.minimumPieces = 30
        var encoder = MemoryEncoder(configuration: configuration)
        for step in 0..<3_000 {
            let concept = Concept(
                vector: step % 5 == 0
                    ? generator.unitVector(7)[...] : generator.adversarialVector(7)[...],
                pieceCount: step % 11 - 3,
                pathVector: step % 3 == 0 ? generator.adversarialVector(7) : nil
            )
            guard let block = encoder.push(concept) else { continue }
            #expect(block.landmark.allSatisfy { $0.isFinite })
            #expect((block.boundaries + block.surprises).allSatisfy { $0.isFinite })
        }
        for memory in encoder.endDocument().memories {
            #expect(memory.tensor.elements.allSatisfy { $0.isFinite })
        }
    }

    @Test func theSnapshotDoesNotGrowWithTheDocument() {
        var generator = SeededGenerator(5)
        let width = 8
        var encoder = MemoryEncoder(configuration: .init(width: width, minimumPieces: 20))
        // Two matrices, 300 embeddings, the quantile's bins, a few vectors and an open block.
        let limit = 4 * (2 * width * width + 300 * width + 128 + 12 * width + 2 * 250) + 200
        for step in 0..<20_000 {
            let vector = generator.unitVector(width)
            // Segments of no pieces count as one, or a block of them would never end.
            _ = encoder.push(Concept(vector: vector[...], pieceCount: step < 10_000 ? 0 : 20))
            if step % 1_000 == 999 { #expect(encoder.snapshot().count <= limit) }
        }
    }

    @Test func memoriesAreThoseOfTheWholeDocument() throws {
        let configuration = MemoryEncoderConfiguration(width: 3, minimumPieces: 30, pathWeight: 0)
        var encoder = MemoryEncoder(configuration: configuration)
        #expect(encoder.endDocument().memories.isEmpty)
        for index in 0..<64 { _ = encoder.push(axis(index / 32)) }
        let memories = encoder.endDocument().memories
        #expect(memories.map(\.name) == ["gist", "queue", "delta"])
        #expect(memories.map(\.tensor.width) == [3, 3, 3])
        #expect(memories[2].tensor.rowCount == 3)
        #expect(memories[1].tensor.rowCount > 2)
        // Half of the document is of either axis.
        #expect(greatestDifference(memories[0].tensor.elements, [1, 1, 0].normalized) < 1e-5)
    }

    @Test func damagedSnapshotsAreRefused() throws {
        var generator = SeededGenerator(6)
        var encoder = MemoryEncoder(configuration: everything)
        for concept in document(&generator, width: 24, count: 40) { _ = encoder.push(concept) }
        let snapshot = encoder.snapshot()
        for count in stride(from: 0, to: snapshot.count, by: 97) {
            #expect(throws: MemoryError.self) { try encoder.restore(Array(snapshot[..<count])) }
        }
        #expect(throws: MemoryError.self) { try encoder.restore(snapshot + [0]) }
        var narrow = MemoryEncoder(configuration: .init(width: 23))
        #expect(throws: MemoryError.self) { try narrow.restore(snapshot) }
        #expect(MemoryError.unusableSnapshot(reason: "x").problem.hasSuffix("be used: x"))
        #expect(MemoryError.unusableSnapshot(reason: "x").mend == "read the document anew")
    }
}
