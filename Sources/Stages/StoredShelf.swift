import BlockStorage
import Models

/// The blocks of a reading, on disk but for those that wait for the next commit.
///
/// - Concurrency: One thread at a time.
final class StoredShelf: BlockShelf {
    private let store: AttentionStore
    private var reading: AttentionReading
    private let shape: AttentionBlock.Shape
    /// How many blocks the budget keeps.
    private let keptLimit: Int
    private var pending: [Pending]
    /// Groups of landmarks that were found sound.
    private var checkedGroups: [Int]

    private struct Pending {
        var blocks: [[UInt8]?] = []
        /// [blocks, width].
        var landmarks: [Float] = []
    }

    /// The shelf of a reading whose blocks have a shape.
    init(_ store: AttentionStore, _ reading: AttentionReading, _ shape: AttentionBlock.Shape) {
        self.store = store
        self.reading = reading
        self.shape = shape
        let layerCount = reading.layout.layerCount
        keptLimit = reading.budgetBytes / (shape.byteCount(.byte) * layerCount)
        pending = (0..<layerCount).map { _ in Pending() }
        checkedGroups = [Int](repeating: 0, count: layerCount)
    }

    func blockCount(layer: Int) -> Int { reading.blockCount + pending[layer].blocks.count }

    func keptCount(layer: Int) -> Int { min(blockCount(layer: layer), keptLimit) }

    func append(_ block: [UInt8], landmark: [Float], layer: Int) {
        let isKept = blockCount(layer: layer) < keptLimit
        pending[layer].blocks.append(isKept ? block : nil)
        pending[layer].landmarks += landmark
    }

    func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]? {
        guard index < reading.blockCount else {
            return pending[layer].blocks[index - reading.blockCount]
        }
        do {
            return try store.block(
                index,
                layer: layer,
                of: reading,
                limit: shape.byteCount(.byte)
            )
        } catch {
            throw ModelsError(error)
        }
    }

    func scanLandmarks(
        layer: Int,
        _ body: (_ firstBlock: Int, _ rows: UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError) {
        var groupCount = 0
        do {
            try store.forEachLandmarkGroup(
                layer: layer,
                of: reading,
                checked: checkedGroups[layer]
            ) { first, rows in
                body(first, rows)
                groupCount += 1
            }
        } catch {
            throw ModelsError(error)
        }
        checkedGroups[layer] = groupCount
        pending[layer].landmarks.withUnsafeBufferPointer { rows in
            if !rows.isEmpty { body(reading.blockCount, rows) }
        }
    }

    func fork() -> any BlockShelf {
        MemoryShelf(layerCount: reading.layout.layerCount, after: self)
    }

    /// Writes what waits, and what each layer needs to go on behind `readCount` tokens.
    ///
    /// - Precondition: All layers have as many blocks.
    func commit(readCount: Int, states: [[UInt8]]) throws(StoreError) -> AttentionReading {
        var next = reading
        next.readCount = readCount
        next.blockCount = blockCount(layer: 0)
        next.keptCount = keptCount(layer: 0)
        let changes = AttentionChanges(
            reading: next,
            blocks: pending.map(\.blocks),
            landmarks: pending.map(\.landmarks),
            states: states
        )
        reading = try store.commit(changes)
        for layer in pending.indices { pending[layer] = Pending() }
        return reading
    }

    /// Writes that all of the document has been read.
    func complete() throws(StoreError) -> AttentionReading {
        var next = reading
        next.state = .complete
        reading = try store.commit(
            AttentionChanges(reading: next, blocks: [], landmarks: [], states: [])
        )
        return reading
    }
}

extension ModelsError {
    /// What a store's error is to a model that reads from it.
    init(_ error: StoreError) {
        self = .shelf(problem: error.problem, mend: error.mend, exitCode: error.exitCode)
    }
}
