internal import Tensors

/// Blocks of a shelf in memory, in the numbers of a model's keys and values, as many a layer as were used
/// last.
///
/// - Concurrency: one thread at a time.
final class BlockCache {
    /// Keys, as they were before they were turned, and values of a block, each [keyValueHeads, tokens,
    /// headSize].
    typealias Block = (keys: HeadRows, values: HeadRows)

    private let model: LlamaModel
    private let shelf: any BlockShelf
    private let shape: AttentionBlock.Shape
    private let capacity: Int
    private let recoder: BlockRecoder?
    private var layers: [[Int: (block: Block, use: Int)]]
    private var use = 0

    /// A cache of up to `capacity` blocks a layer, and more only where one call needs more.
    ///
    /// `recoder` makes blocks again of which the shelf keeps landmarks only.
    init(
        _ shelf: any BlockShelf,
        _ model: LlamaModel,
        _ shape: AttentionBlock.Shape,
        capacity: Int,
        recoder: BlockRecoder?
    ) {
        self.shelf = shelf
        self.model = model
        self.shape = shape
        self.capacity = capacity
        self.recoder = recoder
        layers = [[Int: (block: Block, use: Int)]](
            repeating: [:],
            count: model.configuration.layerCount
        )
    }

    /// Blocks of a layer, in the order that they are asked for.
    ///
    /// - Throws: `ModelsError.shelf` if one cannot be had.
    func blocks(_ indices: [Int], layer: Int) throws(ModelsError) -> [Block] {
        use += 1
        var blocks: [Block] = []
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

    private func load(_ index: Int, _ layer: Int) throws(ModelsError) -> Block {
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
        guard model.keepsHalves else { return (.floats(block.keys), .floats(block.values)) }
        let count = shape.count
        let halves = (HeadRows(count: count, model), HeadRows(count: count, model))
        halves.0.write(block.keys.pointer, count: count, at: 0, model.kernels)
        halves.1.write(block.values.pointer, count: count, at: 0, model.kernels)
        return halves
    }
}
