/// Where the blocks of a text that a decoder reads are kept: on disk, or in memory.
///
/// Each layer has its own blocks, which come in order, each with a landmark by which it is found.
/// - Concurrency: one thread at a time.
package protocol BlockShelf: AnyObject {
    /// How many blocks a layer has.
    func blockCount(layer: Int) -> Int

    /// How many of a layer's first blocks are kept with their keys and values; there are landmarks of
    /// the others.
    func keptCount(layer: Int) -> Int

    /// Adds a layer's next block, as `AttentionBlock` writes it, and its landmark.
    func append(_ block: [UInt8], landmark: [Float], layer: Int) throws(ModelsError)

    /// A block as it was added, or nil where only its landmark is kept.
    func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]?

    /// Calls `body` with all landmarks of a layer, in order, some at a time as they lie in memory.
    ///
    /// - Shapes: rows [blocks, width], the width that they were added with.
    func scanLandmarks(
        layer: Int,
        _ body: (_ firstBlock: Int, _ rows: UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError)

    /// A shelf with the same blocks that goes on apart.
    func fork() -> any BlockShelf
}

/// Blocks in memory, of which the first may be another shelf's.
///
/// Those of the other shelf stay there and it gets no more, so any number of texts may go on from
/// it, each with a shelf of its own.
package final class MemoryShelf: BlockShelf {
    private struct Layer {
        var sharedCount = 0
        var blocks: [[UInt8]] = []
        var landmarks: [Float] = []
    }

    private let shared: (any BlockShelf)?
    private var layers: [Layer]

    /// A shelf for a model of `layerCount` layers that begins with the blocks of `shared`.
    package init(layerCount: Int, after shared: (any BlockShelf)? = nil) {
        self.shared = shared
        layers = (0..<layerCount).map { layer in
            Layer(sharedCount: shared?.blockCount(layer: layer) ?? 0)
        }
    }

    package func fork() -> any BlockShelf {
        let fork = MemoryShelf(layerCount: 0, after: shared)
        fork.layers = layers
        return fork
    }

    package func blockCount(layer: Int) -> Int {
        layers[layer].sharedCount + layers[layer].blocks.count
    }

    package func keptCount(layer: Int) -> Int {
        guard let shared else { return blockCount(layer: layer) }
        let kept = shared.keptCount(layer: layer)
        return kept == layers[layer].sharedCount ? blockCount(layer: layer) : kept
    }

    package func append(_ block: [UInt8], landmark: [Float], layer: Int) {
        layers[layer].blocks.append(block)
        layers[layer].landmarks += landmark
    }

    package func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8]? {
        let sharedCount = layers[layer].sharedCount
        guard index >= sharedCount else { return try shared?.block(index, layer: layer) ?? nil }
        return layers[layer].blocks[index - sharedCount]
    }

    package func scanLandmarks(
        layer: Int,
        _ body: (_ firstBlock: Int, _ rows: UnsafeBufferPointer<Float>) -> Void
    ) throws(ModelsError) {
        try shared?.scanLandmarks(layer: layer, body)
        layers[layer].landmarks.withUnsafeBufferPointer { rows in
            if !rows.isEmpty { body(layers[layer].sharedCount, rows) }
        }
    }
}
