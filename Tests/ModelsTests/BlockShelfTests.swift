import Models
import Tensors
import Testing

/// What is on a shelf is all that a reading needs, with a snapshot.
@Suite struct BlockShelfTests {
    private static let tokens = RandomLayer.uniform(9, 230).map { Int32(5 + ($0 + 2) * 16) }

    @Test(arguments: [0, 16, 32, 144])
    func aSnapshotIsTakenUpToTheBit(length: Int) throws {
        let model = try tinyDecoder("llama-yarn")
        let tokens = Self.tokens.map { $0 % 72 }
        let shelf = MemoryShelf(layerCount: 2)
        let memory = InfLLMAttention(model, .small, shelf: shelf)
        let session = LlamaSession(model, memory, position: 0)
        try session.append(Array(tokens.prefix(length)))
        let snapshots = (0..<2).map { memory.snapshot(layer: $0) }
        let other = InfLLMAttention(model, .small, shelf: MemoryShelf(layerCount: 2, after: shelf))
        for (layer, snapshot) in snapshots.enumerated() {
            try other.restore(layer: layer, from: snapshot)
        }
        let resumed = LlamaSession(model, other, position: length)
        let rest = Array(tokens.dropFirst(length))
        let (logits, expected) = (try resumed.readAll(rest), try session.readAll(rest))
        #expect(logits.map(\.bits) == expected.map(\.bits))
        for layer in 0..<2 {
            #expect(other.snapshot(layer: layer) == memory.snapshot(layer: layer))
        }
        for cut in [0, 1, snapshots[0].count - 1] {
            #expect(throws: (any Error).self) {
                try other.restore(layer: 0, from: Array(snapshots[0].prefix(cut)))
            }
        }
    }

    /// Blocks in files are those in memory; a fork goes on apart from both.
    @Test func blocksInFilesGiveTheSameBits() throws {
        let model = try tinyDecoder("llama3")
        let shelf = try ScratchShelf(model, .small)
        let inMemory = MemoryShelf(layerCount: 2)
        func session(_ shelf: any BlockShelf) -> LlamaSession {
            LlamaSession(model, InfLLMAttention(model, .small, shelf: shelf), position: 0)
        }
        let (files, memory) = (session(shelf), session(inMemory))
        // More than a group of landmarks.
        let tokens = (0..<5).flatMap { _ in Self.tokens }
        #expect(try files.readAll(tokens).map(\.bits) == memory.readAll(tokens).map(\.bits))
        #expect(shelf.blockCount(layer: 1) > 130)
        let (other, otherOfMemory) = (files.fork(), memory.fork())
        let (one, two) = (Array(Self.tokens.prefix(150)), Array(Self.tokens.suffix(150)))
        #expect(try files.readAll(one).map(\.bits) == memory.readAll(one).map(\.bits))
        #expect(try other.readAll(two).map(\.bits) == otherOfMemory.readAll(two).map(\.bits))
        var rows: [[UInt32]] = []
        for shelf in [shelf, inMemory] as [any BlockShelf] {
            var all: [Float] = []
            try shelf.scanLandmarks(layer: 1) { first, part in
                #expect(
                    first * model.configuration.headCount * model.configuration.headSize
                        == all.count
                )
                all += part
            }
            rows.append(all.bits)
            #expect(try shelf.block(7, layer: 1) == inMemory.block(7, layer: 1))
        }
        #expect(rows[0] == rows[1])
    }

    /// Blocks whose keys and values are gone are computed again, alike but not equal; who cannot
    /// compute them does not look at them.
    @Test func blocksThatAreNotKeptAreMadeAgain() throws {
        let model = try tinyDecoder("llama3")
        let tokens = Self.tokens
        var layout = InfLLMConfiguration.small
        layout.windowLength = 64
        func logits(keptLimit: Int, recoder: BlockRecoder?) throws -> ([Float], blocks: [Int]) {
            let memory = InfLLMAttention(
                model,
                layout,
                shelf: ForgetfulShelf(keptLimit: keptLimit),
                recoder: recoder
            )
            let session = LlamaSession(model, memory, position: 0)
            try session.append(Array(tokens.dropLast()))
            let logits = try session.read([tokens[tokens.count - 1]])
            return (logits, memory.selectedBlocks.flatMap(\.self))
        }
        let recoder = BlockRecoder(
            model,
            layout,
            capacity: 2
        ) { Array(tokens[$0]) }
        let kept = try logits(keptLimit: .max, recoder: nil).0
        let again = try logits(keptLimit: 0, recoder: recoder).0
        #expect(try again.bits == logits(keptLimit: 0, recoder: recoder).0.bits)
        let largest = zip(kept, again).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest > 0 && largest < 1, "\(largest)")
        #expect(try logits(keptLimit: 5, recoder: nil).blocks.max() == 4)
        #expect(try logits(keptLimit: 0, recoder: nil).blocks == [])
    }
}

/// A shelf that may keep landmarks only.
private final class ForgetfulShelf: BlockShelf {
    private let shelf = MemoryShelf(layerCount: 2)
    private let keptLimit: Int

    init(keptLimit: Int) { self.keptLimit = keptLimit }

    func blockCount(layer: Int) -> Int { shelf.blockCount(layer: layer) }

    func keptCount(layer: Int) -> Int { min(keptLimit, blockCount(layer: layer)) }

    func append(_ block: [UInt8], landmark: [Float], layer: Int) {
        shelf.append(block, landmark: landmark, layer: layer)
    }

    func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]? {
        index < keptLimit ? try shelf.block(index, layer: layer) : nil
    }

    func scanLandmarks(
        layer: Int,
        _ body: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError) {
        try shelf.scanLandmarks(layer: layer, body)
    }

    func fork() -> any BlockShelf { self }
}
