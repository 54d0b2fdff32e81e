/// The blocks of a text that a decoder reads, in memory, each as `AttentionBlock` encodes it.
///
/// Each layer has its own blocks, which come in order, each with a landmark by which it is found.
/// - Concurrency: one thread at a time; a copy goes on apart.
struct BlockShelf: Sendable {
    private struct Layer {
        var blocks: [[UInt8]] = []
        /// Landmarks, [blocks, width].
        var landmarks: [Float] = []
    }

    private var layers: [Layer]

    /// A shelf for a model of `layerCount` layers.
    init(layerCount: Int) {
        layers = [Layer](repeating: Layer(), count: layerCount)
    }

    /// How many blocks a layer has.
    func blockCount(layer: Int) -> Int { layers[layer].blocks.count }

    /// Adds a layer's next block and its landmark.
    mutating func append(_ block: [UInt8], landmark: [Float], layer: Int) {
        layers[layer].blocks.append(block)
        layers[layer].landmarks += landmark
    }

    /// A block as it was added.
    func block(_ index: Int, layer: Int) -> [UInt8] { layers[layer].blocks[index] }

    /// All landmarks of a layer, [blocks, width].
    func landmarks(layer: Int) -> [Float] { layers[layer].landmarks }
}
