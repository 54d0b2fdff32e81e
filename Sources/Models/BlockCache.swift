/// Blocks of a shelf as floats, as many a layer as were used last.
///
/// - Concurrency: one thread at a time.
struct BlockCache: Sendable {
    private let shape: AttentionBlock.Shape
    private let capacity: Int
    private var layers: [[Int: (block: AttentionBlock, use: Int)]]
    private var use = 0

    /// A cache of up to `capacity` blocks a layer, and more only where one call needs more.
    init(_ shape: AttentionBlock.Shape, layerCount: Int, capacity: Int) {
        self.shape = shape
        self.capacity = capacity
        layers = [[Int: (block: AttentionBlock, use: Int)]](repeating: [:], count: layerCount)
    }

    /// Blocks of a layer of a shelf, in the order that they are asked for.
    mutating func blocks(
        _ indices: [Int],
        layer: Int,
        of shelf: BlockShelf
    ) -> [AttentionBlock] {
        use += 1
        var blocks: [AttentionBlock] = []
        for index in indices {
            let block = layers[layer][index]?.block ?? load(shelf.block(index, layer: layer))
            layers[layer][index] = (block, use)
            blocks.append(block)
        }
        let excess = layers[layer].count - max(capacity, indices.count)
        if excess > 0 {
            let oldest = layers[layer].sorted { ($0.value.use, $0.key) < ($1.value.use, $1.key) }
            for entry in oldest.prefix(excess) { layers[layer][entry.key] = nil }
        }
        return blocks
    }

    private func load(_ bytes: [UInt8]) -> AttentionBlock {
        guard let block = AttentionBlock(bytes, shape) else {
            preconditionFailure("a shelf holds what was encoded in this shape")
        }
        return block
    }
}
