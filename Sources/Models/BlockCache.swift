/// Blocks of a shelf as floats in memory, as many a layer as were used last.
///
/// - Concurrency: one thread at a time.
final class BlockCache {
    private let shelf: any BlockShelf
    private let shape: AttentionBlock.Shape
    private let capacity: Int
    private let recoder: BlockRecoder?
    private var layers: [[Int: (block: AttentionBlock, use: Int)]]
    private var use = 0

    /// A cache of up to `capacity` blocks a layer, and more only where one call needs more.
    ///
    /// `recoder` makes blocks again of which the shelf keeps landmarks only.
    init(
        _ shelf: any BlockShelf,
        _ shape: AttentionBlock.Shape,
        layerCount: Int,
        capacity: Int,
        recoder: BlockRecoder?
    ) {
        self.shelf = shelf
        self.shape = shape
        self.capacity = capacity
        self.recoder = recoder
        layers = [[Int: (block: AttentionBlock, use: Int)]](repeating: [:], count: layerCount)
    }

    /// Blocks of a layer, in the order that they are asked for.
    ///
    /// - Throws: `ModelsError.shelf` if one cannot be had.
    func blocks(_ indices: [Int], layer: Int) throws(ModelsError) -> [AttentionBlock] {
        use += 1
        var blocks: [AttentionBlock] = []
        for index in indices {
            let block =
                if let (kept, _) = layers[layer][index] { kept } else {
                    try load(index, layer)
                }
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

    private func load(_ index: Int, _ layer: Int) throws(ModelsError) -> AttentionBlock {
        var bytes = try shelf.block(index, layer: layer)
        if bytes == nil { bytes = try recoder?.block(index, layer: layer) }
        guard let bytes else {
            throw .shelf(
                problem: "block \(index) of layer \(layer) is not kept",
                mend: "read the document again"
            )
        }
        guard let block = AttentionBlock(bytes, shape) else {
            throw .shelf(
                problem: "block \(index) of layer \(layer) is damaged",
                mend: "read the document again"
            )
        }
        return block
    }
}
