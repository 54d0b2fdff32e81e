internal import CKernels
internal import Tensors

/// A text that a decoder reads and goes on with, token by token.
///
/// Logits depend on the tokens alone, to the bit: not on how they are cut into calls, the number of
/// threads or the processor.
/// - Concurrency: one thread at a time.
public final class LlamaSession {
    /// How many tokens have been read.
    public private(set) var position = 0
    /// How many tokens can be read.
    public var contextLength: Int { cache.capacity }

    private let model: LlamaModel
    private let cache: KVCache
    private let buffers: LlamaBuffers

    /// Tokens that go through the layers together.
    private static let chunkLength = 48

    /// A session for texts of up to `contextLength` tokens.
    ///
    /// - Throws: `ModelsError.context` if that is more than the model was made for,
    ///   `ModelsError.contextMemory` if it is more than the machine can hold.
    public init(_ model: LlamaModel, contextLength: Int) throws(ModelsError) {
        precondition(contextLength > 0, "a context has room for a token")
        guard contextLength <= model.configuration.contextLength else {
            throw .context(
                tokenCount: contextLength,
                limit: model.configuration.contextLength
            )
        }
        self.model = model
        cache = try KVCache(model.configuration, capacity: contextLength)
        buffers = LlamaBuffers(
            model.configuration,
            tokenCount: min(Self.chunkLength, contextLength)
        )
    }

    /// Reads tokens; the logits of what may come next.
    ///
    /// - Throws: `ModelsError.context` if they do not fit, before any is read.
    /// - Precondition: There is a token, and each is in the vocabulary.
    public func read(_ tokens: [Int32]) throws(ModelsError) -> [Float] {
        precondition(!tokens.isEmpty, "there is a token to read")
        try readStates(of: tokens) { _, _ in }
        return logits(ofToken: (tokens.count - 1) % Self.chunkLength)
    }

    /// Reads tokens; the logits behind each.
    package func readAll(_ tokens: [Int32]) throws(ModelsError) -> [[Float]] {
        var logits: [[Float]] = []
        try readStates(of: tokens) { session, count in
            for token in 0..<count { logits.append(session.logits(ofToken: token)) }
        }
        return logits
    }

    private func readStates(
        of tokens: [Int32],
        _ body: (LlamaSession, _ tokenCount: Int) -> Void
    ) throws(ModelsError) {
        guard tokens.count <= contextLength - position else {
            throw .context(tokenCount: position + tokens.count, limit: contextLength)
        }
        for start in stride(from: 0, to: tokens.count, by: Self.chunkLength) {
            let end = min(start + Self.chunkLength, tokens.count)
            forward(tokens[start..<end])
            body(self, end - start)
        }
    }

    // MARK: - The forward pass

    /// Takes up to `chunkLength` tokens through all layers; their states are left in the buffers.
    private func forward(_ tokens: ArraySlice<Int32>) {
        let (weights, buffers, count) = (model.weights, buffers, tokens.count)
        let (hiddenSize, innerSize) = (
            model.configuration.hiddenSize, model.configuration.feedForwardSize
        )
        func apply(
            _ matrix: QuantizedMatrix,
            _ input: AlignedFloats,
            addingTo isAdded: Bool = false,
            _ result: AlignedFloats
        ) {
            matrix.apply(
                model.kernels,
                model.pool,
                to: input,
                tokenCount: count,
                isAdded: isAdded,
                result: result
            )
        }
        for (index, token) in tokens.enumerated() {
            let state = buffers.states.pointer + index * hiddenSize
            weights.embedding.read(model.kernels, row: Int(token), into: state)
        }
        let turns = (position..<(position + count)).map { model.rotary.turns(at: $0) }
        for (index, layer) in weights.layers.enumerated() {
            // states += output · attention(norm(states))
            normalize(buffers.states, layer.attentionNorm, count)
            apply(layer.queries, buffers.normed, buffers.queries)
            apply(layer.keys, buffers.normed, buffers.keys)
            apply(layer.values, buffers.normed, buffers.values)
            turnAndKeep(layer, index, turns)
            attend(layer: index, tokenCount: count)
            apply(layer.attentionOutput, buffers.attended, addingTo: true, buffers.states)
            // states += down · (silu(gate · norm(states)) ⊙ up · norm(states))
            normalize(buffers.states, layer.feedForwardNorm, count)
            apply(layer.gate, buffers.normed, buffers.gates)
            apply(layer.up, buffers.normed, buffers.ups)
            let (gates, ups) = (buffers.gates.pointer, buffers.ups.pointer)
            model.kernels.table.pointee.swiglu_f32(gates, ups, count * innerSize)
            apply(layer.down, buffers.gates, addingTo: true, buffers.states)
        }
        position += count
    }

    /// The states' norm, in a buffer of its own.
    private func normalize(_ states: AlignedFloats, _ gain: AlignedFloats, _ tokenCount: Int) {
        model.kernels.table.pointee.rms_norm_f32(
            states.pointer,
            tokenCount,
            model.configuration.hiddenSize,
            gain.pointer,
            model.configuration.normEpsilon,
            buffers.normed.pointer
        )
    }

    /// Norms heads where the layer has it, turns queries and keys, and keeps keys and values.
    private func turnAndKeep(
        _ layer: LlamaWeights.Layer,
        _ layerIndex: Int,
        _ turns: [[SIMD2<Float>]]
    ) {
        let configuration = model.configuration
        let (heads, keyValueHeads) = (configuration.headCount, configuration.keyValueHeadCount)
        let headSize = configuration.headSize
        func normalizeHeads(_ rows: AlignedFloats, _ gain: AlignedFloats?, _ count: Int) {
            guard let gain else { return }
            model.kernels.table.pointee.rms_norm_f32(
                rows.pointer,
                count,
                headSize,
                gain.pointer,
                configuration.normEpsilon,
                rows.pointer
            )
        }
        normalizeHeads(buffers.queries, layer.queryNorm, turns.count * heads)
        normalizeHeads(buffers.keys, layer.keyNorm, turns.count * keyValueHeads)
        for (token, turns) in turns.enumerated() {
            for head in 0..<heads {
                let query = buffers.queries.pointer + (token * heads + head) * headSize
                model.rotary.apply(turns, to: query)
            }
            for head in 0..<keyValueHeads {
                let offset = (token * keyValueHeads + head) * headSize
                let row = (position + token) * headSize
                model.rotary.apply(turns, to: buffers.keys.pointer + offset)
                (cache.keys(layer: layerIndex, head: head) + row)
                    .update(from: buffers.keys.pointer + offset, count: headSize)
                (cache.values(layer: layerIndex, head: head) + row)
                    .update(from: buffers.values.pointer + offset, count: headSize)
            }
        }
    }

    /// attended = softmax(q · kᵀ / √headSize) · v for each head, over all tokens up to its own.
    private func attend(layer: Int, tokenCount: Int) {
        let configuration = model.configuration
        let (heads, headSize) = (configuration.headCount, configuration.headSize)
        let headsOfKey = heads / configuration.keyValueHeadCount
        let scale = 1 / Float(headSize).squareRoot()
        let (kernels, cache, buffers) = (model.kernels, cache, buffers)
        let start = position
        let grain = max(1, (1 << 14) / ((start + tokenCount) * headSize))
        model.pool.parallelFor(count: tokenCount * heads, grain: grain) { range in
            // The softmax takes whole vectors of 16.
            let room = (start + tokenCount + 15) / 16 * 16
            withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { scores in
                guard let scores = scores.baseAddress else { return }
                for index in range {
                    let (token, head) = (index / heads, index % heads)
                    let keyCount = start + token + 1
                    let keys = cache.keys(layer: layer, head: head / headsOfKey)
                    let values = cache.values(layer: layer, head: head / headsOfKey)
                    let query = buffers.queries.pointer + index * headSize
                    let result = buffers.attended.pointer + index * headSize
                    kernels.table.pointee.scan_f32(query, keys, keyCount, headSize, scores)
                    kernels.table.pointee.softmax_f32(scores, keyCount, scale)
                    result.update(repeating: 0, count: headSize)
                    for key in 0..<keyCount {
                        kernels.table.pointee.add_scaled_f32(
                            result,
                            values + key * headSize,
                            scores[key],
                            headSize
                        )
                    }
                }
            }
        }
    }

    /// The logits behind one of the tokens whose states are in the buffers.
    private func logits(ofToken token: Int) -> [Float] {
        let configuration = model.configuration
        model.kernels.table.pointee.rms_norm_f32(
            buffers.states.pointer + token * configuration.hiddenSize,
            1,
            configuration.hiddenSize,
            model.weights.outputNorm.pointer,
            configuration.normEpsilon,
            buffers.normed.pointer
        )
        model.weights.output.apply(
            model.kernels,
            model.pool,
            to: buffers.normed,
            tokenCount: 1,
            result: buffers.logits
        )
        return Array(
            UnsafeBufferPointer(start: buffers.logits.pointer, count: configuration.vocabularySize)
        )
    }
}
