internal import Synchronization
internal import Tensors

/// The layers of a model over one kind of numbers, packed for the kernels when they are first used.
///
/// A text alone, such as a question, is not worth memory for all weights, which the system would have to
/// clear first: the layers are packed in turn, each in the place of the one before. At the second
/// use they are packed for good. Results are the same to the bit.
final class BertLayers<Layer: Sendable>: Sendable {
    private let plain: [BertWeights.Layer]
    private let byteCounts: @Sendable (BertWeights.Layer) -> [Int]
    private let pack: @Sendable (BertWeights.Layer, WeightMemory) -> Layer
    private let state = Mutex(State())

    private struct State {
        var isUsed = false
        var packed: [Layer]?
    }

    /// Pieces up to which a first text is read without packing all layers for good.
    private let fewPieces = 64

    /// Layers that `pack` packs, of which each matrix takes as much memory as `byteCounts` says.
    init(
        _ plain: [BertWeights.Layer],
        byteCounts: @escaping @Sendable (BertWeights.Layer) -> [Int],
        pack: @escaping @Sendable (BertWeights.Layer, WeightMemory) -> Layer
    ) {
        self.plain = plain
        self.byteCounts = byteCounts
        self.pack = pack
    }

    /// Packs all layers with the threads of `pool`, unless these are the first pieces and few.
    func prepare(forPieces count: Int, _ pool: ComputePool) {
        state.withLock { state in
            guard count > 0, state.packed == nil else { return }
            guard state.isUsed || count > fewPieces else {
                state.isUsed = true
                return
            }
            let layers = RowBuffer<Layer?>(count: plain.count, repeating: nil)
            pool.parallelFor(count: plain.count, grain: 1) { [self] range in
                for index in range {
                    layers.set([pack(plain[index], memory(for: plain[index]))], at: index)
                }
            }
            state.packed = layers.values().compactMap(\.self)
        }
    }

    /// Runs `body` with each layer in its turn.
    func forEach(_ body: (Layer) -> Void) {
        if let packed = state.withLock({ $0.packed }) { return packed.forEach(body) }
        guard let first = plain.first else { return }
        let memory = memory(for: first)
        for layer in plain {
            memory.reset()
            body(pack(layer, memory))
        }
    }

    private func memory(for layer: BertWeights.Layer) -> WeightMemory {
        WeightMemory(byteCounts: byteCounts(layer))
    }
}
