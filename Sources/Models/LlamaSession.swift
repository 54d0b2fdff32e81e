internal import CKernels
internal import Tensors

/// A text that a decoder reads and goes on with, token by token.
///
/// Logits depend on the tokens alone, to the bit: not on how they are cut into calls, the number of
/// threads or the processor.
/// - Concurrency: one thread at a time.
public final class LlamaSession {
    /// How many tokens have been read.
    public var position: Int { passedCount + held.count }
    /// How many tokens can be read.
    public var contextLength: Int { memory.capacity }

    private let model: LlamaModel
    private let memory: any AttentionMemory
    private let buffers: LlamaBuffers
    /// How many tokens have gone through the layers.
    private var passedCount: Int
    /// Tokens behind them that wait until there are enough for a pass.
    private var held: [Int32] = []
    /// What broke a pass off, after which the memory cannot be used.
    private var failure: ModelsError?

    /// A session for texts of up to `contextLength` tokens.
    ///
    /// - Throws: `ModelsError.context` if that is more than the model was made for,
    ///   `ModelsError.contextMemory` if it is more than the machine can hold.
    public convenience init(_ model: LlamaModel, contextLength: Int) throws(ModelsError) {
        precondition(contextLength > 0, "a context has room for a token")
        guard contextLength <= model.configuration.contextLength else {
            throw .context(
                tokenCount: contextLength,
                limit: model.configuration.contextLength
            )
        }
        self.init(model, try FullAttention(model, capacity: contextLength), position: 0)
    }

    /// A session that attends to what a memory holds of `position` tokens, and keeps what it reads
    /// there.
    package init(_ model: LlamaModel, _ memory: any AttentionMemory, position: Int) {
        self.model = model
        self.memory = memory
        passedCount = position
        buffers = LlamaBuffers(model.configuration, tokenCount: memory.passLength)
    }

    /// A session that has read the same, and goes on apart from this one.
    ///
    /// - Throws: `ModelsError.rewind` if the session's attention cannot be copied.
    /// - Complexity: O(`position`): what is kept is copied.
    public func fork() throws(ModelsError) -> LlamaSession {
        let fork = LlamaSession(model, try memory.fork(at: passedCount), position: passedCount)
        fork.held = held
        fork.failure = failure
        return fork
    }

    /// Forgets the tokens from a position on, as if they had never been read.
    ///
    /// - Throws: `ModelsError.rewind` if the session's attention does not keep what was there before.
    /// - Precondition: No more than `position` tokens have been read.
    public func rewind(to position: Int) throws(ModelsError) {
        precondition((0...self.position).contains(position), "a position that was read")
        guard position < self.position else { return }
        held.removeLast(min(held.count, self.position - position))
        guard position < passedCount else { return }
        try memory.rewind(to: position)
        passedCount = position
    }

    // MARK: - Reading

    /// Reads tokens of a text whose logits nobody asks for.
    ///
    /// They go through the layers in passes of full length, so what does not fill one waits for
    /// more. However a text is cut into calls, the passes are the same.
    /// - Throws: `ModelsError.context` if they do not fit, before any is read.
    package func append(_ tokens: [Int32]) throws(ModelsError) {
        try checkRoom(for: tokens.count)
        held += tokens
        var start = 0
        while held.count - start >= memory.passLength {
            try forward(held[start..<(start + memory.passLength)])
            start += memory.passLength
        }
        held.removeFirst(start)
    }

    /// Takes the tokens through the layers that wait.
    package func finish() throws(ModelsError) {
        if !held.isEmpty { try forward(held[...]) }
        held = []
    }

    /// Reads tokens; the logits of what may come next.
    ///
    /// - Throws: `ModelsError.context` if they do not fit, before any is read.
    /// - Precondition: There is a token, and each is in the vocabulary.
    public func read(_ tokens: [Int32]) throws(ModelsError) -> [Float] {
        precondition(!tokens.isEmpty, "there is a token to read")
        var lastOfPass = 0
        try readPasses(tokens) { _, pass in lastOfPass = pass.count - 1 }
        return logits(ofToken: lastOfPass)
    }

    /// Reads tokens; the logits behind each.
    package func readAll(_ tokens: [Int32]) throws(ModelsError) -> [[Float]] {
        var all: [[Float]] = []
        try readEach(tokens) { _, logits in all.append(logits) }
        return all
    }

    /// Reads tokens, and calls `body` with the logits behind each and its place among them.
    package func readEach(
        _ tokens: [Int32],
        _ body: (_ index: Int, _ logits: [Float]) -> Void
    ) throws(ModelsError) {
        try readPasses(tokens) { session, pass in
            for index in pass where index >= 0 {
                body(index, session.logits(ofToken: index - pass.lowerBound))
            }
        }
    }

    /// Takes the tokens that wait and then `tokens` through the layers; calls `body` with the places
    /// of each pass's tokens, which are negative for those that had waited.
    private func readPasses(
        _ tokens: [Int32],
        _ body: (LlamaSession, _ pass: Range<Int>) -> Void
    ) throws(ModelsError) {
        try checkRoom(for: tokens.count)
        let all = held + tokens
        let waiting = held.count
        held = []
        for start in stride(from: 0, to: all.count, by: memory.passLength) {
            let end = min(start + memory.passLength, all.count)
            try forward(all[start..<end])
            body(self, (start - waiting)..<(end - waiting))
        }
    }

    private func checkRoom(for tokenCount: Int) throws(ModelsError) {
        guard tokenCount <= contextLength - position else {
            throw .context(tokenCount: position + tokenCount, limit: contextLength)
        }
    }

    // MARK: - The forward pass

    /// Takes the tokens of a pass through all layers; their states are left in the buffers.
    private func forward(_ tokens: ArraySlice<Int32>) throws(ModelsError) {
        if let failure { throw failure }
        do throws(ModelsError) {
            try layers(tokens)
        } catch {
            failure = error
            throw error
        }
    }

    private func layers(_ tokens: ArraySlice<Int32>) throws(ModelsError) {
        let (weights, buffers, count) = (model.weights, buffers, tokens.count)
        let configuration = model.configuration
        let (hiddenSize, innerSize) = (configuration.hiddenSize, configuration.feedForwardSize)
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
        let pass = AttentionPass(
            firstPosition: passedCount,
            tokenCount: count,
            queries: buffers.queries,
            keys: buffers.keys,
            values: buffers.values,
            result: buffers.attended
        )
        for (index, layer) in weights.layers.enumerated() {
            // states += output · attention(norm(states))
            normalize(buffers.states, layer.attentionNorm, count)
            apply(layer.queries, buffers.normed, buffers.queries)
            apply(layer.keys, buffers.normed, buffers.keys)
            apply(layer.values, buffers.normed, buffers.values)
            normalizeHeads(buffers.queries, layer.queryNorm, count * configuration.headCount)
            normalizeHeads(buffers.keys, layer.keyNorm, count * configuration.keyValueHeadCount)
            try memory.attend(pass, layer: index)
            apply(layer.attentionOutput, buffers.attended, addingTo: true, buffers.states)
            // states += down · (silu(gate · norm(states)) ⊙ up · norm(states))
            normalize(buffers.states, layer.feedForwardNorm, count)
            apply(layer.gate, buffers.normed, buffers.gates)
            apply(layer.up, buffers.normed, buffers.ups)
            let (gates, ups) = (buffers.gates.pointer, buffers.ups.pointer)
            model.kernels.table.pointee.swiglu_f32(gates, ups, count * innerSize)
            apply(layer.down, buffers.gates, addingTo: true, buffers.states)
        }
        passedCount += count
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

    /// Norms heads where the layer has it.
    private func normalizeHeads(_ rows: AlignedFloats, _ gain: AlignedFloats?, _ rowCount: Int) {
        guard let gain else { return }
        model.kernels.table.pointee.rms_norm_f32(
            rows.pointer,
            rowCount,
            model.configuration.headSize,
            gain.pointer,
            model.configuration.normEpsilon,
            rows.pointer
        )
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
