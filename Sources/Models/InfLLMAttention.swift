internal import CKernels
package import Serialization
internal import Tensors

/// How InfLLM lays out what is attended to; the defaults are those of its authors.
package struct InfLLMConfiguration: Sendable, Equatable {
    /// First tokens that are always attended to.
    package var initialTokenCount = 128
    /// The latest tokens, which are attended to at their true distance, the token itself among them.
    package var windowLength = 4096
    /// Tokens of a block.
    package var blockLength = 128
    /// Tokens that represent a block, for each head.
    package var representativeCount = 4
    /// Blocks that a step attends to.
    package var retrievedBlockCount = 16
    /// Blocks of a layer that stay in memory.
    package var cachedBlockCount = 32
    /// Tokens that look for blocks together.
    package var stepLength = 512
    /// How long blocks that were found are attended to, in tokens; where steps are longer, each looks
    /// anew.
    package var selectionLength = 1

    package init() {}

    /// The layout of a window of another length: blocks, first tokens and steps have the shares of it
    /// that they have in the paper.
    package init(windowLength: Int) {
        self.windowLength = windowLength
        initialTokenCount = windowLength / 32
        blockLength = windowLength / 32
        stepLength = windowLength / 8
        selectionLength = Self.usualSelectionLength
    }

    /// A search goes over all landmarks; so many tokens written one by one share it.
    private static let usualSelectionLength = 16
}

/// Attention to the first tokens, to a window of the latest, and to the blocks of past tokens that
/// the queries at hand find most alike.
///
/// Tokens go in steps. A step attends to the first tokens, the blocks it found and all tokens that
/// its last one has out of its window, all at the same distance, that of the window; and each token
/// to the window behind it at true distances. Tokens that have left the window of all become first
/// tokens until there are enough, then blocks. A block is found by its landmark: for each head the
/// mean key of the tokens that got most attention while they were in the window.
/// - Source: Xiao et al. 2024, arXiv:2402.04617, §3, in the details of github.com/thunlp/InfLLM,
///   `context_manager.py` at 12b7079. A token that is in the window of a step's first token and out
///   of that of its last counts twice for the first, as there.
package final class InfLLMAttention: AttentionMemory {
    package let capacity = Int.max
    package var passLength: Int { configuration.stepLength }
    /// Which blocks each layer's last step attended to.
    package private(set) var selectedBlocks: [[Int]]

    private let model: LlamaModel
    private let configuration: InfLLMConfiguration
    private let precision: AttentionBlock.Precision
    private let shelf: any BlockShelf
    private let recoder: BlockRecoder?
    private let cache: BlockCache
    private var layers: [Layer]
    private var queries: TurnedQueries

    private struct Layer {
        /// Where blocks were looked for last.
        var selectedAt: Int?
        /// The first tokens, keys as they were before they were turned.
        var initial: AttentionBlock
        var initialCount = 0
        /// All tokens that are in no block yet.
        var recent: RecentTokens
    }

    /// A memory that has its blocks on a shelf, which may hold some already.
    ///
    /// - Parameters:
    ///   - model: The model whose keys and values they are.
    ///   - configuration: The layout.
    ///   - shelf: Where blocks are kept; in memory unless given.
    ///   - precision: How they are written.
    ///   - recoder: Makes those again of which only landmarks are kept; without it they are not looked at.
    /// - Precondition: A step is no longer than the window, and a block has as many tokens as
    ///   represent it.
    package init(
        _ model: LlamaModel,
        _ configuration: InfLLMConfiguration,
        shelf: (any BlockShelf)? = nil,
        precision: AttentionBlock.Precision = .byte,
        recoder: BlockRecoder? = nil
    ) {
        precondition(
            (1...configuration.windowLength).contains(configuration.stepLength)
                && (1...configuration.blockLength).contains(configuration.representativeCount)
                && configuration.initialTokenCount >= 0,
            "a layout that fits"
        )
        self.model = model
        self.configuration = configuration
        self.precision = precision
        let dimensions = model.configuration
        let shelf = shelf ?? MemoryShelf(layerCount: dimensions.layerCount)
        self.shelf = shelf
        self.recoder = recoder
        cache = BlockCache(
            shelf,
            model,
            Self.shape(of: model, configuration),
            capacity: configuration.cachedBlockCount,
            recoder: recoder
        )
        let longest =
            configuration.windowLength + configuration.blockLength + configuration.stepLength
        layers = (0..<dimensions.layerCount).map { _ in
            Layer(
                initial: AttentionBlock(
                    count: configuration.initialTokenCount * dimensions.keyValueSize
                ),
                recent: RecentTokens(model, longest: longest)
            )
        }
        selectedBlocks = [[Int]](repeating: [], count: dimensions.layerCount)
        // Far keys stand at position 0: not turned, but as much longer as turning makes them.
        queries = TurnedQueries(
            model,
            passLength: configuration.stepLength,
            distances: [configuration.windowLength - 1, 0]
        )
    }

    /// The shape of a block of a layer.
    package static func shape(
        of model: LlamaModel,
        _ configuration: InfLLMConfiguration
    ) -> AttentionBlock.Shape {
        AttentionBlock.Shape(
            headCount: model.configuration.keyValueHeadCount,
            tokenCount: configuration.blockLength,
            headSize: model.configuration.headSize
        )
    }

    package func rewind(to position: Int) throws(ModelsError) {
        throw .rewind(position: position)
    }

    package func fork(at position: Int) -> any AttentionMemory {
        let fork = InfLLMAttention(
            model,
            configuration,
            shelf: shelf.fork(),
            precision: precision,
            recoder: recoder
        )
        for (index, layer) in layers.enumerated() {
            fork.layers[index] = Layer(
                selectedAt: layer.selectedAt,
                initial: layer.initial.copy(count: initialFloatCount),
                initialCount: layer.initialCount,
                recent: RecentTokens(copying: layer.recent)
            )
        }
        fork.selectedBlocks = selectedBlocks
        return fork
    }

    private var initialFloatCount: Int {
        configuration.initialTokenCount * model.configuration.keyValueSize
    }

    // MARK: - A step

    package func attend(_ pass: AttentionPass, layer: Int) throws(ModelsError) {
        let turns = queries.turn(pass)
        layers[layer].recent.append(pass, model.rotary, turns)
        let far = try farStretches(of: pass, layer)
        attend(pass, layer, far: far)
        try close(layer, end: pass.endPosition)
    }

    /// What all tokens of a step attend to: blocks, first tokens, and those that its last token has
    /// out of its window.
    private func farStretches(
        of pass: AttentionPass,
        _ layer: Int
    ) throws(ModelsError) -> [KeyStretch] {
        let (headSize, blockLength) = (model.configuration.headSize, configuration.blockLength)
        let (initial, initialCount) = (layers[layer].initial, layers[layer].initialCount)
        let recent = layers[layer].recent
        let age = layers[layer].selectedAt.map { pass.firstPosition - $0 }
        if age.map({ $0 >= configuration.selectionLength }) ?? true {
            selectedBlocks[layer] = try select(for: pass, layer)
            layers[layer].selectedAt = pass.firstPosition
        }
        var far = try cache.blocks(selectedBlocks[layer], layer: layer).map { block in
            KeyStretch(
                keys: block.keys,
                values: block.values,
                headStride: blockLength * headSize,
                offset: 0,
                count: blockLength
            )
        }
        if initialCount > 0 {
            far.append(
                KeyStretch(
                    keys: .floats(initial.keys),
                    values: .floats(initial.values),
                    headStride: configuration.initialTokenCount * headSize,
                    offset: 0,
                    count: initialCount
                )
            )
        }
        let first = recent.positions.lowerBound
        let end = pass.endPosition - configuration.windowLength
        if end > first { far.append(recent.stretch(first..<end, isTurned: false)) }
        return far
    }

    /// The blocks whose landmarks are most alike the mean of a step's queries, in order.
    private func select(for pass: AttentionPass, _ layer: Int) throws(ModelsError) -> [Int] {
        let blockCount =
            recoder == nil ? shelf.keptCount(layer: layer) : shelf.blockCount(layer: layer)
        let wanted = configuration.retrievedBlockCount
        guard blockCount > wanted else { return Array(0..<blockCount) }
        let width = model.configuration.querySize
        let addScaled = model.kernels.table.pointee.add_scaled_f32
        let scan = model.kernels.table.pointee.scan_f32
        var mean = [Float](repeating: 0, count: width)
        mean.withUnsafeMutableBufferPointer { mean in
            for token in 0..<pass.tokenCount {
                addScaled?(
                    mean.baseAddress,
                    queries.far.pointer + token * width,
                    1 / Float(pass.tokenCount),
                    width
                )
            }
        }
        var scores = [Float](repeating: 0, count: blockCount)
        try shelf.scanLandmarks(layer: layer) { first, rows in
            let count = min(rows.count / width, blockCount - first)
            guard count > 0 else { return }
            scores.withUnsafeMutableBufferPointer { scores in
                guard let scores = scores.baseAddress else { return }
                scan?(mean, rows.baseAddress, count, width, scores + first)
            }
        }
        return Self.places(ofHighest: wanted, scores)
    }

    /// The places of the highest scores, in order; of equal ones the first.
    ///
    /// - Complexity: O(scores) where few of them are higher than those before.
    private static func places(ofHighest count: Int, _ scores: [Float]) -> [Int] {
        var best: [Int] = []
        for place in scores.indices {
            if best.count == count, scores[best[count - 1]] >= scores[place] { continue }
            if best.count == count { best.removeLast() }
            var rank = best.count
            while rank > 0, scores[best[rank - 1]] < scores[place] { rank -= 1 }
            best.insert(place, at: rank)
        }
        return best.sorted()
    }

    /// Lets each token attend to what is far and to the window behind it, and notes how much
    /// attention tokens of the window get.
    private func attend(_ pass: AttentionPass, _ layer: Int, far: [KeyStretch]) {
        let dimensions = model.configuration
        let (heads, headSize) = (dimensions.headCount, dimensions.headSize)
        let (recent, farQueries, window) = (
            layers[layer].recent, queries.far, configuration.windowLength
        )
        let softmax = JointSoftmax(kernels: model.kernels, headSize: headSize)
        let headsOfKey = heads / dimensions.keyValueHeadCount
        let farCount = far.reduce(0) { $0 + $1.count }
        // Heads are shared out, not tokens: attention is noted in the order of the tokens.
        model.pool.parallelFor(count: heads, grain: 1) { range in
            let room = JointSoftmax.room(farCount + window)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for head in range {
                    for token in 0..<pass.tokenCount {
                        let position = pass.firstPosition + token
                        let first = max(0, position - window + 1)
                        let row = token * heads + head
                        softmax.attend(
                            head: head / headsOfKey,
                            far: far,
                            farQuery: farQueries.pointer + row * headSize,
                            near: recent.stretch(first..<(position + 1), isTurned: true),
                            nearQuery: pass.queries.pointer + row * headSize,
                            scores: scores,
                            result: pass.result.pointer + row * headSize
                        )
                        softmax.kernels.table.pointee.add_scaled_f32(
                            recent.mass.pointer + recent.row(head, at: first),
                            scores + farCount,
                            1,
                            position + 1 - first
                        )
                    }
                }
            }
        }
    }

    /// Makes first tokens, then blocks, of the tokens that have left the window of all.
    private func close(_ layer: Int, end: Int) throws(ModelsError) {
        let limit = end - configuration.windowLength
        let blockLength = configuration.blockLength
        moveInitial(layer, limit: limit)
        while layers[layer].recent.positions.lowerBound + blockLength <= limit {
            let recent = layers[layer].recent
            let start = recent.positions.lowerBound
            let range = start..<(start + blockLength)
            let shape = Self.shape(of: model, configuration)
            let block = AttentionBlock(count: shape.count)
            for head in 0..<shape.headCount {
                let offset = head * blockLength * shape.headSize
                recent.copy(
                    range,
                    head: head,
                    keys: block.keys.pointer + offset,
                    values: block.values.pointer + offset
                )
            }
            try shelf.append(
                block.encoded(shape, precision),
                landmark: landmark(of: range, recent),
                layer: layer
            )
            layers[layer].recent.drop(before: range.upperBound)
        }
    }

    private func moveInitial(_ layer: Int, limit: Int) {
        let (count, headSize) = (configuration.initialTokenCount, model.configuration.headSize)
        let recent = layers[layer].recent
        let start = recent.positions.lowerBound
        let end = min(limit, start + count - layers[layer].initialCount)
        guard start < end else { return }
        let initial = layers[layer].initial
        for head in 0..<model.configuration.keyValueHeadCount {
            let offset = (head * count + layers[layer].initialCount) * headSize
            recent.copy(
                start..<end,
                head: head,
                keys: initial.keys.pointer + offset,
                values: initial.values.pointer + offset
            )
        }
        layers[layer].initialCount += end - start
        layers[layer].recent.drop(before: end)
    }

    /// For each head the mean key of the tokens that got most attention: [heads, headSize].
    private func landmark(of range: Range<Int>, _ recent: RecentTokens) -> [Float] {
        let dimensions = model.configuration
        let headSize = dimensions.headSize
        let headsOfKey = dimensions.headCount / dimensions.keyValueHeadCount
        let count = configuration.representativeCount
        var landmark = [Float](repeating: 0, count: dimensions.querySize)
        for head in 0..<dimensions.headCount {
            func mass(_ position: Int) -> Float {
                recent.mass.pointer[recent.row(head, at: position)]
            }
            let most = range.sorted { (-mass($0), $0) < (-mass($1), $1) }.prefix(count)
            for position in most {
                let key =
                    recent.plainKeys.pointer
                    + recent.row(head / headsOfKey, at: position) * headSize
                for channel in 0..<headSize {
                    landmark[head * headSize + channel] += key[channel]
                }
            }
            for channel in 0..<headSize {
                landmark[head * headSize + channel] /= Float(count)
            }
        }
        return landmark
    }
}

// MARK: - On disk

extension InfLLMAttention {
    /// What a layer needs to go on, apart from what lies on the shelf.
    ///
    /// | bytes | what |
    /// | --- | --- |
    /// | varint | how many first tokens there are |
    /// | f32 | their keys and values, [heads, first tokens, headSize] each |
    /// | | the latest tokens, as `RecentTokens` writes them |
    package func snapshot(layer: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.writeCount(layers[layer].initialCount)
        layers[layer].initial.write(count: initialFloatCount, to: &writer)
        layers[layer].recent.write(to: &writer)
        return writer.bytes
    }

    /// Takes a layer's state from a memory of the same model and layout.
    ///
    /// - Throws: If it is something else; the layer cannot be used then.
    package func restore(layer: Int, from snapshot: [UInt8]) throws(SerializationError) {
        var reader = ByteReader(snapshot)
        let count = try reader.readCount()
        guard count <= configuration.initialTokenCount else {
            throw .malformed(offset: 0, expected: "a count of first tokens")
        }
        layers[layer].initialCount = count
        try layers[layer].initial.read(count: initialFloatCount, from: &reader)
        try layers[layer].recent.read(from: &reader, model.rotary)
        try reader.expectEnd()
    }
}
