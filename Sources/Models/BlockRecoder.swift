internal import Tensors

/// Makes the keys and values of blocks again from their tokens, for blocks of which only the landmark
/// is kept.
///
/// The tokens are read once more behind those before them, as many as the window holds, so what comes
/// out is near to what was there at first but does not know what the first reading had retrieved.
/// - Concurrency: one thread at a time.
package final class BlockRecoder {
    private let model: LlamaModel
    private let window: WindowConfiguration
    private let firstPosition: Int
    private let blockLength: Int
    private let tokens: (Range<Int>) throws(ModelsError) -> [Int32]
    private let capacity: Int
    /// The latest blocks, all layers of each, the oldest first.
    private var made: [(index: Int, layers: [AttentionBlock])] = []

    /// A maker of blocks of `blockLength` tokens, of which the first begins at `firstPosition`.
    ///
    /// `tokens` gives the text's tokens at some positions; the latest `capacity` blocks are kept.
    package init(
        _ model: LlamaModel,
        windowLength: Int,
        firstPosition: Int,
        blockLength: Int,
        capacity: Int,
        tokens: @escaping (Range<Int>) throws(ModelsError) -> [Int32]
    ) {
        self.model = model
        window = WindowConfiguration(windowLength: windowLength)
        self.firstPosition = firstPosition
        self.blockLength = blockLength
        self.capacity = capacity
        self.tokens = tokens
    }

    /// A block of a layer.
    func block(_ index: Int, layer: Int) throws(ModelsError) -> AttentionBlock {
        if let found = made.first(where: { $0.index == index }) { return found.layers[layer] }
        let start = firstPosition + index * blockLength
        let range = max(0, start - window.windowLength)..<(start + blockLength)
        let recorder = KeyValueRecorder(
            model,
            WindowAttention(model, window),
            positions: (start - range.lowerBound)..<range.count
        )
        let session = LlamaSession(model, recorder, position: 0)
        try session.append(tokens(range))
        try session.finish()
        if made.count == capacity { made.removeFirst() }
        made.append((index, recorder.layers))
        return recorder.layers[layer]
    }
}

/// Attention as another memory has it, that writes down the keys and values of some tokens.
private final class KeyValueRecorder: AttentionMemory {
    var capacity: Int { memory.capacity }
    var passLength: Int { memory.passLength }
    let layers: [AttentionBlock]

    private let memory: any AttentionMemory
    private let positions: Range<Int>
    private let headCount: Int
    private let headSize: Int

    init(_ model: LlamaModel, _ memory: any AttentionMemory, positions: Range<Int>) {
        self.memory = memory
        self.positions = positions
        headCount = model.configuration.keyValueHeadCount
        headSize = model.configuration.headSize
        let count = positions.count * headCount * headSize
        layers = (0..<model.configuration.layerCount).map { _ in AttentionBlock(count: count) }
    }

    func attend(_ pass: AttentionPass, layer: Int) throws(ModelsError) {
        for token in 0..<pass.tokenCount {
            let position = pass.firstPosition + token
            guard positions.contains(position) else { continue }
            for head in 0..<headCount {
                let source = (token * headCount + head) * headSize
                let row = head * positions.count + position - positions.lowerBound
                (layers[layer].keys.pointer + row * headSize)
                    .update(from: pass.keys.pointer + source, count: headSize)
                (layers[layer].values.pointer + row * headSize)
                    .update(from: pass.values.pointer + source, count: headSize)
            }
        }
        try memory.attend(pass, layer: layer)
    }

    func rewind(to position: Int) throws(ModelsError) { throw .rewind(position: position) }

    func fork(at position: Int) -> any AttentionMemory { memory.fork(at: position) }
}
