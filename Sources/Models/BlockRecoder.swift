internal import Tensors

/// Makes the keys and values of blocks again from their tokens, for blocks of which only the landmark
/// is kept.
///
/// Neighbouring blocks are read together, behind as many tokens as the window holds, so what comes
/// out is near to what was there at first but does not know what the first reading had retrieved.
/// - Concurrency: one thread at a time.
package final class BlockRecoder {
    private let model: LlamaModel
    private let configuration: InfLLMConfiguration
    private let capacity: Int
    private let tokens: (Range<Int>) throws(ModelsError) -> [Int32]
    /// The latest spans of blocks, the oldest first: by layer and place, as `AttentionBlock` encodes
    /// them.
    private var made: [(span: Int, layers: [[[UInt8]]])] = []

    /// A maker of the blocks of a layout.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - configuration: The layout; the first block begins behind the first tokens.
    ///   - capacity: How many spans of blocks are kept, the latest; one at least.
    ///   - tokens: Gives the text's tokens at some positions.
    package init(
        _ model: LlamaModel,
        _ configuration: InfLLMConfiguration,
        capacity: Int,
        tokens: @escaping (Range<Int>) throws(ModelsError) -> [Int32]
    ) {
        self.model = model
        self.configuration = configuration
        self.capacity = capacity
        self.tokens = tokens
    }

    /// How many blocks are made together; all of them lie before the window behind any of them.
    private var spanLength: Int {
        max(1, configuration.windowLength / configuration.blockLength / 4)
    }

    /// A block of a layer, as `AttentionBlock` encodes it.
    func block(_ index: Int, layer: Int) throws(ModelsError) -> [UInt8] {
        let (span, place) = (index / spanLength, index % spanLength)
        if let found = made.firstIndex(where: { $0.span == span }) {
            made.append(made.remove(at: found))
        } else {
            let layers = try make(span)
            if made.count >= capacity { made.removeFirst() }
            made.append((span, layers))
        }
        return made[made.count - 1].layers[layer][place]
    }

    private func make(_ span: Int) throws(ModelsError) -> [[[UInt8]]] {
        let (blockLength, window) = (configuration.blockLength, configuration.windowLength)
        let start = configuration.initialTokenCount + span * spanLength * blockLength
        let range = max(0, start - window)..<(start + spanLength * blockLength)
        let recorder = KeyValueRecorder(
            model,
            WindowAttention(model, WindowConfiguration(windowLength: window)),
            positions: (start - range.lowerBound)..<range.count
        )
        let session = LlamaSession(model, recorder, position: 0)
        try session.append(tokens(range))
        try session.finish()
        let shape = InfLLMAttention.shape(of: model, configuration)
        return recorder.layers.map { layer in
            (0..<spanLength).map { place in
                let block = AttentionBlock(count: shape.count)
                let size = blockLength * shape.headSize
                for head in 0..<shape.headCount {
                    let source = (head * spanLength + place) * size
                    (block.keys.pointer + head * size)
                        .update(from: layer.keys.pointer + source, count: size)
                    (block.values.pointer + head * size)
                        .update(from: layer.values.pointer + source, count: size)
                }
                return block.encoded(shape, .byte)
            }
        }
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
